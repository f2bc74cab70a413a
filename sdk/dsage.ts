/** The connection of a researcher: what `connect` and `startAll` give. */
import { asCompleted } from './as-completed.ts'
import { bundleCalls, bundleNotation, bundleSource, type Vars } from './bundle.ts'
import { type ClusterView, clusterOf, type LocalMachine, noMachine } from './cluster.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { BadArgument, JobFailed, ResultRetracted } from './errors.ts'
import { Job } from './job.ts'
import { sendFiles } from './job-files.ts'
import { type EvalOptions, type JobOptions, type MapOptions, shortName } from './job-options.ts'
import type { JobPlan } from './job-plan.ts'
import { noRecord, type WriteRecord } from './job-record.ts'
import type { Reach } from './known-job.ts'
import { noSandbox, type OpenSandbox } from './local-sandbox.ts'
import type { Value } from './math.ts'
import { type OwnJobs, ownJobs } from './own-jobs.ts'
import type { ClusterStatus } from './protocol.ts'
import { type LocalFiles, noFiles, requireJobId } from './saved-file.ts'
import { type Call, checkedCalls, Scatter } from './scatter.ts'
import { Submissions } from './submissions.ts'
import { type TryingOut, tryingOut } from './trying-out.ts'
import { type VerifyOption, verifyText } from './verify.ts'
import { codeOf, nameOf, portable, sourceOf, type Work } from './work.ts'

/** Bundles the module at `url` with everything it imports into one ES module that exports `work`. */
export type BundleModule = (url: URL) => Promise<string>

/** Bundles the file at `path` into one ES module whose `work` gives the value of the file. */
export type BundleFile = (path: string | URL, vars?: Vars) => Promise<string>

/** A Job or a DistributedFunction. */
export interface Waitable<Result> {
  wait(): Promise<Result>
}

export interface ConnectOptions extends ConnectionOptions {
  /** How modules are bundled; Node's entry supplies it, a browser has none. */
  readonly bundleModule?: BundleModule
  /** How files of statements are bundled; as above. */
  readonly bundleFile?: BundleFile
  /** How files are read and written; Node's entry supplies it, a browser has none. */
  readonly files?: LocalFiles
  /** How units are computed on this machine, to try work out; as above. */
  readonly sandbox?: OpenSandbox
  /** How records of jobs are written; as above. */
  readonly record?: WriteRecord
  /** The desktop and logs of this machine; as above. */
  readonly machine?: LocalMachine
}

