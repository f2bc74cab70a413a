import type { Crowd, Scene } from './crowd.ts'
import type { Device } from './device.ts'
import type { Outcome } from './outcome.ts'
import { Queue } from './queue.ts'
import { runRounds } from './rounds.ts'
import { UNIT, type UnitTable, VOTE, VOTES } from './unit-table.ts'

/** CONS_VALID_UNREPLICATED of sched/sched_config.h. */
const UNREPLICATED = 10
/** Results without consensus after which BOINC gives up (max_success_results as projects set it). */
const MOST_RESULTS = 10

/**
 * BOINC's adaptive replication (sched/sched_send.cpp `set_trust`, validator.cpp `is_valid`, `is_invalid`): a device with ten valid results
 * in a row, cv, works alone but for one unit in cv; only replicated results count; a wrong one begins anew; nothing is taken back.
 */
export const runBoinc = (scene: Scene): Outcome => runRounds(scene, (table, crowd) => schedule(table, crowd, scene.random))

function schedule(table: UnitTable, crowd: Crowd, random: () => number) {
  const queue = new Queue(table)
  let [fresh, done] = [0, 0]
  const isTrusted = ({ checks }: Device) => checks >= UNREPLICATED && random() > 1 / checks
  const plan = (device: Device): number => {
    let unit = queue.take(device.id)
    if (unit < 0 && fresh < table.size) {
      unit = fresh++
      table.wanted[unit] = isTrusted(device) ? 1 : 2
      if (table.wanted[unit] === 2) queue.push(unit)
    }
    if (unit >= 0) table.live[unit] = (table.live[unit] as number) + 1
    return unit
  }
  const finish = (unit: number, answer: number | undefined): void => {
    table.state[unit] = answer === undefined ? UNIT.failed : UNIT.accepted
    done += 1
    if (answer === undefined) return
    table.answer[unit] = answer
    if (table.wanted[unit] === 1) return
    for (const vote of liveVotes(table, unit)) {
      const device = crowd.all[table.voteDevice[vote] as number] as Device
      device.checks = table.voteAnswer[vote] === answer ? device.checks + 1 : 0
      device.mostChecks = Math.max(device.mostChecks, device.checks)
    }
  }
  const arrive = (_device: Device, unit: number): void => {
    if (table.state[unit] !== UNIT.open) return
    const votes = liveVotes(table, unit)
    const answers = votes.map((vote) => table.voteAnswer[vote] as number)
    if (table.wanted[unit] === 1) finish(unit, answers[0])
    else if (answers.length >= 2) {
      const agreed = answers.find((answer, i) => answers.indexOf(answer) !== i)
      if (agreed !== undefined) finish(unit, agreed)
      else if (answers.length >= MOST_RESULTS) finish(unit, undefined)
      else if (answers.length >= (table.wanted[unit] as number)) {
        table.wanted[unit] = answers.length + 1
        queue.push(unit)
      }
    }
  }
  return { plan, arrive, isOver: () => done >= table.size }
}

function liveVotes(table: UnitTable, unit: number): number[] {
  const votes: number[] = []
  for (let vote = unit * VOTES; vote < unit * VOTES + (table.votes[unit] as number); vote++)
    if (table.voteState[vote] === VOTE.live) votes.push(vote)
  return votes
}
