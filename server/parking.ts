import type { Timers } from './timers.ts'

interface Parked {
  readonly wake: () => void
}

/**
 * Requests that found nothing wait here, first in first out, until somebody has something for them. Waiting costs no query: new units
 * wake as many as they need.
 */
export class Parking {
  readonly #timers: Timers
  readonly #parked = new Set<Parked>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  get size(): number {
    return this.#parked.size
  }

  /** Resolves `true` when woken, `false` after `milliseconds` or when `gone` is raised: whoever left must not use up a waking. */
  wait(milliseconds: number, gone?: AbortSignal): Promise<boolean> {
    if (gone?.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const settle = (woken: boolean): void => {
        cancel()
        gone?.removeEventListener('abort', leave)
        this.#parked.delete(parked)
        resolve(woken)
      }
      const leave = (): void => settle(false)
      gone?.addEventListener('abort', leave)
      const parked: Parked = { wake: () => settle(true) }
      const cancel = this.#timers.after(milliseconds, () => settle(false))
      this.#parked.add(parked)
    })
  }

  /** Wakes at most `count`, those that waited longest first. */
  wake(count: number): void {
    let left = count
    for (const parked of this.#parked) {
      if (left-- <= 0) return
      parked.wake()
    }
  }
}
