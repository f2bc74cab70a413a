/**
 * A thread of a headless worker: runs units in a sandbox process and stays whole whatever they do. The deadline and the memory limit are
 * held here, outside; the limits inside the process only make the usual cases cheaper. A process that dies costs the unit it ran, and the
 * next one is started at once. What the process wrote on stderr is for the owner of the machine; it names folders and never travels.
 */
import type { SandboxThread, UnitOutcome, UnitToRun } from '../engine/sandbox-thread.ts'
import { type UnitListener, UnitNewsReader } from '../engine/unit-news.ts'
import { ClosedBundles } from '../sandbox/closed-bundle.ts'
import { LOADED_SUFFIX } from '../sandbox/loaded-export.ts'
import { readChildReport } from './child-report.ts'
import { megabytes, SandboxProcess } from './sandbox-process.ts'
import { sendFiles } from './send-files.ts'

/** How much longer than its deadline a unit may take until it is stopped from outside. */
const DEADLINE_MARGIN_MS = 400
const MEMORY_WATCH_MS = 200
/** What V8 and the harness may take beside the job's memory. */
const OWN_BYTES = 96 * 1024 * 1024
const START_MS = 10_000
/** Wait before a process is started again after one that did not become ready. */
const RESTART_MS = 1000

type Errored = Extract<UnitOutcome, { errored: unknown }>['errored']

export class HeadlessThread implements SandboxThread {
  readonly #harness: Promise<Uint8Array>
  readonly #complain: (sentence: string) => void
  readonly #bundles = new ClosedBundles()
  #process: SandboxProcess | undefined
  #starting: Promise<SandboxProcess | string>
  #stop: ((errored: Errored, message: string) => void) | undefined
  #closed = false

  constructor(harness: Promise<Uint8Array>, complain: (sentence: string) => void) {
    this.#harness = harness
    this.#complain = complain
    this.#starting = this.#start(0)
  }

  async run(unit: UnitToRun, listener?: UnitListener): Promise<UnitOutcome> {
    let startedAt = performance.now()
    let child: SandboxProcess | string | undefined
    let stopped: { readonly errored: Errored; readonly message: string } | undefined
    const stopping = Promise.withResolvers<string>()
    this.#stop = (errored, message) => {
      stopped ??= { errored, message }
      if (typeof child === 'object') child.kill()
      stopping.resolve(message)
    }
    child = await this.#ready(stopping.promise)
    if (typeof child === 'string' || stopped !== undefined) {
      this.#stop = undefined
      const seconds = (performance.now() - startedAt) / 1000
      return stopped ? { ...stopped, seconds } : { errored: 'crashed', message: String(child), seconds }
    }
    const { code } = await this.#bundles.get(unit.bundle, unit.code)
    await sendFiles(unit.files ?? [], child)
    startedAt = performance.now()
    const unwatch = this.#watch(child, unit)
    const news = new UnitNewsReader(() => performance.now(), listener)
    child.onNews = ({ head, body }) => news.hear({ ...(head as object), bytes: body })
    const frame = await child.exchange(...messageFor({ ...unit, code }, child))
    unwatch()
    this.#stop = undefined
    const seconds = (performance.now() - startedAt) / 1000
    if (stopped !== undefined) return { ...(stopped as object as { errored: Errored; message: string }), seconds }
    if (frame !== undefined) return readChildReport(frame, seconds)
    await child.ended
    const message = `The sandbox process died (${child.fate}).`
    if (ranOutOfMemory(child)) return { errored: 'memory', message, seconds }
    this.#complain(`A sandbox process died: ${child.lastWords}`)
    return { errored: 'crashed', message, seconds }
  }

  abort(): void {
    this.#stop?.('crashed', 'The unit was stopped on request.')
  }

  async close(): Promise<void> {
    this.#closed = true
    this.abort()
    const child = this.#process
    child?.kill()
    await child?.ended
  }

  /** The process for the next unit, or why there is none: it does not start, or what `stopping` says came first. */
  async #ready(stopping: Promise<string>): Promise<SandboxProcess | string> {
    const child = await Promise.race([this.#starting, stopping])
    if (typeof child === 'string' || child.alive) return child
    await child.ended
    return Promise.race([this.#starting, stopping])
  }

  /** Starts a process, and another whenever it ends. Resolves when it is ready, or with why it did not become so. */
  async #start(delayMs: number): Promise<SandboxProcess | string> {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    const harness = await this.#harness.catch((error: unknown) => `The sandbox's harness could not be bundled: ${String(error)}`)
    if (this.#closed) return 'The thread is closed.'
    if (typeof harness === 'string') return harness
    const child = new SandboxProcess(harness)
    this.#process = child
    const timer = setTimeout(() => child.kill(), START_MS)
    const ready = await child.ready
    clearTimeout(timer)
    if (!ready) child.kill()
    child.ended.then(() => {
      if (!this.#closed) this.#starting = this.#start(ready ? 0 : RESTART_MS)
    })
    if (ready) return child
    await child.ended
    if (!this.#closed) this.#complain(`A sandbox process did not start: ${child.lastWords}`)
    return `The sandbox process did not start (${child.fate}).`
  }

  /** Holds deadline and memory limit of one unit; gives its undo. */
  #watch(child: SandboxProcess, unit: UnitToRun): () => void {
    const timer = setTimeout(
      () => this.#stop?.('deadline', `Expected the unit to end within ${unit.timeoutSeconds} s; the sandbox process was stopped.`),
      unit.timeoutSeconds * 1000 + DEADLINE_MARGIN_MS,
    )
    const fileBytes = (unit.files ?? []).reduce((sum, { content }) => sum + content.size, 0)
    const most = child.idleBytes + OWN_BYTES + fileBytes + unit.memoryMegabytes * 1024 * 1024
    const watch = setInterval(() => {
      const resident = child.residentBytes()
      if (resident <= most) return
      this.#stop?.('memory', `Expected the unit to use at most ${unit.memoryMegabytes} MB; its process grew to ${megabytes(resident)} MB.`)
    }, MEMORY_WATCH_MS)
    return () => {
      clearTimeout(timer)
      clearInterval(watch)
    }
  }
}

function messageFor(unit: UnitToRun, child: SandboxProcess): Parameters<SandboxProcess['exchange']> {
  const code = child.knownBundle === unit.bundle ? new Uint8Array(0) : new TextEncoder().encode(unit.code + LOADED_SUFFIX)
  child.knownBundle = unit.bundle
  const checkpoint = unit.checkpoint ?? new Uint8Array(0)
  const head = {
    kind: 'run',
    bundle: unit.bundle,
    inputBytes: unit.input.length,
    checkpointBytes: checkpoint.length,
    files: (unit.files ?? []).map(({ name, sha256 }) => ({ name, sha256 })),
    codeBytes: code.length,
    createdAt: unit.createdAt,
    timeoutMs: unit.timeoutSeconds * 1000,
    memoryMegabytes: unit.memoryMegabytes,
    nativeMath: unit.nativeMath ?? false,
    sharedBy: unit.isolation === 'job' ? unit.job : null,
  } as const
  return [head, unit.seed, unit.input, checkpoint, code]
}

/** V8 writes this when it gives up a heap. */
const ranOutOfMemory = (child: SandboxProcess): boolean => /out of memory|is_heap_oom|allocation failed/i.test(child.lastWords)