/** Call it with an expression or statements, `d('2n ** 360n - 1n')`, or use its methods. */
export interface DSage extends OwnJobs, ClusterView, TryingOut {
  /** The same as `eval`. */
  <Value = unknown>(source: string, options?: EvalOptions<Value>): Job<Value, Value>
  /**
   * Evaluates JavaScript on a volunteer's device; the job is returned at once. Its result is the value of the expression, or of the last statement if it is
   * an expression, or of the last one inside it if it is an `if`, a block or a `try`, or what `return` gives; `await` may stand anywhere.
   * `d.eval('const n = a * 2; n + 1', { vars: { a: 20 } })`
   */
  eval<Value = unknown>(source: string, options?: EvalOptions<Value>): Job<Value, Value>
  /**
   * Evaluates a `.js` or `.ts` file of this machine with what it imports: the result is its default export, which is called with `(undefined, ctx)` if it
   * is a function, or, of a file that exports nothing, what `eval` gives for its statements. @throws BadArgument at `wait` where there is no bundler
   */
  evalFile<Value = unknown>(path: string | URL, options?: EvalOptions<Value>): Job<Value, Value>
  /**
   * Computes an expression in the usual notation on a volunteer's device, exactly: `^` is power, `/` gives a `Rational`, the functions of
   * `dsage/math` can be called. `d.math('2^360 - 1')`
   */
  math(expression: string, options?: JobOptions): Job<Value, Value>
  /** Calls `work` for each input on volunteers' devices; the job is returned at once and the inputs are read as results come. */
  map<Input, Output, Value = Awaited<Output>>(
    work: Work<Input, Output>,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options?: MapOptions<Value> & VerifyOption<NoInfer<Input>, NoInfer<Awaited<Output>>>,
  ): Job<Value, Value[], Input>
  /**
   * `work` as a function of many calls at once: give it a list of argument lists, and `[args, value]` of each comes as it is computed, in any
   * order. `for await (const [args, value] of d.parallel((n, m) => n + m)([[1, 2], [5, 10 / 3]])) …` @throws JobFailed at the first call that failed
   */
  parallel<Args extends readonly unknown[], Output, Value = Awaited<Output>>(
    work: (...args: Args) => Output,
    options?: MapOptions<Value> & VerifyOption<NoInfer<Args>, NoInfer<Awaited<Output>>>,
  ): (calls: Iterable<Args> | AsyncIterable<Args>) => AsyncGenerator<[args: Args, value: Value], void, void>
  /** Calls of `work` that are added one by one, whenever: `add`, `ready` and `gather`. */
  scatter<Output, Value = Awaited<Output>>(
    work: (...args: never[]) => Output,
    options?: MapOptions<Value> & VerifyOption<never, NoInfer<Awaited<Output>>>,
  ): Scatter<Value>
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
  /** Ends the connection when jobs that were made have reached the server, or some seconds later; they go on there. */
  close(): Promise<void>
  /** Files of this machine, for what is saved. */
  readonly files: LocalFiles
  /** The socket, for distributed functions. */
  readonly connection: Connection
}

const noBundler = async (what: string | URL): Promise<never> => {
  throw new BadArgument(`Expected to run in Node to bundle ${String(what)}; give the text of a bundle instead: { bundle }.`)
}

/** What only Node's entry has. */
export type NodeOnly = Pick<ConnectOptions, 'bundleModule' | 'bundleFile' | 'files' | 'sandbox' | 'record' | 'machine'>

const described = (work: Work<never, unknown>, { vars, nativeMath }: MapOptions) => ({
  defaultName: nameOf(work),
  code: () => codeOf(work, vars, nativeMath),
  ...sourceOf(work),
})

/** A DSage over an open connection. */
export function createDSage(
  connection: Connection,
  {
    bundleModule = noBundler,
    bundleFile = noBundler,
    files = noFiles,
    sandbox = noSandbox,
    record = noRecord,
    machine = noMachine,
  }: NodeOnly = {},
): DSage {
  const submissions = new Submissions()
  const reach = { connection, files, record, submissions }
  const expressions = expressionsOf(reach, bundleFile)
  const methods = {
    ...expressions,
    ...mapsOf(reach),
    ...clusterOf(connection, machine),
    ...ownJobs(reach),
    ...tryingOut(reach, sandbox),
    asCompleted,
    blockOnJobs,
    getStatus: () => connection.request('status', {}),
    kill: (job: { readonly id: string } | string) => killJob(connection, job),
    bundleModule,
    files,
    close: () => submissions.settled().then(() => connection.close()),
    connection,
  }
  return Object.assign((source: string, options?: EvalOptions) => expressions.eval(source, options), methods) as DSage
}

