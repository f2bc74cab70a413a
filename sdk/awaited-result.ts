import type { JobPaused } from './errors.ts'
import type { JobChannel } from './job-channel.ts'

/** What those are told who wait for a computation: its result, why there is none, or that its job is paused; whoever waits again then is told anew. */
export class AwaitedResult<Result> {
  #end = newEnd<Result>()
  #isPaused = false

  /** @throws JobPaused while the server has paused the job, and what the computation failed with */
  async of(channel: JobChannel): Promise<Result> {
    const pause = this.#isPaused ? await channel.pause() : undefined
    if (pause !== undefined) throw pause
    return this.#end.promise
  }

  /** The computation stands still until its job is resumed. */
  pause(pause: JobPaused): void {
    const { reject } = this.#end
    this.#end = newEnd()
    this.#isPaused = true
    reject(pause)
  }

  resolve(result: Result): void {
    this.#isPaused = false
    this.#end.resolve(result)
  }

  reject(error: unknown): void {
    this.#isPaused = false
    this.#end.reject(error)
  }
}

/** Nobody need wait for it. */
function newEnd<Result>(): PromiseWithResolvers<Result> {
  const end = Promise.withResolvers<Result>()
  end.promise.catch(() => {})
  return end
}
