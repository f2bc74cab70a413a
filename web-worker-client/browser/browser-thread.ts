import type { ErroredReason, SandboxedFile } from '../../sdk/protocol.ts'
import { type Clock, within } from '../engine/clock.ts'
import type { SandboxThread, UnitOutcome, UnitToRun } from '../engine/sandbox-thread.ts'
import type { UnitListener } from '../engine/unit-news.ts'
import type { ClosedBundles } from '../sandbox/closed-bundle.ts'
import type { FileContent, Loader } from '../sandbox/control-messages.ts'
import type { JobFrames, Taken } from './job-frames.ts'
import type { SandboxWorker } from './sandbox-worker.ts'

/** A unit waits this long for a sandbox; when there is none then, it is given back untouched. */
const SANDBOX_MS = 4000

/** After these the code may still compute, or hold its memory. */
const MAY_GO_ON: ReadonlySet<ErroredReason> = new Set(['deadline', 'memory', 'crashed'])

async function contentsFor(loader: Loader, files: readonly SandboxedFile[]): Promise<readonly FileContent[]> {
  const blobs = files.map(({ content }) => content)
  return loader === 'blob' ? blobs : Promise.all(blobs.map(async (blob) => new Uint8Array(await blob.arrayBuffer())))
}

/** A thread of a page: runs each unit in a worker of its job's frame. The deadline is held here, outside of both. */
export class BrowserThread implements SandboxThread {
  readonly #frames: JobFrames
  readonly #bundles: Pick<ClosedBundles, 'get'>
  readonly #clock: Clock
  #worker: SandboxWorker | undefined
  #aborted = false

  constructor(frames: JobFrames, bundles: Pick<ClosedBundles, 'get'>, clock: Clock) {
    this.#frames = frames
    this.#bundles = bundles
    this.#clock = clock
  }

  async run(unit: UnitToRun, listener?: UnitListener): Promise<UnitOutcome | undefined> {
    this.#aborted = false
    const bundle = await this.#bundles.get(unit.bundle, unit.code)
    const soonest = this.#clock.now() + SANDBOX_MS
    const { isolation = 'unit' } = unit
    const taken = await this.#take(unit.job, isolation === 'unit')
    if (!taken) return this.#notBefore(soonest)
    const { worker, frame } = taken
    const contents = await contentsFor(frame.loader, unit.files ?? [])
    if (this.#aborted) worker.end()
    this.#worker = worker
    const running = worker.run({ ...unit, contents }, bundle, listener)
    if (isolation === 'unit') frame.prepareNext()
    const outcome = await running
    this.#worker = undefined
    if (isolation === 'unit' || !worker.reusable) worker.end()
    if (outcome && 'errored' in outcome && MAY_GO_ON.has(outcome.errored)) frame.retire()
    frame.giveBack(worker)
    if (!outcome) frame.close() // its workers die unnoticed: another frame is needed
    return outcome
  }

  abort(): void {
    this.#aborted = true
    this.#worker?.end()
  }

  async close(): Promise<void> {
    this.abort()
  }

  /** A sandbox that fails at once is not tried again at once. */
  async #notBefore(soonest: number): Promise<undefined> {
    const left = soonest - this.#clock.now()
    if (left > 0) await new Promise<void>((resolve) => this.#clock.after(left, resolve))
  }

  /** One that comes too late for its unit waits for another. */
  async #take(job: string, mustBeFresh: boolean): Promise<Taken | undefined> {
    const taking = this.#frames.take(job, mustBeFresh)
    const taken = await within(this.#clock, SANDBOX_MS, taking)
    if (!taken) void taking.then((late) => late?.frame.giveBack(late.worker))
    return taken
  }
}
