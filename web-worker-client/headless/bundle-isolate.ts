/**
 * One isolate that runs the units of one bundle, each in a fresh context unless its job allows to use one again. Runs in the sandbox process. Job code computes on a thread of its
 * own, so that the process notices at once when its parent is gone; what is short is synchronous, which is cheaper.
 */
import ivm from 'isolated-vm'

/** Heap that the harness, the bundle's text and V8 itself take, beside what the job declared. */
const OWN_MEGABYTES = 16
/** A result is taken within this; only microtasks left behind by the code can make it last. */
const COLLECT_MS = 100

/** The harness as text, and V8's compiled form of it once there is one; shared by the isolates of a process. */
export interface HarnessText {
  readonly code: string
  cached: ivm.ExternalCopy<ArrayBuffer> | undefined
}

export interface RunRequest {
  readonly input: Uint8Array
  readonly seed: Uint8Array
  readonly createdAt: number
  readonly timeoutMs: number
  /** Told how far the unit is, while it runs. */
  readonly onProgress: (fraction: unknown, note: unknown) => void
  /** Given what a later run of the unit can go on from. */
  readonly onCheckpoint: (bytes: unknown) => void
  /** Names of the job's files, and their bytes in the same order. */
  readonly files: readonly string[]
  readonly contents: readonly Uint8Array[]
  /** What an earlier run was given. */
  readonly checkpoint: Uint8Array | undefined
  /** Math is left as the engine has it. */
  readonly nativeMath: boolean
  /** Whose units may run in one realm; null where this one has its own. */
  readonly sharedBy: string | null
}

/** As the harness reports it; nothing in it is trusted by the parent. */
export interface RunReport {
  readonly output?: Uint8Array
  readonly errored?: string
  readonly message?: string
  readonly stack?: string
  readonly console?: string
  /** Other units had run in its realm. */
  readonly reused?: boolean
}

interface Realm {
  readonly context: ivm.Context
  readonly call: ivm.Reference
  /** Of the bundle, once it is loaded. */
  namespace?: ivm.Reference | undefined
}

type Failure =
  | { readonly kind: 'syntax' | 'imports'; readonly detail: string }
  | { readonly kind: 'thrown'; readonly name: string; readonly message: string }

interface Loaded {
  readonly namespace?: ivm.Reference
  readonly failure?: Failure
}

const COPIED = { arguments: { copy: true }, result: { copy: true } } as const

export class BundleIsolate {
  readonly bundle: string
  readonly memoryMegabytes: number
  readonly #code: string
  readonly #isolate: ivm.Isolate
  readonly #harness: ivm.Script
  readonly #startedAt = performance.now()
  #compiled: ivm.ExternalCopy<ArrayBuffer> | undefined
  #ready: Realm | undefined
  /** One in which units of that job ran. */
  #used: { readonly realm: Realm; readonly sharedBy: string } | undefined
  #units = 0
  #spoiled = false

