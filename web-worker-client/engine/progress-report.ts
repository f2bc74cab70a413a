import { LIMITS, type UnitProgress } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import type { RunningUnit } from './pool.ts'

/** Milliseconds between two messages, and that a unit runs before the server hears of it: what is done sooner need not be followed. */
const BETWEEN_MS = 2000
/** After so long the same is said again: the server forgets what nobody repeats. Milliseconds. */
const AGAIN_MS = 20_000

export interface ProgressReportOptions {
  readonly clock: Clock
  /** Thread by thread. */
  readonly running: () => readonly (RunningUnit | undefined)[]
  /** Resolves when the server has heard it, or never will. */
  readonly send: (units: readonly UnitProgress[]) => Promise<unknown>
}

/** Tells the server how far the units are that run here: one small message every two seconds at most, and none while nothing is said. */
export class ProgressReport {
  readonly #options: ProgressReportOptions
  #sentAt = Number.NEGATIVE_INFINITY
  #undo: (() => void) | undefined
  /** When the next one is due; undefined while none is. */
  #dueAt: number | undefined

  constructor(options: ProgressReportOptions) {
    this.#options = options
  }

  /** A unit said something. */
  note(): void {
    const now = this.#options.clock.now()
    const next = Math.min(...this.#spoken().map(({ startedAt }) => startedAt + BETWEEN_MS))
    if (Number.isFinite(next)) this.#plan(Math.max(next, this.#sentAt + BETWEEN_MS, now))
  }

  end(): void {
    this.#undo?.()
  }

  #spoken(): readonly RunningUnit[] {
    return this.#options.running().filter((unit) => unit?.progress !== undefined) as RunningUnit[]
  }

  #plan(at: number): void {
    if (this.#dueAt !== undefined && this.#dueAt <= at) return
    const { clock } = this.#options
    this.#undo?.()
    this.#dueAt = at
    this.#undo = clock.after(at - clock.now(), () => void this.#say())
  }

  async #say(): Promise<void> {
    const { clock, send } = this.#options
    this.#dueAt = undefined
    const now = clock.now()
    const long = this.#spoken().filter(({ startedAt }) => now - startedAt >= BETWEEN_MS)
    if (long.length > 0) {
      this.#sentAt = now
      await send(long.slice(0, LIMITS.runningUnits).map((unit) => sentOf(unit, now)))
    }
    if (this.#spoken().length > 0) this.#plan(now + AGAIN_MS)
  }
}

const sentOf = ({ leased, startedAt, progress }: RunningUnit, now: number): UnitProgress => ({
  lease: leased.lease,
  ...progress!,
  seconds: (now - startedAt) / 1000,
})
