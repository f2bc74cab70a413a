import { heaviest, isAccepted, type Weighed } from '../../../server/core/acceptance.ts'
import { credibilityOf, weightOf } from '../../../server/core/credibility.ts'
import type { Crowd, Scene } from './crowd.ts'
import type { Device } from './device.ts'
import type { Outcome } from './outcome.ts'
import { CHECK, runRounds } from './rounds.ts'
import { UNIT, type UnitTable, VOTE, VOTES } from './unit-table.ts'

export interface Sarmenta {
  readonly targetError: number
  /** The share of liars that is assumed. */
  readonly assumed: number
  /** Whether who is caught is kept out; else it comes back as a newcomer. */
  readonly blacklist: boolean
}
/** Share of requests that are spot-checks with a known answer. */
const SPOT_CHECKS = 0.1

/**
 * Sarmenta 2001 as published: spot-checks, credibility, voting and backtracking, and none of our additions. Units are handed out
 * round and round (his work pool) until all are believed; who is caught loses all its results.
 */
export const runSarmenta = (scene: Scene, sarmenta: Sarmenta): Outcome =>
  runRounds(scene, (table, crowd) => new Pool(table, crowd, sarmenta, scene.random))

class Pool {
  readonly #table: UnitTable
  readonly #crowd: Crowd
  readonly #sarmenta: Sarmenta
  readonly #random: () => number
  readonly #weights: number[] = []
  /** Units that were not believed when last looked at, in the order of the pool; belief ends only where somebody is caught. */
  #undone: number[]
  readonly #listed: Uint8Array
  #next = 0
  #left: number

  constructor(table: UnitTable, crowd: Crowd, sarmenta: Sarmenta, random: () => number) {
    this.#table = table
    this.#crowd = crowd
    this.#sarmenta = sarmenta
    this.#random = random
    this.#undone = Array.from({ length: table.size }, (_, unit) => unit)
    this.#listed = new Uint8Array(table.size).fill(1)
    this.#left = table.size
  }

  readonly isOver = (): boolean => this.#left === 0

  readonly plan = (device: Device): number => {
    if (this.#random() < SPOT_CHECKS) return CHECK
    for (let looked = this.#undone.length; looked > 0 && this.#left > 0; looked--) {
      if (this.#next >= this.#undone.length) this.#wrap()
      const unit = this.#undone[this.#next++] as number
      if (!this.#listed[unit]) continue
      if (this.#isBelieved(unit) || (this.#table.votes[unit] as number) >= VOTES) {
        this.#listed[unit] = 0
        this.#left -= 1
      } else if (this.#table.inFlight[unit] === 0 && !this.#table.had(unit, device.id)) return unit
    }
    return -1
  }

  #wrap(): void {
    this.#undone = this.#undone.filter((unit) => this.#listed[unit])
    this.#next = 0
  }

  readonly arrive = (device: Device, unit: number, answer: number): void => {
    if (unit !== CHECK) device.units.push(unit)
    else if (answer === 0) {
      device.checks += 1
      device.mostChecks = Math.max(device.mostChecks, device.checks)
    } else this.#catch(device)
  }

  #catch(device: Device): void {
    for (const unit of device.units.splice(0)) {
      for (let vote = unit * VOTES; vote < unit * VOTES + (this.#table.votes[unit] as number); vote++)
        if (this.#table.voteDevice[vote] === device.id && this.#table.voteState[vote] === VOTE.live)
          this.#table.voteState[vote] = VOTE.voided
      if (this.#listed[unit]) continue
      this.#listed[unit] = 1
      this.#left += 1
      this.#undone.push(unit)
    }
    if (this.#sarmenta.blacklist) device.excluded = true
    device.checks = 0
  }

  #isBelieved(unit: number): boolean {
    const groups: (Weighed & { answer: number })[] = []
    const table = this.#table
    for (let vote = unit * VOTES; vote < unit * VOTES + (table.votes[unit] as number); vote++) {
      if (table.voteState[vote] !== VOTE.live) continue
      const answer = table.voteAnswer[vote] as number
      const weight = this.#weightOf((this.#crowd.all[table.voteDevice[vote] as number] as Device).checks)
      const index = groups.findIndex((group) => group.answer === answer)
      const old = groups[index]
      // A second member is our addition (Q5): here every group counts as having two.
      if (old) groups[index] = { answer, weight: old.weight + weight, holders: 2 }
      else groups.push({ answer, weight, holders: 2 })
    }
    const best = heaviest(groups)
    const believed = isAccepted(groups, best, this.#sarmenta.targetError)
    table.state[unit] = believed ? UNIT.accepted : UNIT.open
    table.answer[unit] = groups[best]?.answer ?? 0
    return believed
  }

  #weightOf(checks: number): number {
    const { assumed, blacklist } = this.#sarmenta
    this.#weights[checks] ??= weightOf(credibilityOf(checks, !blacklist, assumed))
    return this.#weights[checks] as number
  }
}
