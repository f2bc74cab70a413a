import type { Clock } from '../engine/clock.ts'

const BEAT_MS = 500
/** A beat that is later than this was slept through: by the device, or by a page that was frozen. */
const LATE_MS = 5000

/** The platform's part of the clock; a test moves it by hand. */
export interface Ticking {
  now(): number
  /** As `setTimeout`; returns its undo. */
  after(milliseconds: number, run: () => void): () => void
}

/**
 * A clock that stands while everything stands. A frozen page comes back with all of its timers overdue; by the usual clock every unit would
 * then have missed its deadline, though none was computing.
 */
export class AwakeClock implements Clock {
  readonly #ticking: Ticking
  #asleep = 0
  #beatAt: number

  constructor(ticking: Ticking) {
    this.#ticking = ticking
    this.#beatAt = ticking.now()
    this.#beat()
  }

  now(): number {
    this.#look()
    return this.#beatAt - this.#asleep
  }

  after(milliseconds: number, run: () => void): () => void {
    const due = this.now() + milliseconds
    let undo = () => {}
    const wait = () => {
      const left = due - this.now()
      if (left > 0) undo = this.#ticking.after(Math.max(1, left), wait)
      else run()
    }
    undo = this.#ticking.after(milliseconds, wait)
    return () => undo()
  }

  #beat(): void {
    this.#look()
    this.#ticking.after(BEAT_MS, () => this.#beat())
  }

  #look(): void {
    const now = this.#ticking.now()
    const late = now - this.#beatAt
    if (late > LATE_MS) this.#asleep += late - BEAT_MS
    this.#beatAt = now
  }
}
