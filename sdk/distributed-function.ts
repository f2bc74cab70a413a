/**
 * A computation whose next units depend on earlier results. `nextJob` and `processResult` run at the researcher's, as in the original; only `work`
 * travels. The state here is the fold of the job's events, so each result is processed once, whatever happens to the connection.
 */
import { decodeOutputs, encode } from './codec.ts'
import type { DSage } from './dsage.ts'
import { BadArgument, JobCancelled, JobFailed, ResultRetracted } from './errors.ts'
import { type Change, EventFold } from './event-fold.ts'
import type { WaitOptions } from './job.ts'
import { JobChannel, newJobId } from './job-channel.ts'
import { type JobOptions, jobSpec } from './job-options.ts'
import { watchJob } from './job-watch.ts'
import { fitted } from './output-schema.ts'
import { printable } from './printable.ts'
import { type JobEvent, LIMITS, type UnitSpec } from './protocol.ts'
import { within } from './within.ts'
import { codeOf, type VarsOption, type Work } from './work.ts'

/** Bytes of inputs in one message. */
const MESSAGE_BYTES = 4 * 1024 * 1024

/** A unit that `nextJob` wants computed. */
export interface NextJob<Input> {
  /** Unique in the computation. @default the digest of the input */
  readonly key?: string
  readonly input: Input
}
/** A unit with its key settled. */
export interface KeyedUnit<Input> {
  readonly key: string
  readonly input: Input
}
/** A unit and its answer: `output`, or `error` when the code threw or the unit was given up. */
export interface ProcessedUnit<Input, Output> extends KeyedUnit<Input> {
  readonly output?: Output
  readonly error?: { readonly name: string; readonly message: string }
  /** Seconds it computed; absent when the server does not say. */
  readonly seconds?: number
}

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
  readonly #outstanding = new Map<string, KeyedUnit<Input>>()
  readonly #dropped = new Map<string, KeyedUnit<Input>>()
  readonly #processed = new Map<string, KeyedUnit<Input>>()
  readonly #options: DistributedFunctionOptions<Output>
  readonly #end = Promise.withResolvers<Result>()
  #running: Promise<void> | undefined
  #channel: JobChannel | undefined
  #startedAt: number | undefined
  #endedAt: number | undefined

  constructor(d: DSage, options: DistributedFunctionOptions<Output> = {}) {
    const { concurrent = 10 } = options
    if (!(Number.isInteger(concurrent) && concurrent >= 1))
      throw new BadArgument(`Expected \`concurrent\` to be a whole number of units from 1, got ${String(concurrent)}.`)
    this.d = d
    this.#options = options
    this.#end.promise.catch(() => {})
  }

  /** What runs at a volunteer's: a function that uses nothing from outside itself but `vars`, an object or class with `work`, or a bundle. Read once, at `start`. */
  protected abstract readonly work: Work<Input, Output>

  /**
   * The next unit, or undefined when there is none now: then it is asked again after each result. It may take its time: what it gave before is
   * submitted meanwhile, and results are processed after it.
   */
  protected abstract nextJob(): NextJob<Input> | undefined | Promise<NextJob<Input> | undefined>

  /** Takes an answer in. Called once a unit, one call at a time. */
  protected abstract processResult(unit: ProcessedUnit<Input, Output>): void | Promise<void>

  /** Undoes `processResult`: the server took the answer back and will give another. By default the computation ends with ResultRetracted. */
  protected retractResult(unit: KeyedUnit<Input>): void | Promise<void> {
    throw new ResultRetracted(unit.key)
  }

  /** Units submitted and not yet processed. */
  get outstandingJobs(): readonly KeyedUnit<Input>[] {
    return [...this.#outstanding.values()]
  }

  /** Units processed, without their outputs: those are kept by whoever needs them. */
  get processedJobs(): readonly KeyedUnit<Input>[] {
    return [...this.#processed.values()]
  }

  /** Id of the job, undefined before `start`. */
  get id(): string | undefined {
    return this.#channel?.spec.job
  }

  /** Seconds from `start` to the end, or to now. */
  get time(): number {
    return this.#startedAt === undefined ? 0 : ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1000
  }

  /** Starts the computation; a second call changes nothing. Errors surface at `wait`. */
  start(): this {
    if (this.#startedAt === undefined) {
      this.#startedAt = performance.now()
      this.#running = this.#run()
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
   * Starts if need be, and gives `result` once `done`.
   * @throws TimedOut after `timeout` seconds (the computation goes on), JobCancelled, Refused, NotConnected, and what `nextJob` or `processResult` threw
   */
  async wait({ timeout }: WaitOptions = {}): Promise<Result> {
    this.start()
    return within(this.#end.promise, timeout, `${this.#name} is not done after ${timeout} s; it goes on: wait again, or stop() it.`)
  }

  /** Says that these units are no longer wanted. One that was decided before the server heard of it is processed all the same. @throws Refused, NotConnected */
  async drop(keys: Iterable<string>): Promise<void> {
    const dropped: string[] = []
    for (const key of keys) {
      const unit = this.#outstanding.get(key)
      if (unit === undefined) continue
      this.#outstanding.delete(key)
      this.#dropped.set(key, unit)
      dropped.push(key)
    }
    for (let from = 0; from < dropped.length; from += LIMITS.itemsPerMessage)
      await this.#channel?.drop(dropped.slice(from, from + LIMITS.itemsPerMessage))
  }

  get #name(): string {
    return printable(this.#options.name ?? this.constructor.name)
  }

  /** Never rejects: whatever goes wrong is what `wait` rejects with. */
  async #run(): Promise<void> {
    try {
      const channel = new JobChannel(this.d.connection, jobSpec(newJobId(), 'function', this.constructor.name, this.#options))
      this.#channel = channel
      watchJob(channel, this.#options, (error) => channel.fail(error))
      await channel.submit(await codeOf(this.work, this.#options.vars), [], false)
      await this.#goOn(channel)
      // The result is there: a connection that fails while the server is told must not take it away.
      await this.#tidy(channel).catch(() => {})
      this.#end.resolve(this.result as Result)
    } catch (error) {
      this.#channel?.fail(error)
      if (this.#channel?.snapshot !== undefined)
        await this.d.connection.request('control', { job: this.id!, action: 'cancel' }).catch(() => {})
      this.#end.reject(error)
    }
    this.#endedAt = performance.now()
  }

  /** Until done: submits what is wanted, processes what comes. */
  async #goOn(channel: JobChannel): Promise<void> {
    const fold = new EventFold()
    await this.#fill(channel)
    if (this.done) return
    for await (const page of channel.pages()) {
      for (const event of page) {
        await this.#take(event, fold.apply(event))
        if (this.done) return
      }
      await this.#fill(channel)
      if (this.done) return
    }
    throw (
      channel.unhappyEnd() ??
      new JobFailed({ job: this.#name, error: { name: 'Ended', message: 'the server closed the job before it was done' } })
    )
  }

  /** Nobody shall compute what is no longer wanted. */
  async #tidy(channel: JobChannel): Promise<void> {
    await this.drop(this.#outstanding.keys())
    await channel.add([], true)
  }

  async #fill(channel: JobChannel): Promise<void> {
    const { concurrent = 10 } = this.#options
    let units: UnitSpec[] = []
    let bytes = 0
    const send = async (): Promise<void> => {
      if (units.length > 0) await channel.add(units, false)
      units = []
      bytes = 0
    }
    while (!this.done && this.#outstanding.size < concurrent) {
      const asked = this.waitingJobs.shift() ?? this.nextJob()
      if (units.length > 0 && asked instanceof Promise && (await takesItsTime(asked))) await send()
      const next = await asked
      if (next === undefined) break
      const unit = await this.#admit(next)
      if (units.length === LIMITS.itemsPerMessage || bytes + unit.input.length > MESSAGE_BYTES) await send()
      units.push(unit)
      bytes += unit.input.length
    }
    await send()
    if (this.done || this.#outstanding.size > 0) return
    throw new BadArgument(
      `${this.#name}: nextJob gave no unit while none is outstanding, and \`done\` is false; set \`done\`, or give a unit.`,
    )
  }

  /** The unit as it travels. @throws BadArgument when its key was used or its input cannot be sent */
  async #admit({ key: given, input }: NextJob<Input>): Promise<UnitSpec> {
    const bytes = encode([input])
    if (bytes.length > LIMITS.payloadBytes)
      throw new BadArgument(`${this.#name}: expected inputs of at most ${LIMITS.payloadBytes} bytes, got ${bytes.length}; split the unit.`)
    const key = given ?? (await digestOf(bytes))
    if (this.#outstanding.has(key) || this.#dropped.has(key) || this.#processed.has(key))
      throw new BadArgument(`${this.#name}: nextJob gave the key ${printable(key)} twice; give different units different \`key\`s.`)
    this.#outstanding.set(key, { key, input })
    return { key, input: bytes, inputs: 1 }
  }

  async #answerOf(event: JobEvent): Promise<Pick<ProcessedUnit<Input, Output>, 'output' | 'error'>> {
    const answer = answerOf<Output>(event)
    if (this.#options.output === undefined || answer.error !== undefined) return answer
    const fitting = await fitted(this.#options.output, answer.output)
    return 'error' in fitting ? fitting : { output: fitting.value as Output }
  }

  async #take(event: JobEvent, change: Change): Promise<void> {
    const { key } = event
    if (change === 'retracted') {
      const unit = this.#processed.get(key)
      if (unit === undefined) return
      this.#processed.delete(key)
      this.#outstanding.set(key, unit)
      await this.retractResult(unit)
      return
    }
    const unit = this.#outstanding.get(key) ?? this.#dropped.get(key)
    if (unit === undefined || change === 'confirmed' || change === 'repeated') return
    this.#outstanding.delete(key)
    this.#dropped.delete(key)
    this.#processed.set(key, unit)
    await this.processResult({ ...unit, ...(await this.#answerOf(event)), ...(event.seconds > 0 ? { seconds: event.seconds } : {}) })
  }
}

/** Whether it is still open after a turn of the event loop. @throws what it rejects with until then */
async function takesItsTime(asked: Promise<unknown>): Promise<boolean> {
  const turn = Promise.withResolvers<boolean>()
  const timer = setTimeout(turn.resolve, 0, true)
  try {
    return await Promise.race([asked.then(() => false), turn.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** SHA-256, hex. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Output or error of a unit of one input. */
function answerOf<Output>({ kind, output, error }: JobEvent): Pick<ProcessedUnit<unknown, Output>, 'output' | 'error'> {
  if (kind === 'failed') return { error: { name: 'UnitFailed', message: error ?? 'the server gave no reason' } }
  const [item] = decodeOutputs(output!)
  return item === undefined || 'error' in item
    ? { error: item?.error ?? { name: 'NoOutput', message: 'the unit has no output' } }
    : { output: item.value as Output }
}
