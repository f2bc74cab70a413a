/**
 * An own job that another process may have submitted. Everything is read from the server: results as they come, and the inputs they belong to,
 * a page at a time.
 */
import { decode } from './codec.ts'
import type { Connection } from './connection.ts'
import { deliveredPages } from './delivered-pages.ts'
import { BadArgument, type Failure, JobFailed } from './errors.ts'
import type { Deliver } from './event-fold.ts'
import { resultsOfEvent } from './event-results.ts'
import { HeldJob } from './held-job.ts'
import type { InputResult } from './input-result.ts'
import type { WaitOptions } from './job.ts'
import { JobChannel } from './job-channel.ts'
import { requireOneOf } from './job-options.ts'
import { goingOn, unhappyEnd } from './job-outcome.ts'
import type { RecordOptions, RecordSummary, WriteRecord } from './job-record.ts'
import { requireKnownNames } from './known-names.ts'
import { printable, show } from './printable.ts'
import type { JobEvent, JobSnapshot, JobState, StoredUnit } from './protocol.ts'
import { copyJob } from './rerun.ts'
import { writeValue, writeValues } from './result-file.ts'
import { type LocalFiles, requireJobId, savedText } from './saved-file.ts'
import type { Submissions } from './submissions.ts'
import { unitsDecided } from './units-decided.ts'
import { secondsOf, within } from './within.ts'

/** What a job is reached by. */
export interface Reach {
  readonly connection: Connection
  /** Files of this machine. */
  readonly files: LocalFiles
  /** How a record is written. */
  readonly record: WriteRecord
  readonly submissions: Submissions
}

export interface KnownJobOptions {
  /** Seconds for which a job that has decided all it got may wait for more inputs of its client, which may be gone. @default 60 */
  readonly patience?: number
  /** Which results count, as in the options of a job. @default 'accepted' */
  readonly deliver?: Deliver
}

/** Not thenable on purpose, as Job is not. */
export class KnownJob<Output = unknown, Input = unknown> extends HeldJob {
  readonly #reach: Reach
  readonly #channel: JobChannel
  readonly #deliver: Deliver
  protected override readonly patienceMs: number

  private constructor(reach: Reach, channel: JobChannel, { patience, deliver }: Required<KnownJobOptions>) {
    super()
    this.#reach = reach
    this.#channel = channel
    this.#deliver = deliver
    this.patienceMs = Math.min(patience * 1000, 2 ** 31 - 1)
  }

  /** @throws BadArgument, Refused `unknown-job` when it is nobody's or another's, NotConnected */
  static async take<Output, Input>(reach: Reach, id: string, options: KnownJobOptions): Promise<KnownJob<Output, Input>> {
    const { patience = 60, deliver = 'accepted' } = options
    requireJobId(id)
    requireKnownNames('options', options, ['patience', 'deliver'])
    requireOneOf('deliver', deliver, ['accepted', 'sealed'])
    if (!(typeof patience === 'number' && patience >= 0))
      throw new BadArgument(`Expected \`patience\` to be a number of seconds from 0, got ${show(patience)}.`)
    const channel = new JobChannel(reach.connection, id)
    await channel.attach()
    return new KnownJob(reach, channel, { patience, deliver })
  }

  get id(): string {
    return this.#channel.job
  }

  get name(): string {
    return this.status.name
  }

  /** What the server said last; it is kept fresh while the job runs. */
  override get status(): JobSnapshot {
    return this.#channel.snapshot!
  }

  get state(): JobState {
    return this.status.state
  }

  /**
   * The value of an expression, or the values of a map in the order of its inputs, once the job has ended.
   * @throws JobFailed naming the first failed input, JobPaused when the server paused it, JobCancelled, TimedOut after `timeout` seconds (the job goes on), InputsIncomplete when all that
   * arrived is decided and its client seems to be gone, ResultsUnsealed, BadArgument for a distributed function
   */
  async wait(options: WaitOptions = {}): Promise<Output | Output[]> {
    const timeout = secondsOf(options)
    return within(
      this.#gather(),
      timeout,
      () => `Job ${printable(this.name)} has no result after ${timeout} s; ${goingOn(this.status, 'kill()')}.`,
    )
  }

