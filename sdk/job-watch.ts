/** What a researcher asked to be told, and asked to end, about a job: `onProgress` and `signal`. */
import { JobCancelled } from './errors.ts'
import type { JobChannel } from './job-channel.ts'
import { printable } from './printable.ts'
import type { JobSnapshot, RunningUnit, UnitCounts } from './protocol.ts'

/** How far a job is, as the server said last. */
export interface JobProgress {
  readonly state: JobSnapshot['state']
  readonly units: UnitCounts
  /** Inputs so far; all of them once `inputsComplete`. */
  readonly inputs: number
  readonly failedInputs: number
  readonly inputsComplete: boolean
  /** Share of the units so far that are decided, 0 to 1. */
  readonly fraction: number
  /** Units whose code says how far they are with `ctx.progress`, at most 100; as their devices say, which nobody has checked. */
  readonly running: readonly RunningUnit[]
}

export interface WatchOptions {
  /**
   * Called with the job's counts and running units when they have changed, at most every 250 ms, and when it has ended. What it throws ends the job, and is what
   * `wait` rejects with. @default nobody is told
   */
  readonly onProgress?: ((progress: JobProgress) => void) | undefined
  /** When it aborts the job is killed, and whoever waits gets JobCancelled with the signal's reason as `cause`. @default never */
  readonly signal?: AbortSignal | undefined
}

/** Milliseconds between two calls of `onProgress`. */
const BETWEEN_MS = 250

function progressOf({ state, units, inputs, failedInputs, inputsComplete, running = [] }: JobSnapshot): JobProgress {
  const decided = units.accepted + units.sealed + units.failed + units.cancelled
  const all = decided + units.open
  const fraction = all === 0 ? (inputsComplete ? 1 : 0) : decided / all
  return { state, units, inputs, failedInputs, inputsComplete, fraction, running }
}

/** Starts telling; ends by itself with the job. @param giveUp ends the job with an error. @throws JobCancelled when the signal has aborted already */
export function watchJob(channel: JobChannel, name: string, { onProgress, signal }: WatchOptions, giveUp: (error: unknown) => void): void {
  const cancelled = () => new JobCancelled(`Job ${printable(name)} was aborted: ${printable(String(signal?.reason))}`, signal?.reason)
  if (signal?.aborted) throw cancelled()
  const abort = () => giveUp(cancelled())
  const reporter = onProgress && new Reporter(onProgress, giveUp)
  signal?.addEventListener('abort', abort, { once: true })
  const forget = channel.onChange(() => {
    const over = channel.ended || channel.failure !== undefined
    if (channel.snapshot !== undefined) reporter?.take(channel.snapshot, over)
    if (!over) return
    forget()
    signal?.removeEventListener('abort', abort)
  })
}

class Reporter {
  readonly #onProgress: (progress: JobProgress) => void
  readonly #giveUp: (error: unknown) => void
  #said = ''
  #saidAt = Number.NEGATIVE_INFINITY
  #timer: ReturnType<typeof setTimeout> | undefined
  #latest: JobSnapshot | undefined

  constructor(onProgress: (progress: JobProgress) => void, giveUp: (error: unknown) => void) {
    this.#onProgress = onProgress
    this.#giveUp = giveUp
  }

  take(snapshot: JobSnapshot, over: boolean): void {
    this.#latest = snapshot
    const left = over ? 0 : this.#saidAt + BETWEEN_MS - performance.now()
    if (left <= 0) this.#say()
    else this.#timer ??= setTimeout(() => this.#say(), left)
  }

  #say(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const progress = progressOf(this.#latest!)
    const said = JSON.stringify(progress)
    if (said === this.#said) return
    this.#said = said
    this.#saidAt = performance.now()
    try {
      this.#onProgress(progress)
    } catch (error) {
      this.#giveUp(error)
    }
  }
}