/** Jobs of many inputs. */
function mapsOf(reach: Reach) {
  function map<Input, Output, Value>(
    work: Work<Input, Output>,
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: MapOptions<Value> & VerifyOption = {},
  ) {
    const { kind = 'map', vars, verify } = options ?? {}
    return new Job<Value, Value[], Input>(reach, {
      kind,
      ...described(work, options ?? {}),
      verify: () => verifyText(verify, vars),
      files: () => sendFiles(reach.connection, reach.files, options?.files),
      ...{ inputs, single: false, options: options ?? {} },
    })
  }
  const calls = <Args extends Call, Value>(
    work: (...args: never[]) => unknown,
    inputs: Iterable<Args> | AsyncIterable<Args>,
    { vars, verify, ...options }: MapOptions<Value> & VerifyOption = {},
  ) =>
    map<Args, unknown, Value>({ bundle: async () => bundleCalls(work, vars), source: String(work) }, inputs, {
      name: shortName(nameOf(work as never)),
      ...options,
      ...(verify && { verify: { bundle: async () => verifyText(verify, vars) as string } }),
    })
  return {
    map,
    parallel:
      <Args extends Call, Value>(work: (...args: Args) => unknown, options?: MapOptions<Value> & VerifyOption) =>
      (inputs: Iterable<Args> | AsyncIterable<Args>) =>
        argumentsAndValues(calls<Args, Value>(work as never, checkedCalls(inputs), options)),
    scatter: <Value>(work: (...args: never[]) => unknown, options?: MapOptions<Value> & VerifyOption) =>
      new Scatter<Value>((inputs) => calls<Call, Value>(work, inputs, options)),
  }
}

/** Jobs of one value. */
const expressionsOf = (reach: Reach, bundleFile: BundleFile) => ({
  eval: <Value>(source: string, options?: EvalOptions<Value>) =>
    singleJob<Value>(reach, String(source), () => bundleSource(source, options?.vars), options),
  evalFile: <Value>(path: string | URL, options?: EvalOptions<Value>) =>
    singleJob<Value>(reach, String(path), () => bundleFile(path, options?.vars), options),
  math: (expression: string, options?: JobOptions<Value>) =>
    singleJob<Value>(reach, String(expression), () => bundleNotation(expression), options),
})

const singleJob = <Result>(reach: Reach, defaultName: string, code: JobPlan<undefined>['code'], options: JobOptions<Result> = {}) =>
  new Job<Result, Result>(reach, {
    kind: 'eval',
    defaultName,
    ...{
      code: () => portable(code(), options?.nativeMath),
      source: defaultName,
      files: () => sendFiles(reach.connection, reach.files, options?.files),
    },
    inputs: [undefined],
    single: true,
    options: typeof options === 'object' ? { ...options, batch: 1 } : options,
  })

async function blockOnJobs(jobs: Waitable<unknown> | readonly Waitable<unknown>[]) {
  for (const job of [jobs].flat())
    if (typeof job?.wait !== 'function') throw new BadArgument(`Expected a job or a list of jobs, got ${String(job)} for one.`)
  return 'wait' in jobs ? jobs.wait() : Promise.all(jobs.map((job) => job.wait()))
}

async function killJob(connection: Connection, job: { readonly id: string } | string): Promise<void> {
  if (job instanceof Job) await job.kill()
  else await connection.request('control', { job: requireJobId(typeof job === 'string' ? job : job?.id), action: 'cancel' })
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

/**
 * Connects to the server at `url`, for example `http://127.0.0.1:8082`, or to one of several over one database: whenever one fails the next is tried.
 * @throws BadKey, Refused when the server refuses the key or the version, NotConnected when none answers within `connectTimeoutMs`
 */
export async function connect(url: string | readonly string[], options: ConnectOptions): Promise<DSage> {
  const urls = [...new Set([url].flat())]
  if (urls.length === 0) throw new BadArgument('Expected the url of a server at least, got an empty list.')
  for (const one of urls)
    if (!(URL.canParse(one) && /^https?:$/.test(new URL(one).protocol)))
      throw new BadArgument(`Expected the url of a server such as http://127.0.0.1:8082, got ${JSON.stringify(one)}.`)
  const { connectTimeoutMs = 1 } = options
  if (!(connectTimeoutMs > 0))
    throw new BadArgument(`Expected \`connectTimeoutMs\` to be a number of milliseconds above 0, got ${String(connectTimeoutMs)}.`)
  if (typeof options?.key !== 'string')
    throw new BadArgument('Expected `key`, the text of an OpenSSH Ed25519 private key without a passphrase; `dsage setup` makes one.')
  return createDSage(await Connection.open(urls, options), options)
}
