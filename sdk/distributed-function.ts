/**
 * A computation whose next units depend on earlier results. `nextJob` and `processResult` run at the researcher's, as in the original; only `work`
 * travels. The state here is the fold of the job's events, so each result is processed once, whatever happens to the connection.
 */
import { AwaitedResult } from './awaited-result.ts'
import { bundleDigest } from './bundle.ts'
import type { DSage } from './dsage.ts'
import { BadArgument, JobCancelled, JobFailed, NotConnected, Refused, ResultRetracted, ResultsUnsealed } from './errors.ts'
import { FunctionRun } from './function-run.ts'
import type { KeyedUnit, NextJob, Processed, ProcessedUnit, RunState } from './function-steps.ts'
import type { WaitOptions } from './job.ts'
import { JobChannel } from './job-channel.ts'
import { sendFiles } from './job-files.ts'
import { type JobOptions, jobSpec, requireFunctionNames } from './job-options.ts'
import { goingOn, unhappyEnd } from './job-outcome.ts'
import { watchJob } from './job-watch.ts'
import { newJobId } from './new-job-id.ts'
import { fitted } from './output-schema.ts'
import { printable } from './printable.ts'
import { type Origin, readableStack } from './remote-stack.ts'
import { isJobId, readSaved, type Saved, savedText } from './saved-file.ts'
import { type Verify, verifyText } from './verify.ts'
import { secondsOf, within } from './within.ts'
import { codeOf, sourceOf, type VarsOption, type Work } from './work.ts'

export type { KeyedUnit, NextJob, Processed, ProcessedUnit } from './function-steps.ts'

export interface DistributedFunctionOptions<Output = never> extends JobOptions<Output>, VarsOption {
  /** Units outstanding at a time, at least 1. @default 10 */
  readonly concurrent?: number
}

export abstract class DistributedFunction<Input, Output, Result> {
  /** Set it to true in `processResult` (or before `start`) to end the computation. */
  done = false
  /** The result so far; what `wait` gives once `done`. */
  result: Result | undefined
  /** Units to submit before `nextJob` is asked. */
  readonly waitingJobs: NextJob<Input>[] = []
  protected readonly d: DSage
  readonly #run: FunctionRun<Input, Output>
  readonly #options: DistributedFunctionOptions<Output>
  readonly #end = new AwaitedResult<Result>()
  #running: Promise<void> | undefined
  #restored: Saved | undefined
  #origin: Origin | undefined
  #channel: JobChannel | undefined
  #startedAt: number | undefined
  #endedAt: number | undefined

  /**
   * @param own names of options that a subclass reads itself, where it hands all of its options on
   * @throws BadArgument naming an option that nothing reads, and the known ones
   */
  constructor(d: DSage, options: DistributedFunctionOptions<Output> = {}, own: readonly string[] = []) {
    requireFunctionNames(options, own)
    const { concurrent = 10 } = options
    if (!(Number.isInteger(concurrent) && concurrent >= 1))
      throw new BadArgument(`Expected \`concurrent\` to be a whole number of units from 1, got ${String(concurrent)}.`)
    this.d = d
    this.#options = options
    this.#run = new FunctionRun({
      ...{ name: this.#name, concurrent, deliver: options.deliver },
      isDone: () => this.done,
      next: () => this.waitingJobs.shift() ?? this.nextJob(),
      process: async (unit) => this.processResult(await this.#fitted(await this.#placed(unit))),
      retract: (unit) => this.retractResult(unit),
      onPaused: (pause) => this.#end.pause(pause),
    })
  }

  /** What runs at a volunteer's: a function that uses nothing from outside itself but `vars`, an object or class with `work`, or a bundle. Read once, at `start`. */
  protected abstract readonly work: Work<Input, Output>

  /**
   * What says at the server whether an output is right for its input, as the option `verify` of a map; read once, at `start`.
   * @default agreement decides
   */
  declare protected readonly verify?: Verify<Input, Output>

  /**
   * The next unit, or undefined when there is none now: then it is asked again after each result. It may take its time: what it gave before is
   * submitted meanwhile, and results are processed after it.
   */
  protected abstract nextJob(): NextJob<Input> | undefined | Promise<NextJob<Input> | undefined>

  /**
   * Takes an answer in. Called once a unit, one call at a time, and again when another answer takes its place. `return reject(reason)`, or throw it,
   * where the answer is wrong: somebody else computes the unit.
   */
  protected abstract processResult(unit: ProcessedUnit<Input, Output>): Processed | Promise<Processed>

