/**
 * The harness in a dedicated worker of the sandbox frame (SANDBOX, decisions 3, 4 and 6). It listens to the frame once, for the port whose
 * other end the engine holds; after that to the engine only, through functions taken before any job byte ran. Job code can reach neither
 * the ports nor a way to send anything: what leaves a unit goes through the port that is the unit's, its answer last.
 */
import { loadBundle } from './bundle-loader.ts'
import type { KeepCheckpoint } from './checkpoints.ts'
import type { FileContent, Loader, UnitAnswer, UnitNews, UnitOrder, WorkerNews } from './control-messages.ts'
import { type HarnessOptions, installHarness, type Realm } from './harness.ts'
import { interruptibleEngine } from './interruptible-engine.ts'
import { construct, NativeUint8Array, uncurry, uncurryGetter } from './primordials.ts'
import type { TellProgress } from './progress.ts'
import { describeThrown } from './thrown.ts'

type Listen = [type: string, listener: (event: Event) => void]
const listen = uncurry<EventTarget, Listen, void>(EventTarget.prototype.addEventListener as (...args: Listen) => void)
const unlisten = uncurry<EventTarget, Listen, void>(EventTarget.prototype.removeEventListener as (...args: Listen) => void)
const stopEvent = uncurry<Event, [], void>(Event.prototype.stopImmediatePropagation)
const preventDefault = uncurry<Event, [], void>(Event.prototype.preventDefault)
const dataOf = uncurryGetter<Event, unknown>(MessageEvent.prototype, 'data')
const portsOf = uncurryGetter<Event, readonly MessagePort[]>(MessageEvent.prototype, 'ports')
const post = uncurry<MessagePort, [unknown], void>(MessagePort.prototype.postMessage as (message: unknown) => void)
const startPort = uncurry<MessagePort, [], void>(MessagePort.prototype.start)
const NativeFileReader = (globalThis as unknown as { FileReaderSync: FileReaderSyncConstructor }).FileReaderSync
const readBlob = uncurry<FileReaderSync, [Blob], ArrayBuffer>(NativeFileReader.prototype.readAsArrayBuffer)
const closePort = uncurry<MessagePort, [], void>(MessagePort.prototype.close)

/** Only workers have it, and this file is also read where types know no worker. */
interface FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer
}
interface FileReaderSyncConstructor {
  new (): FileReaderSync
  readonly prototype: FileReaderSync
}

function copyOf(content: FileContent, loader: Loader): Uint8Array {
  if (loader === 'data') return new NativeUint8Array(content as Uint8Array<ArrayBuffer>)
  return new NativeUint8Array(readBlob(construct(NativeFileReader, []), content as Blob))
}

/** Runs units one after the other; the engine gives the next only when the last has answered. */
class UnitServer {
  readonly #loader: Loader
  readonly #realm: Realm
  #namespace: object | undefined
  #port: MessagePort | undefined

  constructor(loader: Loader, confine: HarnessOptions['confine']) {
    this.#loader = loader
    this.#realm = installHarness({
      onReport: () => this.#answer(this.#realm.collect()!),
      ...(confine && { confine }),
      ...(loader === 'data' && { wasmEngine: interruptibleEngine }), // where only `data:` works, a worker's end does not end WebAssembly
    })
  }

  async run(order: UnitOrder, port: MessagePort): Promise<void> {
    this.#port = port
    const { code, failure: refused, createdAt, memoryBytes, input, seed, checkpoint, nativeMath } = order
    const tell: TellProgress = (fraction, note) => this.#tell({ news: 'progress', fraction, note })
    const keep: KeepCheckpoint = (bytes) => this.#tell({ news: 'checkpoint', bytes })
    try {
      if (nativeMath && !this.#namespace) this.#realm.useNativeMath()
      this.#realm.begin(createdAt, memoryBytes, input, seed, tell, keep, checkpoint)
      const { files, contents } = order
      if (files.length > 0) this.#realm.provide(files, (index) => copyOf(contents[index]!, this.#loader))
    } catch (error) {
      const { message } = describeThrown(error)
      return this.#answer({ errored: 'crashed', message: `The sandbox could not run the unit. ${message}`, console: '' })
    }
    if (this.#namespace || refused) return this.#realm.run(this.#namespace, refused)
    const { namespace, failure } = await loadBundle(code, this.#loader)
    this.#namespace = namespace
    this.#realm.run(namespace, failure)
  }

  #tell(news: UnitNews): void {
    if (this.#port) post(this.#port, news)
  }

  #answer(report: UnitAnswer): void {
    const port = this.#port!
    this.#port = undefined
    const { output, errored, message, stack, console } = report
    post(port, { __proto__: null, output, errored, message, stack, console })
    closePort(port)
  }
}

/** What the code leaves unhandled is nobody's business: an engine would print each to the volunteer's console, which can be flooded. */
function silence(event: Event): void {
  stopEvent(event)
  preventDefault(event)
}

/** @param confine replaces the removal of unlisted names, for tests that show what it is good for */
export function startWorker(loader: Loader, confine?: HarnessOptions['confine']): void {
  const scope: EventTarget = globalThis
  const units = new UnitServer(loader, confine) // before the silence: a realm that cannot be confined must be seen to fail
  for (const type of ['unhandledrejection', 'rejectionhandled', 'error']) listen(scope, type, silence)
  const first = (event: Event) => {
    stopEvent(event)
    unlisten(scope, 'message', first)
    const control = portsOf(event)[0]!
    listen(control, 'message', (message) => {
      post(control, 'taken' satisfies WorkerNews)
      void units.run(dataOf(message) as UnitOrder, portsOf(message)[0]!)
    })
    startPort(control)
    post(control, 'ready' satisfies WorkerNews)
  }
  listen(scope, 'message', first)
}
