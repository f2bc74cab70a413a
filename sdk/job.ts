/**
 * A job as the researcher holds it. It is submitted when it is made; nothing is awaited for that, so whatever goes wrong then surfaces at the first
 * `wait`, iteration or control. Results stay at the server: iterating keeps nothing, `wait` keeps what it returns.
 */
import { deliveredPages } from './delivered-pages.ts'
import { Delivery } from './delivery.ts'
import type { DSage } from './dsage.ts'
import { BadArgument, type Failure, JobFailed, JobPaused, ResultRetracted } from './errors.ts'
import { HeldJob } from './held-job.ts'
import type { FailedInput, InputResult } from './input-result.ts'
import { JobChannel } from './job-channel.ts'
import { batchSize, jobSpec, shortName } from './job-options.ts'
import { goingOn, unhappyEnd } from './job-outcome.ts'
import type { JobPlan } from './job-plan.ts'
import type { RecordOptions, RecordSummary } from './job-record.ts'
import { watchJob } from './job-watch.ts'
import type { KnownJob, KnownJobOptions, Reach } from './known-job.ts'
import { newJobId } from './new-job-id.ts'
import { printable, show } from './printable.ts'
import type { JobSnapshot, JobState } from './protocol.ts'
import { planAgain } from './rerun.ts'
import { writeValue, writeValues } from './result-file.ts'
import { isJobId, readSaved, savedText } from './saved-file.ts'
import { UnitStream } from './unit-stream.ts'
import { secondsLeft, unitsDecided } from './units-decided.ts'
import { secondsOf, within } from './within.ts'

export interface WaitOptions {
  /** Seconds; the job goes on when they are over. @default for ever */
  readonly timeout?: number
}

/** Not thenable on purpose: `await d.map(…)` gives the job, `await job.wait()` its result. */
export class Job<Output = unknown, Result = Output[], Input = unknown> extends HeldJob {
  /** 128 bits, hex. */
  readonly id: string = newJobId()
  readonly name: string
  readonly #reach: Reach
  readonly #startedAt = performance.now()
  #plan: JobPlan<Input>
  #channel: JobChannel | undefined
  #stream: UnitStream<Input> | undefined
  #delivery: Delivery<Output, Input> | undefined
  #failure: unknown
  #collected: Promise<Result> | undefined
  #result: Result | undefined

