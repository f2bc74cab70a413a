/**
 * How many inputs go into one unit, and how many units may be ahead of the results. `auto` starts with one input a unit and, from what the server
 * measured, multiplies by at most 4 towards one second of work a unit, once for each size that was tried: one odd first input must not make every
 * later unit an hour long. While it grows few units are sent ahead, so that a million trivial inputs do not leave as ten thousand tiny units before
 * the first measurement. Rejected: growing by time without results, since no device may be connected.
 */
import { BadArgument } from './errors.ts'
import { LIMITS } from './protocol.ts'

/** Seconds of work that `auto` aims at for a unit. */
const TARGET_SECONDS = 1
/** Bytes of inputs at which `auto` closes a unit. */
const AUTO_UNIT_BYTES = 64 * 1024
/** Bytes that the head of a list of inputs may add to them. */
export const LIST_HEAD_BYTES = 16
/** Units ahead of the results while nothing is measured: each may be an hour of work for a device that has none. */
const UNITS_AHEAD_AT_FIRST = 128
/** Units ahead of the results while the size grows: they are known to be short, and devices take whatever there is. */
const UNITS_AHEAD_GROWING = 32
/** Units ahead of the results at most. */
const UNITS_AHEAD = 10_000
const GROWTH = 4
/** Units over which the server's mean of seconds runs; the mean of inputs must run over the same. */
export const UNITS_MEASURED = 64
/** Bytes of outputs that `auto` aims at for a unit at most: an eighth of what a unit may return, since inputs differ. */
const AUTO_OUTPUT_BYTES = LIMITS.payloadBytes / 8
/** Below this a device's clock shows nothing. */
const SHORTEST_UNIT_SECONDS = 1e-6

/** What a job has measured so far. */
export interface Measured {
  /** Mean seconds a unit computes, over the last decided ones. */
  readonly unitSeconds: number
  readonly unitsSent: number
  readonly unitsDecided: number
  /** Mean inputs of the same units. */
  readonly unitInputs: number
  /** Bytes one input's output had at most, among those looked at. */
  readonly outputBytes?: number
}

export class BatchSize {
  readonly #fixed: boolean
  #inputs: number
  #growing: boolean
  #sentBefore = 0

  /** @throws BadArgument unless `batch` is 'auto' or 1 to LIMITS.inputsPerUnit */
  constructor(batch: 'auto' | number) {
    if (batch !== 'auto' && !(Number.isInteger(batch) && batch >= 1 && batch <= LIMITS.inputsPerUnit))
      throw new BadArgument(`Expected \`batch\` to be 'auto' or an integer from 1 to ${LIMITS.inputsPerUnit}, got ${String(batch)}.`)
    this.#fixed = batch !== 'auto'
    this.#growing = !this.#fixed
    this.#inputs = batch === 'auto' ? 1 : batch
  }

  /** Inputs the next unit should hold. */
  get inputs(): number {
    return this.#inputs
  }

  /** Bytes of encoded inputs a unit holds at most; a single larger input is a unit of its own. */
  get bytes(): number {
    return (this.#fixed ? LIMITS.payloadBytes : AUTO_UNIT_BYTES) - LIST_HEAD_BYTES
  }

  /** Whether a unit may leave before it is full when no further input is ready. */
  get mayClosePartly(): boolean {
    return !this.#fixed
  }

  /** Units that may be sent and undecided. */
  get unitsAhead(): number {
    if (!this.#growing) return UNITS_AHEAD
    return this.#sentBefore === 0 ? UNITS_AHEAD_AT_FIRST : UNITS_AHEAD_GROWING
  }

  /** Takes a new measurement into account: shrinks at once, grows when a unit of the present size has been decided. */
  measure({ unitSeconds, unitsSent, unitsDecided, unitInputs, outputBytes = 1 }: Measured): void {
    if (this.#fixed || unitsDecided <= this.#sentBefore || unitInputs === 0) return
    const inputSeconds = Math.max(unitSeconds, SHORTEST_UNIT_SECONDS) / unitInputs
    const most = Math.min(LIMITS.inputsPerUnit, AUTO_OUTPUT_BYTES / outputBytes, TARGET_SECONDS / inputSeconds)
    const wanted = Math.max(1, Math.floor(most))
    const next = Math.min(wanted, this.#inputs * GROWTH)
    this.#growing = wanted > next
    if (next > this.#inputs) this.#sentBefore = unitsSent
    this.#inputs = next
  }
}
