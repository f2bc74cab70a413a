import type { Timers } from '../../server/timers.ts'

interface Planned {
  at: number
  readonly every: number | undefined
  readonly run: () => void
}

/** Timers whose time passes only when a test says so. */
export class ManualTimers implements Timers {
  readonly #planned = new Set<Planned>()
  #now = 0

  after(milliseconds: number, run: () => void): () => void {
    return this.#plan({ at: this.#now + milliseconds, every: undefined, run })
  }

  every(milliseconds: number, run: () => void): () => void {
    return this.#plan({ at: this.#now + milliseconds, every: milliseconds, run })
  }

  /** Lets `milliseconds` pass; what is due runs in its order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const [next] = [...this.#planned].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#now = next.at
      if (next.every === undefined) this.#planned.delete(next)
      else next.at += next.every
      next.run()
    }
    this.#now = end
  }

  #plan(planned: Planned): () => void {
    this.#planned.add(planned)
    return () => this.#planned.delete(planned)
  }
}
