import type { Clock } from '../engine/clock.ts'
import type { SandboxFrame } from './sandbox-frame.ts'
import type { SandboxWorker } from './sandbox-worker.ts'

/** A frame without units is removed after this: the device probably has no more of its job. */
const IDLE_MS = 5000

/** The frame of one job, the units that run in it, and the workers that wait in it for the next ones. */
export class JobFrame {
  readonly #frame: SandboxFrame
  readonly #clock: Clock
  readonly #onClosed: () => void
  readonly #spares: SandboxWorker[]
  #running = 0
  #retired = false
  #undoIdle: () => void = () => {}

  /** @param first a worker of `frame` whose realm is ready */
  constructor(frame: SandboxFrame, first: SandboxWorker, clock: Clock, onClosed: () => void) {
    this.#frame = frame
    this.#spares = [first]
    this.#clock = clock
    this.#onClosed = onClosed
  }

  get isIdle(): boolean {
    return this.#running === 0
  }

  get closed(): boolean {
    return this.#frame.closed
  }

  get loader(): SandboxFrame['loader'] {
    return this.#frame.loader
  }

  /**
   * A worker whose realm is ready, and where it must be fresh ran no unit; undefined when none could be made, after which the frame is closed. Each is
   * given back once.
   */
  async take(mustBeFresh: boolean): Promise<SandboxWorker | undefined> {
    this.#undoIdle()
    this.#running += 1
    let worker = this.#spares.shift()
    while (worker && (worker.ended || (mustBeFresh && worker.isUsed))) {
      worker.end()
      worker = this.#spares.shift()
    }
    worker ??= this.#frame.closed ? undefined : this.#frame.spawn()
    if (await worker?.ready) return worker
    this.close()
    return undefined
  }

  /** The inverse of `take`. A worker that has not ended waits for another unit. */
  giveBack(worker: SandboxWorker): void {
    this.#running -= 1
    if (this.#frame.closed) return
    if (this.#retired) {
      if (this.isIdle) this.close()
      return
    }
    if (!worker.ended) this.#spares.unshift(worker)
    while (this.#spares.length > Math.max(1, this.#running)) this.#spares.pop()!.end()
    if (this.isIdle) this.#undoIdle = this.#clock.after(IDLE_MS, () => this.close())
  }

  /** While units run: as many workers wait as run, so that the next unit finds a realm that is ready. */
  prepareNext(): void {
    while (!this.#frame.closed && !this.#retired && this.#spares.length < this.#running) this.#spares.push(this.#frame.spawn())
  }

  /**
   * It takes no more units and goes with the last one that runs in it. For a worker that had to be stopped: `terminate()` lets it run on for two
   * seconds in Chromium, for ever inside of one long call of the engine, and its memory stays; the frame's removal ends all of it at once.
   */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    for (const spare of this.#spares.splice(0)) spare.end()
    this.#onClosed()
  }

  close(): void {
    this.#undoIdle()
    this.#frame.close()
    this.#onClosed()
  }
}
