/**
 * A job as the researcher holds it. It is submitted when it is made; nothing is awaited for that, so whatever goes wrong then surfaces at the first
 * `wait`, iteration or control. Results stay at the server: iterating keeps nothing, `wait` keeps what it returns.
 */
import { eachOutput } from './codec.ts'
import { BadArgument, type Failure, JobFailed, ResultRetracted } from './errors.ts'
import { EventFold } from './event-fold.ts'
import { resultsOfEvent } from './event-results.ts'
import type { FailedInput, InputResult } from './input-result.ts'
import { JobChannel, newJobId } from './job-channel.ts'
import { batchSize, jobSpec, shortName } from './job-options.ts'
import { allLinesOf, outputsOf, type UnitOutput } from './job-output.ts'
import type { JobPlan } from './job-plan.ts'
import type { RecordSummary } from './job-record.ts'
import { watchJob } from './job-watch.ts'
import type { Reach } from './known-job.ts'
import { fitted, type OutputSchema } from './output-schema.ts'
import { printable, show } from './printable.ts'
import type { JobEvent, JobSnapshot, JobState } from './protocol.ts'
import { type Origin, readableStack } from './remote-stack.ts'
import { UnitStream } from './unit-stream.ts'
import { within } from './within.ts'

export interface WaitOptions {
  /** Seconds; the job goes on when they are over. @default for ever */
  readonly timeout?: number
}

/** Not thenable on purpose: `await d.map(…)` gives the job, `await job.wait()` its result. */
export class Job<Output = unknown, Result = Output[], Input = unknown> {
  /** 128 bits, hex. */
  readonly id: string = newJobId()
  readonly name: string
  readonly #reach: Reach
  readonly #single: boolean
  readonly #schema: OutputSchema<unknown> | undefined
  readonly #stopsAtError: boolean
  readonly #startedAt = performance.now()
  #channel: JobChannel | undefined
  #stream: UnitStream<Input> | undefined
  #failure: unknown
  #origin: Origin | undefined
  #collected: Promise<Result> | undefined
  #result: Result | undefined

  constructor(reach: Reach, plan: JobPlan<Input>) {
    this.#reach = reach
    this.#single = plan.single
    this.#schema = plan.options.output
    this.#stopsAtError = plan.options.onError === 'stop'
    this.name = plan.options.name ?? shortName(plan.defaultName)
    void this.#submit(plan)
    if (plan.single) this.#collect().catch(() => {})
  }