  /**
   * Undoes `processResult`: the server took the answer back and will give another. `unit` has the answer that was processed. It may come after `done`, where
   * the job asks for a target error and delivers accepted results. By default the computation ends with ResultRetracted.
   */
  protected retractResult(unit: ProcessedUnit<Input, Output>): void | Promise<void> {
    throw new ResultRetracted(unit.key)
  }

  /**
   * What to keep of this object in a saved file, as the codec carries it. By default nothing: then `restore` replays all results through
   * `processResult`. Called between two results.
   */
  protected saveState(): unknown {
    return undefined
  }

  /** Takes back what `saveState` gave; results after it are processed next. */
  protected loadState(_state: unknown): void | Promise<void> {}

  /**
   * Id of the job, with which `restore` goes on wherever the same work, credential and arguments are; with `file`, that id and what `saveState`
   * gives are written there. Do not await it inside `processResult`: it waits until that is over. @throws BadArgument before `start`, or naming the file
   */
  async save(file?: string): Promise<string> {
    const job = this.id
    if (job === undefined) throw new BadArgument(`${this.#name} has no job yet; start() it, then save it.`)
    if (file === undefined) return job
    const keeps = this.saveState !== DistributedFunction.prototype.saveState
    const { name } = this.constructor
    // As text at once: what saveState gives may be the very objects that the next result changes.
    const text = keeps
      ? await this.#run.between((run) => savedText(name, { job, state: { run, own: this.saveState() } }))
      : savedText(name, { job })
    await this.d.files.write(file, text)
    return job
  }

  /**
   * Goes on with a computation whose client is gone, from its id or a saved file, with the arguments its constructor was given. Results are
   * processed again in their order, so `nextJob` and `processResult` must do the same with the same; nothing that was decided is computed again.
   * One that was lost before its job existed is started. Errors of the job surface at `wait`.
   * @throws BadArgument naming a file that is damaged, another's or newer, and what the constructor throws
   */
  static async restore<Args extends readonly unknown[], Restored extends { start(): unknown }>(
    this: new (
      d: DSage,
      ...args: Args
    ) => Restored,
    d: DSage,
    from: string,
    ...args: Args
  ): Promise<Restored> {
    // biome-ignore lint/complexity/noThisInStatic: the class it is called on is what is restored
    const saved = isJobId(from) ? { job: from } : await readSaved(d.files, from, this.name)
    const made = new this(d, ...args)
    ;(made as unknown as DistributedFunction<unknown, unknown, unknown>).#restored = saved
    made.start()
    return made
  }

  /** Units submitted and not yet processed. */
  get outstandingJobs(): readonly KeyedUnit<Input>[] {
    return this.#run.outstanding
  }

  /** Units processed, without their outputs: those are kept by whoever needs them. */
  get processedJobs(): readonly KeyedUnit<Input>[] {
    return this.#run.processed
  }

  /** Id of the job, undefined before `start`. */
  get id(): string | undefined {
    return this.#channel?.job
  }

  /** Seconds from `start` to the end, or to now. */
  get time(): number {
    return this.#startedAt === undefined ? 0 : ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1000
  }

