/** The connection of a researcher: what `connect` and `startAll` give. */
import { asCompleted } from './as-completed.ts'
import { bundleCalls, bundleExpression, bundleFunction, bundleNotation } from './bundle.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { BadArgument, JobFailed, ResultRetracted } from './errors.ts'
import { Job } from './job.ts'
import type { JobOptions, MapOptions } from './job-options.ts'
import type { Value } from './math.ts'
import type { ClusterStatus } from './protocol.ts'
import { type Call, Scatter } from './scatter.ts'

/** Bundles the module at `url` with everything it imports into one ES module that exports `work`. */
export type BundleModule = (url: URL) => Promise<string>

/** A function that runs at a volunteer's: it is sent as text, so it must not use variables from outside itself. */
export type WorkFunction<Input, Output> = (input: Input, context: never) => Output | Promise<Output>

/** Code that is already one ES module exporting `work(input, ctx)`: its text, or what gives it when the job is submitted. */
export interface WorkBundle {
  readonly bundle: string | (() => Promise<string>)
}

/** A Job or a DistributedFunction. */
export interface Waitable<Result> {
  wait(): Promise<Result>
}

export interface ConnectOptions extends ConnectionOptions {
  /** How modules are bundled; Node's entry supplies it, a browser has none. */
  readonly bundleModule?: BundleModule
}

/** Call it with an expression, `d('2n ** 360n - 1n')`, or use its methods. */
export interface DSage {
  /** The same as `eval`. */
  (expression: string, options?: JobOptions): Job<unknown, unknown>
  /** Evaluates an expression on a volunteer's device; the job is returned at once. */
  eval(expression: string, options?: JobOptions): Job<unknown, unknown>
  /**
   * Computes an expression in the usual notation on a volunteer's device, exactly: `^` is power, `/` gives a `Rational`, the functions of
   * `dsage/math` can be called. `d.math('2^360 - 1')`
   */
  math(expression: string, options?: JobOptions): Job<Value, Value>
  /** Calls `work` for each input on volunteers' devices; the job is returned at once and the inputs are read as results come. */
  map<Input, Output>(
    work: WorkFunction<Input, Output> | WorkBundle,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options?: MapOptions,
  ): Job<Awaited<Output>, Awaited<Output>[], Input>
  /**
   * `work` as a function of many calls at once: give it a list of argument lists, and `[args, value]` of each comes as it is computed, in any
   * order. `for await (const [args, value] of d.parallel((n, m) => n + m)([[1, 2], [5, 10 / 3]])) …` @throws JobFailed at the first call that failed
   */
  parallel<Args extends readonly unknown[], Output>(
    work: (...args: Args) => Output,
    options?: MapOptions,
  ): (calls: Iterable<Args> | AsyncIterable<Args>) => AsyncGenerator<[args: Args, value: Awaited<Output>], void, void>
  /** Calls of `work` that are added one by one, whenever: `add`, `ready` and `gather`. */
  scatter<Output>(work: (...args: never[]) => Output, options?: MapOptions): Scatter<Awaited<Output>>
  /** Jobs in the order in which they end. */
  asCompleted<One extends Waitable<unknown>>(jobs: Iterable<One>): AsyncGenerator<One, void, void>
  /** The results of one job, or of several in their order. @throws what `job.wait` throws */
  blockOnJobs<Result>(job: Waitable<Result>): Promise<Result>
  blockOnJobs<Result>(jobs: readonly Waitable<Result>[]): Promise<Result[]>
  /** What the server measures about itself and its devices. @throws Refused, NotConnected */
  getStatus(): Promise<ClusterStatus>
  /** Cancels a job, given itself or its id. @throws Refused, NotConnected */
  kill(job: { readonly id: string } | string): Promise<void>
  /** Bundles a module of this machine. @throws BadArgument where there is no bundler */
  bundleModule(url: URL): Promise<string>
  /** Ends the connection; jobs go on at the server. */
  close(): Promise<void>
  /** The socket, for distributed functions. */
  readonly connection: Connection
}

const noBundler: BundleModule = async (url) => {
  throw new BadArgument(`Expected to run in Node to bundle ${url.href}; give the text of a bundle instead: { bundle }.`)
}

