import type { Scene } from './crowd.ts'
import type { Device } from './device.ts'
import type { Outcome } from './outcome.ts'
import { Queue } from './queue.ts'
import { runRounds } from './rounds.ts'
import { UNIT, VOTE } from './unit-table.ts'

/** Error of m-first voting among liars that always agree: they are the first m times there, Σ C(m−1+i, i) f^m (1−f)^i. */
export function votingError(votes: number, liars: number): number {
  let [term, sum] = [liars ** votes, 0]
  for (let i = 0; i < votes; i++) {
    sum += term
    term *= ((votes + i) / (i + 1)) * (1 - liars)
  }
  return sum
}

/** The fewest votes, two at least, that keep the error below the target. */
export function votesNeeded(targetError: number, liars: number): number {
  for (let votes = 2; ; votes++) if (votingError(votes, liars) <= targetError) return votes
}

/** Copies of a unit go on until one answer has `votes`. */
export const runVoting = (scene: Scene, votes: number): Outcome =>
  runRounds(
    scene,
    (table) => {
      const queue = new Queue(table)
      let [fresh, done] = [0, 0]
      const plan = (device: Device): number => {
        let unit = queue.take(device.id)
        if (unit < 0 && fresh < table.size) {
          unit = fresh++
          table.wanted[unit] = votes
          if (votes > 1) queue.push(unit)
        }
        if (unit >= 0) table.live[unit] = (table.live[unit] as number) + 1
        return unit
      }
      const arrive = (_device: Device, unit: number): void => {
        if (table.state[unit] !== UNIT.open) return
        let most = 0
        for (let vote = unit * table.capacity; vote < unit * table.capacity + (table.votes[unit] as number); vote++) {
          const equal = countEqual(unit, vote)
          if (equal > most) {
            most = equal
            table.answer[unit] = table.voteAnswer[vote] as number
          }
        }
        if (most >= votes || (table.votes[unit] as number) >= table.capacity) {
          table.state[unit] = UNIT.accepted
          done += 1
        } else if ((table.live[unit] as number) - (table.inFlight[unit] as number) + (votes - most) > (table.wanted[unit] as number)) {
          table.wanted[unit] = (table.wanted[unit] as number) + 1
          queue.push(unit)
        }
      }
      const countEqual = (unit: number, as: number): number => {
        let equal = 0
        for (let vote = unit * table.capacity; vote < unit * table.capacity + (table.votes[unit] as number); vote++) {
          if (table.voteState[vote] === VOTE.live && table.voteState[as] === VOTE.live && table.voteAnswer[vote] === table.voteAnswer[as])
            equal += 1
        }
        return equal
      }
      return { plan, arrive, isOver: () => done >= table.size }
    },
    2 * votes,
  )