  /** Starts the computation; a second call changes nothing. Errors surface at `wait`. */
  start(): this {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now()
      this.#running = this.#live()
    }
    return this
  }

  /** Ends the computation without a result: `wait` rejects with JobCancelled. What was processed stays in this object. */
  async stop(): Promise<void> {
    this.start()
    this.#channel?.fail(new JobCancelled(`${this.#name} was stopped.`))
    await this.#running
  }

  /**
   * Starts if need be, and gives `result` once `done`: of a job with a target error when what was processed is sealed, or the job is over.
   * @throws TimedOut after `timeout` seconds (the computation goes on), JobPaused when the server paused the job (resume it, and wait again), JobCancelled, Refused, NotConnected, and what `nextJob` or `processResult` threw
   */
  async wait(options: WaitOptions = {}): Promise<Result> {
    const timeout = secondsOf(options)
    this.start()
    const late = () => `${this.#name} is not done after ${timeout} s; ${goingOn(this.#channel?.snapshot, 'stop()')}.`
    return within(this.#end.of(this.#channel!), timeout, late)
  }

  /** Says that these units are no longer wanted. One that was decided before the server heard of it is processed all the same. @throws Refused, NotConnected */
  async drop(keys: Iterable<string>): Promise<void> {
    await this.#run.drop(keys)
  }

  get #name(): string {
    return printable(String(this.#options.name ?? (this.constructor.name || 'The distributed function')))
  }

  /** The unit with places in the lines of `work` in the stack of its error. */
  async #placed(unit: ProcessedUnit<Input, Output>): Promise<ProcessedUnit<Input, Output>> {
    if (unit.error?.stack === undefined) return unit
    const { stack, ...said } = unit.error
    const readable = await readableStack(stack, said, this.#origin)
    return { ...unit, error: { ...said, ...(readable === undefined ? {} : { stack: readable }) } }
  }

  /** The unit with its output as the schema gives it, or with what does not fit. */
  async #fitted(unit: ProcessedUnit<Input, Output>): Promise<ProcessedUnit<Input, Output>> {
    const { output: schema } = this.#options
    if (schema === undefined || unit.error !== undefined) return unit
    const { output, ...rest } = unit
    const fitting = await fitted(schema, output)
    return 'error' in fitting ? { ...rest, ...fitting } : { ...rest, output: fitting.value as Output }
  }

  /** Never rejects: whatever goes wrong is what `wait` rejects with. */
  async #live(): Promise<void> {
    const channel = new JobChannel(this.d.connection, this.#restored?.job ?? newJobId())
    this.#channel = channel
    try {
      watchJob(channel, this.#name, this.#options, (error) => channel.fail(error))
      await this.#run.goOn(channel, await this.#open(channel))
      if (!this.done) throw unhappyEnd(channel.snapshot!) ?? this.#endedEarly()
      await this.#run.answerRejections()
      // The result is there: a connection that fails while the server is told must not take it away.
      await this.#run.tidy().catch(() => {})
      await this.#run.settleDown()
      this.#end.resolve(this.result as Result)
    } catch (error) {
      channel.fail(error)
      if (channel.snapshot !== undefined && isOurs(error))
        await this.d.connection.request('control', { job: channel.job, action: 'cancel' }).catch(() => {})
      this.#end.reject(error)
    }
    this.#endedAt = performance.now()
  }

  /** Submits the job, or takes up the one it had; answers with the number of events that are there. */
  async #open(channel: JobChannel): Promise<number> {
    const spec = jobSpec(channel.job, 'function', this.constructor.name, this.#options)
    const { vars, nativeMath } = this.#options
    const [code, verify] = await Promise.all([codeOf(this.work, vars, nativeMath), verifyText(this.verify, vars)])
    const { source } = sourceOf(this.work)
    this.#origin = { code, source: source === undefined ? undefined : { text: source, name: this.#name } }
    if (this.#restored !== undefined) {
      const events = await this.#takeUp(channel, this.#restored, code)
      if (events !== undefined) return events
    }
    const files = await sendFiles(this.d.connection, this.d.files, this.#options.files)
    await channel.submit({ ...spec, ...files, ...(verify === undefined ? {} : { verify }) }, code, [], false)
    return 0
  }

  /** Undefined when the client vanished before its job existed. */
  async #takeUp(channel: JobChannel, { job, state }: Saved, code: string): Promise<number | undefined> {
    const saved = state as { readonly run: RunState<Input>; readonly own: unknown } | undefined
    const manifest = await this.d.connection.request('manifest', { job }).catch((error: unknown) => {
      if (!(error instanceof Refused && error.code === 'unknown-job') || (saved?.run.after ?? 0) > 0) throw error
    })
    if (manifest === undefined) return undefined
    const { kind, bundle } = manifest.spec
    if (kind !== 'function') throw new BadArgument(`Expected the id of a distributed function, got that of a ${kind}; use d.job(id).`)
    if (bundle !== (await bundleDigest(code)))
      throw new BadArgument(`${this.#name}: expected the \`work\` that job ${job} was started with, it has changed since; start anew.`)
    const { events } = await channel.attach()
    if (saved === undefined) return events
    if (saved.run.after > events)
      throw new BadArgument(
        `${this.#name}: expected job ${job} to have the ${saved.run.after} events it was saved after, it has ${events}; restore(d, id).`,
      )
    await this.loadState(saved.own)
    this.#run.reopen(saved.run)
    return events
  }

  #endedEarly(): JobFailed | ResultsUnsealed {
    const { withheld } = this.#run
    if (withheld > 0) return new ResultsUnsealed(this.#name, withheld)
    return new JobFailed({ job: this.#name, error: { name: 'Ended', message: 'the server closed the job before it was done' } })
  }
}

/** Whether the job is to be cancelled for it. A lost server, or a job that another client has ended, is not this end's to cancel. */
const isOurs = (error: unknown): boolean => !(error instanceof NotConnected || (error instanceof Refused && error.code === 'job-closed'))