/** Name of a map: that of its function, else its text. */
const nameOf = (work: WorkBundle | WorkFunction<never, unknown>): string =>
  typeof work !== 'function' ? 'map' : work.name === '' ? String(work) : work.name

/** A DSage over an open connection. */
export function createDSage(connection: Connection, bundleModule: BundleModule = noBundler): DSage {
  const single = <Result>(expression: string, code: () => string, options: JobOptions = {}) =>
    new Job<Result, Result>(connection, {
      kind: 'eval',
      defaultName: String(expression),
      code,
      inputs: [undefined],
      single: true,
      options: { ...options, batch: 1 },
    })
  const evaluate = (expression: string, options?: JobOptions) => single<unknown>(expression, () => bundleExpression(expression), options)
  function map<Input, Output>(
    work: WorkFunction<Input, Output> | WorkBundle,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: MapOptions = {},
  ) {
    const plan = { kind: options.kind ?? 'map', defaultName: nameOf(work), code: () => codeOf(work), inputs, single: false, options }
    return new Job<Awaited<Output>, Awaited<Output>[], Input>(connection, plan)
  }
  const calls = <Args extends Call, Output>(
    work: (...args: never[]) => Output,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    options: MapOptions = {},
  ) => map<Args, Output>({ bundle: async () => bundleCalls(work) }, inputs, { name: nameOf(work), ...options })
  const methods = {
    eval: evaluate,
    math: (expression: string, options?: JobOptions) => single<Value>(expression, () => bundleNotation(expression), options),
    map,
    parallel:
      <Args extends Call, Output>(work: (...args: Args) => Output, options?: MapOptions) =>
      (inputs: Iterable<Args> | AsyncIterable<Args>) =>
        argumentsAndValues(calls<Args, Output>(work as never, inputs, options)),
    scatter: <Output>(work: (...args: never[]) => Output, options?: MapOptions) =>
      new Scatter<Awaited<Output>>((inputs) => calls<Call, Output>(work, inputs, options)),
    asCompleted,
    blockOnJobs: async (jobs: Waitable<unknown> | readonly Waitable<unknown>[]) =>
      'wait' in jobs ? jobs.wait() : Promise.all(jobs.map((job) => job.wait())),
    getStatus: () => connection.request('status', {}),
    kill: async (job: { readonly id: string } | string) => {
      await (job instanceof Job
        ? job.kill()
        : connection.request('control', { job: typeof job === 'string' ? job : job.id, action: 'cancel' }))
    },
    bundleModule,
    close: async () => connection.close(),
    connection,
  }
  return Object.assign((expression: string, options?: JobOptions) => evaluate(expression, options), methods) as DSage
}

/** What a decorated function yields. */
async function* argumentsAndValues<Args, Output>(job: Job<Output, Output[], Args>): AsyncGenerator<[Args, Output], void, void> {
  for await (const result of job) {
    const { index, input, error } = result
    if (error !== undefined) throw new JobFailed({ job: job.name, index, error })
    if (result.state === 'retracted') throw new ResultRetracted(String(index))
    yield [input as Args, result.value as Output]
  }
}

/** The text of the bundle of `work`. @throws what `bundleFunction` throws */
export function codeOf(work: WorkFunction<never, unknown> | WorkBundle): string | Promise<string> {
  if (typeof work === 'function') return bundleFunction(work)
  if (typeof work?.bundle === 'string') return work.bundle
  if (typeof work?.bundle === 'function') return work.bundle()
  throw new BadArgument('Expected a function, or { bundle } with the text of an ES module that exports `work`.')
}

/**
 * Connects to the server at `url`, for example `http://127.0.0.1:8082`.
 * @throws Refused when the server refuses the token or the version, NotConnected when none answers within `connectTimeoutMs`
 */
export async function connect(url: string, options: ConnectOptions): Promise<DSage> {
  if (!URL.canParse(url)) throw new BadArgument(`Expected the url of a server such as http://127.0.0.1:8082, got ${JSON.stringify(url)}.`)
  if (typeof options?.token !== 'string')
    throw new BadArgument('Expected `token`, the text of the file `token` in the home directory of the server.')
  return createDSage(await Connection.open(url, options), options.bundleModule)
}