  /** Results as Job gives them, from the first, each with its `input`. @throws as `wait`, but a failed input is a result with `error` */
  async *[Symbol.asyncIterator](): AsyncGenerator<InputResult<Output, Input>, void, void> {
    if (this.status.kind === 'function')
      throw new BadArgument(
        `Expected a map or an expression, got the distributed function ${printable(this.name)}; use its class: X.restore(d, id).`,
      )
    for await (const page of deliveredPages(this.#channel, this.#deliver, { patienceMs: this.patienceMs })) {
      const units = await this.#unitsOf(page)
      for (const event of page) yield* resultsOf<Output, Input>(event, units.get(event.key)!)
    }
    const unhappy = unhappyEnd(this.status)
    if (unhappy !== undefined) throw unhappy
  }

  /** Writes the record of the job, which must be over, as `Job.record` does. @throws BadArgument, Refused, NotConnected */
  async record(file?: string, options?: RecordOptions): Promise<RecordSummary> {
    return this.#reach.record(this.#reach.connection, this.id, file, options)
  }

  /** Says that no more inputs will come: a job whose client is gone finishes with those that arrived. @throws Refused, NotConnected */
  async complete(): Promise<void> {
    await this.#channel.add([], true)
  }

  /** The same work again, read from the server and submitted as a new job with an id of its own. @throws BadArgument for a distributed function or without all inputs */
  async rerun(): Promise<KnownJob<Output, Input>> {
    const id = await copyJob(this.#reach.connection, this.#channel)
    return KnownJob.take(this.#reach, id, { patience: this.patienceMs / 1000, deliver: this.#deliver })
  }

  /** Gives the id; with `file` it is written there for `Job.restore`. @throws BadArgument naming the file */
  async save(file?: string): Promise<string> {
    if (file !== undefined) await this.#reach.files.write(file, savedText('Job', { job: this.id }))
    return this.id
  }

  /** Waits, and replaces `file` by the result as JSON, as `Job.writeResult` does. @throws as `wait`, and BadArgument naming the file */
  async writeResult(file: string): Promise<void> {
    const { files } = this.#reach
    if (this.status.kind === 'eval') await writeValue(files, file, await this.wait())
    else await writeValues(files, file, { name: this.name, results: this })
  }

  /** State on one line, safe for a terminal. */
  override toString(): string {
    const { decided, all } = unitsDecided(this.status.units)
    return `Job ${printable(this.name)}: ${this.state}, ${decided} of ${all} units decided`
  }

  protected override channel(): JobChannel {
    return this.#channel
  }

  async #gather(): Promise<Output | Output[]> {
    const values: Output[] = []
    const failures = new Map<number, Failure>()
    for await (const { index, value, error } of this) {
      failures.delete(index)
      if (error !== undefined) failures.set(index, { job: this.name, index, error })
      while (values.length <= index) values.push(undefined as Output)
      values[index] = value as Output
    }
    if (failures.size === 0) return this.status.kind === 'eval' ? (values[0] as Output) : values
    const first = [...failures.keys()].reduce((least, index) => Math.min(least, index))
    throw new JobFailed({ ...failures.get(first)!, failedInputs: failures.size })
  }

  /** The units of these events; the server answers as many at a time as it likes. */
  async #unitsOf(page: readonly JobEvent[]): Promise<ReadonlyMap<string, StoredUnit>> {
    const units = new Map<string, StoredUnit>()
    for (const wanted = new Set(page.map(({ key }) => key)); wanted.size > 0; ) {
      const some = await this.#channel.inputs([...wanted])
      if (some.length === 0) throw new BadArgument(`Expected the units of job ${this.id}, the server has them no more; submit it anew.`)
      for (const unit of some) {
        units.set(unit.key, unit)
        wanted.delete(unit.key)
      }
    }
    return units
  }
}

/** Places in stacks are known only to the process that made the bundle. */
function resultsOf<Output, Input>(event: JobEvent, unit: StoredUnit): Generator<InputResult<Output, Input>> {
  const inputs = decode(unit.input) as Input[]
  return resultsOfEvent(event, { count: () => inputs.length, at: (index) => inputs[index - Number(event.key)] })
}