  /** `submitting` until the server has answered; then what it said last, or `failed` when this end gave up. */
  get state(): JobState | 'submitting' {
    if ((this.#channel?.failure ?? this.#failure) !== undefined) return 'failed'
    return this.status?.state ?? 'submitting'
  }

  /** What the server said last, undefined before it has answered. */
  get status(): JobSnapshot | undefined {
    return this.#channel?.snapshot
  }

  /** The result: of an expression as soon as it is there, of a map once `wait` has collected it; undefined until then. */
  get result(): Result | undefined {
    return this.#result
  }

  /**
   * The value of an expression, or the values of a map in the order of the inputs, once the job has ended.
   * @throws JobFailed naming the first failed input, JobCancelled, TimedOut after `timeout` seconds (the job goes on), and what its submission threw
   */
  async wait({ timeout }: WaitOptions = {}): Promise<Result> {
    return within(
      this.#collect(),
      timeout,
      `Job ${printable(this.name)} has no result after ${timeout} s; it goes on: wait again, or kill() it.`,
    )
  }

  /**
   * Results as they come, from the first, each once; `retracted` takes back what was given for its index before, and another result follows.
   * A failed input is a result with `error`. @throws JobCancelled, JobFailed when the job stopped, and what its submission threw
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<InputResult<Output, Input>, void, void> {
    const channel = this.#open()
    const fold = new EventFold()
    for await (const page of channel.pages())
      for (const event of page) {
        const change = fold.apply(event)
        if (change !== 'confirmed' && change !== 'repeated') yield* await this.#delivered(event)
      }
    const unhappy = channel.unhappyEnd()
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
   * What the code printed with `console`, a line an entry, in the order of the inputs, once the job has ended: at most 8192 characters a unit and a
   * million in all. From the device whose result was accepted, so what an honest one printed; control characters are escaped. @throws NotConnected
   */
  async output(): Promise<readonly string[]> {
    return allLinesOf(this.#open())
  }

  /** The same unit by unit, as results come, in any order; keeps nothing. Units that printed nothing are left out. @throws as `output` */
  async *outputs(): AsyncGenerator<UnitOutput, void, void> {
    yield* outputsOf(this.#open())
  }

  /**
   * Waits until the job has ended and writes all that is known of it into one file, `dsage-<id>.tar` unless named: code, inputs, results, who gave them,
   * seeds, versions. Whoever has the file recomputes what they like with `dsage verify-record`. @throws BadArgument in a page or naming the file
   */
  async record(file?: string): Promise<RecordSummary> {
    const channel = this.#open()
    await channel.until(() => channel.ended)
    return this.#reach.record(this.#reach.connection, this.id, file)
  }

  /** Estimate of the seconds until all is decided, from the speed so far; undefined while nothing is decided or inputs are still read, 0 after the end. */
  get eta(): number | undefined {
    const { status } = this
    if (status === undefined) return undefined
    const { open, accepted, sealed, failed } = status.units
    const decided = accepted + sealed + failed
    if (status.finishedAt !== undefined) return 0
    if (!status.inputsComplete || decided === 0) return undefined
    return (((performance.now() - this.#startedAt) / 1000) * open) / decided
  }

  /** Cancels the job; devices that compute for it are told within a second. @throws Refused, NotConnected */
  async kill(): Promise<void> {
    await this.#open().control('cancel')
  }

  /** Hands out no more units; those under way are finished. @throws Refused, NotConnected */
  async pause(): Promise<void> {
    await this.#open().control('pause')
  }

  /** Goes on after `pause`. @throws Refused, NotConnected */
  async resume(): Promise<void> {
    await this.#open().control('resume')
  }

  /** State and output on one line, safe for a terminal. */
  toString(): string {
    const head = `Job ${printable(this.name)}: ${this.state}`
    if (this.#result !== undefined) return `${head}, ${show(this.#result)}`
    const failure = this.#channel?.failure ?? this.#failure
    if (failure !== undefined) return `${head}, ${printable(String(failure))}`
    if (this.status === undefined) return head
    const { open, accepted, sealed, failed, cancelled } = this.status.units
    const decided = accepted + sealed + failed
    const reason = this.status.reason === undefined ? '' : `, ${printable(this.status.reason)}`
    return `${head}, ${decided} of ${decided + open + cancelled} units decided${reason}`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /** The channel, unless the job could not even be described. */
  #open(): JobChannel {
    if (this.#channel === undefined) throw this.#failure
    return this.#channel
  }

  async #submit({ kind, defaultName, code, files, source, inputs, options }: JobPlan<Input>): Promise<void> {
    try {
      const spec = jobSpec(this.id, kind, defaultName, options)
      const channel = new JobChannel(this.#reach.connection, this.id)
      this.#channel = channel
      watchJob(channel, this.name, options, (error) => this.#giveUp(error))
      this.#stream = new UnitStream(channel, inputs, batchSize(options))
      const text = await code()
      this.#origin = { code: text, source: source === undefined ? undefined : { text: source, name: printable(this.name) } }
      await this.#stream.send({ ...spec, ...(await files()) }, text)
      // Given up while it was being submitted: the server has to be told now.
      if (channel.failure !== undefined) throw channel.failure
    } catch (error) {
      this.#giveUp(error)
    }
  }

  #giveUp(thrown: unknown): void {
    const error = thrown ?? new BadArgument(`Expected the inputs to end or to throw an error, they threw ${thrown}.`)
    this.#failure = error
    const submitted = this.status !== undefined
    this.#channel?.fail(error)
    if (submitted) this.#reach.connection.request('control', { job: this.id, action: 'cancel' }).catch(() => {})
  }

  #collect(): Promise<Result> {
    this.#collected ??= this.#gather().then((result) => {
      this.#result = result
      return result
    })
    return this.#collected
  }

  async #gather(): Promise<Result> {
    const channel = this.#open()
    const fold = new EventFold()
    const values: Output[] = []
    const failures = new Map<number, Failure>()
    for await (const page of channel.pages())
      for (const event of page) {
        const change = fold.apply(event)
        if (change === 'confirmed' || change === 'repeated') continue
        for (const { index, value, error } of await this.#delivered(event)) {
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
    const unhappy = channel.unhappyEnd()
    if (unhappy !== undefined) throw unhappy
    return (this.#single ? values[0] : values) as Result
  }

  /** The results of an event, looked at with the schema if there is one. */
  async #delivered(event: JobEvent): Promise<Iterable<InputResult<Output, Input>>> {
    const stream = this.#stream!
    const start = Number(event.key)
    const inputs = { count: () => stream.inputsOf(start), at: (index: number) => stream.window.get(index) }
    const results = resultsOfEvent<Output, Input>(await this.#readable(event), inputs)
    if (this.#schema === undefined || event.kind === 'retracted' || event.kind === 'failed') return results
    const delivered: InputResult<Output, Input>[] = []
    for (const result of results) {
      if (result.error !== undefined || result.state === 'retracted') delivered.push(result)
      else {
        const { index, input, state } = result
        const answer = await fitted(this.#schema, result.value)
        if ('error' in answer && this.#stopsAtError)
          this.#giveUp(new JobFailed({ job: this.name, unit: event.key, index, error: answer.error }))
        delivered.push({ index, input, state, ...answer } as InputResult<Output, Input>)
      }
    }
    return delivered
  }

  /** The event with its stack in the researcher's lines; it is that of the first error. */
  async #readable(event: JobEvent): Promise<JobEvent> {
    const { stack, ...rest } = event
    const item = stack === undefined || !event.output ? undefined : [...eachOutput(event.output)].find((item) => 'error' in item)
    const readable = item && 'error' in item ? await readableStack(stack!, item.error, this.#origin) : undefined
    return { ...rest, ...(readable === undefined ? {} : { stack: readable }) }
  }
}
