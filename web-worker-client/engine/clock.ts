/** Time as the engine sees it; a test moves it by hand. */
export interface Clock {
  /** Milliseconds, never going back; where zero lies means nothing. */
  now(): number
  /** Calls `run` once after that many milliseconds; the returned function undoes it. */
  after(milliseconds: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** The value of `promise`, or undefined when it rejects or takes longer than `milliseconds`. */
export function within<T>(clock: Clock, milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const undo = clock.after(milliseconds, () => resolve(undefined))
    const settle = (value: T | undefined) => {
      undo()
      resolve(value)
    }
    promise.then(settle, () => settle(undefined))
  })
}
