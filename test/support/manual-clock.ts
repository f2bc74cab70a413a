import type { Clock } from '../../web-worker-client/engine/clock.ts'

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Set<{ at: number; run: () => void }>()

  get pending(): number {
    return this.#timers.size
  }
  now(): number {
    return this.#now
  }
  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = until
  }
}