  constructor(reach: Reach, plan: JobPlan<Input>) {
    super()
    this.#reach = reach
    this.#plan = plan
    const { name } = plan.options
    this.name = typeof name === 'string' ? name : shortName(plan.defaultName)
    void this.#submit(plan)
    if (this.#channel) reach.submissions.add(this.#channel.submission)
    if (plan.single) this.#collect().catch(() => {})
  }

  /** `submitting` until the server has answered; then what it said last, or `failed` when this end gave up. */
  get state(): JobState | 'submitting' {
    if ((this.#channel?.failure ?? this.#failure) !== undefined) return 'failed'
    return this.status?.state ?? 'submitting'
  }

  /** What the server said last, undefined before it has answered. */
  override get status(): JobSnapshot | undefined {
    return this.#channel?.snapshot
  }

  /** The result: of an expression as soon as it is there, of a map once `wait` has collected it; undefined until then. */
  get result(): Result | undefined {
    return this.#result
  }

  /**
   * The value of an expression, or the values of a map in the order of the inputs, once the job has ended. What was taken back until then was replaced;
   * afterwards nothing is, unless an audit of a job that is over differs: then the job runs again, and `d.job(id).wait()` gives what it comes to.
   * @throws JobFailed naming the first failed input, JobPaused when the server paused it (resume it, and wait again), ResultsUnsealed, JobCancelled, TimedOut after `timeout` seconds (the job goes on), and what its submission threw
   */
  async wait(options: WaitOptions = {}): Promise<Result> {
    const timeout = secondsOf(options)
    return within(
      this.#collect(),
      timeout,
      () => `Job ${printable(this.name)} has no result after ${timeout} s; ${goingOn(this.status, 'kill()')}.`,
    )
  }

  /**
   * Results as they come, from the first, each once; `retracted` takes back what was given for its index before, and another result follows.
   * A failed input is a result with `error`. @throws JobCancelled, JobPaused, ResultsUnsealed, JobFailed when the job stopped, and what its submission threw
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<InputResult<Output, Input>, void, void> {
    const channel = this.channel()
    for await (const page of deliveredPages(channel, this.#plan.options.deliver))
      for (const event of page) yield* await this.#delivery!.of(event)
    const unhappy = unhappyEnd(channel.snapshot!)
    if (unhappy !== undefined) throw unhappy
  }

  /** The inputs that failed, as they come, each with its `error`; the job goes on unless it was submitted with `onError: 'stop'`. @throws as iterating does */
  async *errors(): AsyncGenerator<FailedInput<Input>, void, void> {
    for await (const result of this) if (result.error !== undefined) yield result
  }

  /**
   * One value of all results, without keeping them: `combine` is called with each as it comes, in any order, so that order must not matter to it.
   * @throws JobFailed at the first failed input, ResultRetracted when a result was taken back after it had been combined, and as iterating does
   */
  async reduce<Value>(combine: (sum: Value, output: Output, index: number) => Value | Promise<Value>, initial: Value): Promise<Value> {
    let sum = initial
    for await (const { index, value, error, state } of this) {
      if (error !== undefined) throw new JobFailed({ job: this.name, index, error })
      if (state === 'retracted') throw new ResultRetracted(String(index))
      sum = await combine(sum, value as Output, index)
    }
    return sum
  }

  /**
   * Waits until the job has ended and writes all that is known of it into one file, `dsage-<id>.tar` unless named: code, inputs, results, who gave them,
   * seeds, versions. Whoever has the file recomputes what they like with `dsage verify-record`. @throws JobPaused, BadArgument in a page or naming the file
   */
  async record(file?: string, options?: RecordOptions): Promise<RecordSummary> {
    const channel = this.channel()
    await channel.comesTo(() => channel.ended)
    return this.#reach.record(this.#reach.connection, this.id, file, options)
  }

  /** Estimate of the seconds until all is decided, from the speed so far; undefined while nothing is decided or inputs are still read, 0 after the end. */
  get eta(): number | undefined {
    return this.status && secondsLeft(this.status, (performance.now() - this.#startedAt) / 1000)
  }

  /**
   * The same work again, as a new job with an id of its own, which is returned at once. Inputs that were an array are taken from it again; those of any
   * other source are read back from the server as soon as it has them all. A signal that has aborted is left out. What goes wrong surfaces at the
   * new job: also BadArgument, where this one ended before all inputs of its source were read.
   */
  rerun(): Job<Output, Result, Input> {
    return new Job<Output, Result, Input>(
      this.#reach,
      planAgain(this.#plan, { name: this.name, channel: this.#channel, stream: this.#stream }),
    )
  }

  /**
   * Gives the id with which `d.job` takes this job up, from any process with a key of the same account, once the server has the job; with `file` it is
   * written there for `Job.restore`. @throws BadArgument naming the file, and what its submission threw
   */
  async save(file?: string): Promise<string> {
    await this.channel().until(() => this.status !== undefined)
    if (file !== undefined) await this.#reach.files.write(file, savedText('Job', { job: this.id }))
    return this.id
  }

  /** Takes a job up from its id or from a file that `save` wrote. @throws BadArgument naming a file that is damaged, another's or newer, and as `d.job` */
  static async restore<Output = unknown, Input = unknown>(
    d: Pick<DSage, 'job' | 'files'>,
    from: string,
    options?: KnownJobOptions,
  ): Promise<KnownJob<Output, Input>> {
    return d.job(isJobId(from) ? from : (await readSaved(d.files, from, 'Job')).job, options)
  }

  /**
   * Waits, and replaces `file` by the result as JSON: of a map a list with a value a line, in the order of its inputs. `fromJson` reads all of it back
   * exactly. However many there are, values wait on the disk and not in memory. @throws as `wait`, and BadArgument naming the file; then it is as it was
   */
  async writeResult(file: string): Promise<void> {
    const { files } = this.#reach
    if (this.#plan.single) await writeValue(files, file, await this.wait())
    else await writeValues(files, file, { name: this.name, results: this })
  }

  override async resume(): Promise<void> {
    await super.resume()
    if (this.#plan.single) this.#collect().catch(() => {})
  }

  /** State and output on one line, safe for a terminal. */
  override toString(): string {
    const head = `Job ${printable(this.name)}: ${this.state}`
    if (this.#result !== undefined) return `${head}, ${show(this.#result)}`
    const failure = this.#channel?.failure ?? this.#failure
    if (failure !== undefined) return `${head}, ${printable(String(failure))}`
    if (this.status === undefined) return head
    const { decided, all } = unitsDecided(this.status.units)
    const reason = this.status.reason === undefined ? '' : `, ${printable(this.status.reason)}`
    return `${head}, ${decided} of ${all} units decided${reason}`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /** The channel, unless the job could not even be described. */
  protected override channel(): JobChannel {
    if (this.#channel === undefined) throw this.#failure
    return this.#channel
  }

  async #submit(plan: JobPlan<Input>): Promise<void> {
    const { kind, defaultName, inputs, options } = plan
    try {
      const spec = jobSpec(this.id, kind, defaultName, options, [])
      const channel = new JobChannel(this.#reach.connection, this.id)
      this.#channel = channel
      watchJob(channel, this.name, options, (error) => this.#giveUp(error))
      const stream = new UnitStream(channel, inputs, batchSize(options))
      this.#stream = stream
      const [code, verify] = await Promise.all([plan.code(), plan.verify?.()])
      this.#delivery = this.#deliveryOf(stream, code)
      const files = await plan.files()
      this.#plan = { ...plan, code: () => code, verify: () => verify, files: async () => files }
      await stream.send({ ...spec, ...files, ...(verify === undefined ? {} : { verify }) }, code)
      // Given up while it was being submitted: the server has to be told now.
      if (channel.failure !== undefined) throw channel.failure
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #deliveryOf(stream: UnitStream<Input>, code: string): Delivery<Output, Input> {
    const { source: text, options } = this.#plan
    const origin = { code, source: text === undefined ? undefined : { text, name: printable(this.name) } }
    const onMismatch = options.onError === 'stop' ? { onMismatch: (failure: JobFailed) => this.#giveUp(failure) } : {}
    return new Delivery({ job: this.name, stream, origin, schema: options.output, ...onMismatch })
  }

  #giveUp(thrown: unknown): void {
    const error = thrown ?? new BadArgument(`Expected the inputs to end or to throw an error, they threw ${thrown}.`)
    this.#failure = error
    const submitted = this.status !== undefined
    this.#channel?.fail(error)
    if (submitted) this.#reach.connection.request('control', { job: this.id, action: 'cancel' }).catch(() => {})
  }

  #collect(): Promise<Result> {
    this.#collected ??= this.#gather().then(
      (result) => {
        this.#result = result
        return result
      },
      (error) => {
        // Whoever resumes it waits again.
        if (error instanceof JobPaused) this.#collected = undefined
        throw error
      },
    )
    return this.#collected
  }

  async #gather(): Promise<Result> {
    const channel = this.channel()
    const values: Output[] = []
    const failures = new Map<number, Failure>()
    for await (const page of deliveredPages(channel, this.#plan.options.deliver))
      for (const event of page) {
        for (const { index, value, error } of await this.#delivery!.of(event)) {
          failures.delete(index)
          if (error !== undefined) failures.set(index, { job: this.name, unit: event.key, index, error })
          // Filled from the start: an array with holes would become a table of keys, ten times its size.
          while (values.length <= index) values.push(undefined as Output)
          values[index] = value as Output
        }
      }
    if (failures.size > 0 && channel.snapshot!.state !== 'cancelled') {
      const first = [...failures.keys()].reduce((least, index) => Math.min(least, index))
      throw new JobFailed({ ...failures.get(first)!, failedInputs: failures.size })
    }
    const unhappy = unhappyEnd(channel.snapshot!)
    if (unhappy !== undefined) throw unhappy
    return (this.#plan.single ? values[0] : values) as Result
  }
}