  constructor(harness: HarnessText, bundle: string, code: string, memoryMegabytes: number) {
    this.bundle = bundle
    this.memoryMegabytes = memoryMegabytes
    this.#code = code
    this.#isolate = new ivm.Isolate({ memoryLimit: memoryMegabytes + OWN_MEGABYTES })
    this.#harness = this.#isolate.compileScriptSync(harness.code, { filename: 'harness.js', ...cacheOptions(harness.cached) })
    harness.cached ??= (this.#harness as unknown as { cachedData?: ivm.ExternalCopy<ArrayBuffer> }).cachedData
  }

  /** Whether another unit may run here: not after an error, 500 units or 60 s (SANDBOX, decision 8). */
  get reusable(): boolean {
    return !this.#spoiled && this.#units < 500 && performance.now() - this.#startedAt < 60_000
  }

  /** Makes the next realm ahead of need; false when this isolate cannot any more. */
  prepare(): boolean {
    try {
      if (!this.#used) this.#ready ??= this.#makeRealm()
      return true
    } catch {
      return false
    }
  }

  async run(request: RunRequest): Promise<RunReport> {
    const endsAt = performance.now() + request.timeoutMs
    this.#units++
    try {
      const used = this.#takeUsed(request.sharedBy)
      const realm = used ?? this.#takeFresh(request)
      const report = await this.#runIn(realm, request, endsAt)
      if (report.errored !== undefined) this.#spoiled = true
      if (request.sharedBy !== null && realm.namespace && !this.#spoiled) this.#used = { realm, sharedBy: request.sharedBy }
      else release(realm)
      return used ? { ...report, reused: true } : report
    } catch (error) {
      this.#spoiled = true
      if (this.#isolate.isDisposed)
        return { errored: 'memory', message: `Expected the unit to use at most ${this.memoryMegabytes} MB, it used more.` }
      if (performance.now() >= endsAt) return outOfTime(request)
      return { errored: 'crashed', message: `The sandbox could not run the unit. ${String(error)}` }
    }
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose()
  }

  /** The realm in which others of the same job ran; where there are none, those of another job are done here. */
  #takeUsed(sharedBy: string | null): Realm | undefined {
    const used = this.#used
    this.#used = undefined
    if (used?.sharedBy === sharedBy) return used.realm
    if (used) release(used.realm)
    return undefined
  }

  #takeFresh({ nativeMath }: RunRequest): Realm {
    const realm = this.#ready ?? this.#makeRealm()
    this.#ready = undefined
    if (nativeMath) realm.call.applySync(undefined, ['useNativeMath'])
    return realm
  }

  #makeRealm(): Realm {
    const context = this.#isolate.createContextSync()
    const call = this.#harness.runSync(context, { reference: true }) as ivm.Reference
    return { context, call }
  }

  async #runIn(realm: Realm, request: RunRequest, endsAt: number): Promise<RunReport> {
    const left = () => Math.max(1, Math.ceil(endsAt - performance.now()))
    const call = (verb: string, args: unknown[], timeout: number) =>
      realm.call.applySync(undefined, [verb, ...args] as never, { ...COPIED, timeout }) as unknown
    const { createdAt, input, seed, checkpoint } = request
    const heard = [request.onProgress, request.onCheckpoint].map((hear) => new ivm.Callback(hear, { ignored: true }))
    call('begin', [createdAt, this.memoryMegabytes * 1024 * 1024, input, seed, ...heard, checkpoint], left())
    const { files, contents } = request
    if (files.length > 0) call('provide', [files, new ivm.Callback((index: number) => contents[index])], left())
    const { namespace, failure }: Loaded = realm.namespace ? { namespace: realm.namespace } : await this.#load(realm.context, left())
    realm.namespace = namespace
    try {
      const args = ['run', namespace?.derefInto(), failure] as never
      await realm.call.apply(undefined, args, { ...COPIED, timeout: left() })
    } catch {
      // Out of time or memory, or a rejected promise that the code left behind: whether there is a result says `collect`.
      this.#spoiled = true
    }
    if (this.#isolate.isDisposed) throw new Error('out of memory')
    if (performance.now() >= endsAt) return outOfTime(request)
    const report = call('collect', [], COLLECT_MS) as RunReport | undefined
    return report ?? { errored: 'deadline', message: 'The code waits for a promise that nothing can settle any more.' }
  }

  /** Evaluates the bundle in `context`. An ES module belongs to one context, so it is compiled for each, from V8's cache. */
  async #load(context: ivm.Context, timeout: number): Promise<Loaded> {
    let module: ivm.Module
    try {
      module = this.#isolate.compileModuleSync(this.#code, { filename: 'bundle.js', ...cacheOptions(this.#compiled) })
    } catch (error) {
      if (this.#isolate.isDisposed) throw error
      return { failure: { kind: 'syntax', detail: String(error) } }
    }
    this.#compiled ??= (module as unknown as { cachedData?: ivm.ExternalCopy<ArrayBuffer> }).cachedData
    const imported = module.dependencySpecifiers[0]
    if (imported !== undefined) return { failure: { kind: 'imports', detail: imported } }
    module.instantiateSync(context, () => {
      throw new Error('A bundle has no imports.')
    })
    try {
      await module.evaluate({ timeout })
      return { namespace: module.namespace }
    } catch (error) {
      if (this.#isolate.isDisposed) throw error
      this.#spoiled = true
      return { namespace: namespaceOf(module), failure: describe(error) }
    } finally {
      if (!this.#isolate.isDisposed) module.release()
    }
  }
}

/** Frees the realm now: the process itself allocates so little that its collector might let thousands pile up. */
function release(realm: Realm): void {
  realm.namespace?.release()
  realm.call.release()
  realm.context.release()
}

const cacheOptions = (cached: ivm.ExternalCopy<ArrayBuffer> | undefined) => (cached ? { cachedData: cached } : { produceCachedData: true })

function namespaceOf(module: ivm.Module): ivm.Reference | undefined {
  try {
    return module.namespace
  } catch {
    return undefined
  }
}

const outOfTime = (request: RunRequest): RunReport => ({
  errored: 'deadline',
  message: `Expected the unit to end within ${request.timeoutMs / 1000} s; it was stopped.`,
})

/** What isolated-vm says about a thrown object that is no Error. */
const NOT_AN_ERROR = 'An object was thrown from supplied code within isolated-vm'

/** The error that a bundle's top level threw, as isolated-vm carried it over; the counterpart of `describeThrown` in the harness. */
function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'thrown', name: 'Error', message: String(error) }
  const message = error.message.startsWith(NOT_AN_ERROR) ? 'The code threw an object without a readable message.' : error.message
  return { kind: 'thrown', name: error.name.slice(0, 200).toWellFormed(), message: message.slice(0, 2000).toWellFormed() }
}
