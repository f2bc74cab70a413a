import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import { JobFrame } from './job-frame.ts'
import { LoaderChoice } from './loader-choice.ts'
import type { FrameMaker } from './page-frames.ts'
import { SandboxFrame } from './sandbox-frame.ts'
import type { SandboxWorker } from './sandbox-worker.ts'

/** Frames without units that are kept at most; every one is a process in some browsers. */
const MOST_IDLE = 2

export interface JobFramesOptions {
  readonly maker: FrameMaker
  readonly clock: Clock
  readonly log: Log
  /** Whether the last attempt to make a sandbox came to nothing. */
  readonly onTrouble: (isTroubled: boolean) => void
}

/** A worker for one unit and the frame to give it back to. */
export interface Taken {
  readonly worker: SandboxWorker
  readonly frame: JobFrame
}

/** One frame for each job that has units here, never shared with another: workers of one frame share an origin. */
export class JobFrames {
  readonly #options: JobFramesOptions
  readonly #choice = new LoaderChoice()
  readonly #frames = new Map<string, JobFrame>()
  readonly #opening = new Map<string, Promise<JobFrame | undefined>>()

  constructor(options: JobFramesOptions) {
    this.#options = options
  }

  /** A worker whose realm is ready, or undefined when no sandbox can be had now. */
  async take(job: string, mustBeFresh: boolean): Promise<Taken | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const frame = this.#living(job) ?? (await this.#open(job))
      if (!frame) return undefined
      const worker = await frame.take(mustBeFresh)
      if (worker) return { worker, frame }
      // It worked when the frame was opened and does not now: both loaders are tried again, in a frame of their own.
      this.#choice.failed(frame.loader)
    }
    this.#options.onTrouble(true)
    return undefined
  }

  #living(job: string): JobFrame | undefined {
    const frame = this.#frames.get(job)
    return frame?.closed ? undefined : frame
  }

  async #open(job: string): Promise<JobFrame | undefined> {
    const opening = this.#opening.get(job) ?? this.#tryLoaders(job)
    this.#opening.set(job, opening)
    const frame = await opening
    this.#opening.delete(job)
    this.#options.onTrouble(!frame)
    return frame
  }

  /** A frame in which a worker became ready, by the first loader that can. */
  async #tryLoaders(job: string): Promise<JobFrame | undefined> {
    this.#removeSurplus()
    const { maker, clock, log } = this.#options
    for (const loader of this.#choice.order) {
      const frame = new SandboxFrame({ maker, clock, log, loader })
      const first = (await frame.ready) ? frame.spawn() : undefined
      if (await first?.ready) {
        const opened: JobFrame = new JobFrame(frame, first!, clock, () => this.#forget(job, opened))
        this.#choice.worked(loader)
        this.#frames.set(job, opened)
        return opened
      }
      frame.close()
    }
    return undefined
  }

  #forget(job: string, frame: JobFrame): void {
    if (this.#frames.get(job) === frame) this.#frames.delete(job)
    if (!frame.closed) this.#closeIdle()
  }

  /** Beside a frame that is retired: where one process serves all frames, what hangs in it ends only with the last of them. */
  #closeIdle(): void {
    for (const idle of [...this.#frames.values()].filter((frame) => frame.isIdle)) idle.close()
  }

  /** Those that were opened first go first. */
  #removeSurplus(): void {
    const idle = [...this.#frames.values()].filter((frame) => frame.isIdle)
    for (const frame of idle.slice(0, Math.max(0, idle.length - MOST_IDLE + 1))) frame.close()
  }
}
