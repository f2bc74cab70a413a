/**
 * The fold behind a DistributedFunction: which units are wanted, sent, decided. `nextJob` is asked after every single event, never after a page of
 * them, so that the order of calls is that of the events alone; whoever replays these from the first makes the same calls and comes to the same
 * state. Units asked for while old events are replayed are at the server already: only what is still undecided afterwards is sent, by its key.
 */
import { decode, decodeOutputs, encode } from './codec.ts'
import { BadArgument, type RemoteError } from './errors.ts'
import { type Change, EventFold } from './event-fold.ts'
import type { JobChannel } from './job-channel.ts'
import { printable } from './printable.ts'
import { type JobEvent, LIMITS, type UnitSpec } from './protocol.ts'

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
  readonly error?: RemoteError
  /** Seconds it computed; absent when the server does not say. */
  readonly seconds?: number
}

/** The researcher's part of a computation. */
export interface FunctionSteps<Input, Output> {
  /** For messages, printable. */
  readonly name: string
  readonly concurrent: number
  isDone(): boolean
  next(): NextJob<Input> | undefined | Promise<NextJob<Input> | undefined>
  process(unit: ProcessedUnit<Input, Output>): void | Promise<void>
  retract(unit: KeyedUnit<Input>): void | Promise<void>
}
/** Where a fold stands; plain values. */
export interface RunState<Input> {
  /** Number of the last event taken in. */
  readonly after: number
  /** Keys of units that are accepted and not yet sealed. */
  readonly unsealed: readonly string[]
  readonly outstanding: readonly KeyedUnit<Input>[]
  readonly dropped: readonly KeyedUnit<Input>[]
  readonly processed: readonly KeyedUnit<Input>[]
}

export class FunctionRun<Input, Output> {
  readonly #steps: FunctionSteps<Input, Output>
  readonly #outstanding = new Map<string, KeyedUnit<Input>>()
  readonly #dropped = new Map<string, KeyedUnit<Input>>()
  readonly #processed = new Map<string, KeyedUnit<Input>>()
  /** Outstanding units that may not be at the server yet. */
  readonly #unsent = new Map<string, UnitSpec>()
  /** Answers to units that `nextJob` has not given in this life. */
  readonly #early = new Map<string, JobEvent>()
  #undropped: string[] = []
  #fold = new EventFold()
  #channel: JobChannel | undefined
  /** Events that were there before this life. */
  #old = 0
  #step: Promise<unknown> | undefined

  constructor(steps: FunctionSteps<Input, Output>) {
    this.#steps = steps
  }

  get outstanding(): readonly KeyedUnit<Input>[] {
    return [...this.#outstanding.values()]
  }

  get processed(): readonly KeyedUnit<Input>[] {
    return [...this.#processed.values()]
  }

  /** What `look` gives between two events. */
  async between<Value>(look: (state: RunState<Input>) => Value): Promise<Value> {
    while (this.#step !== undefined) await this.#step
    const { outstanding, processed } = this
    const { after, unsealed } = this.#fold
    return look({ after, unsealed, outstanding, processed, dropped: [...this.#dropped.values()] })
  }

  /** Goes on where `between` looked. */
  reopen({ after, unsealed, outstanding, dropped, processed }: RunState<Input>): void {
    this.#fold = new EventFold(after, unsealed)
    for (const unit of processed) this.#processed.set(unit.key, unit)
    for (const unit of dropped) this.#dropped.set(unit.key, unit)
    for (const unit of outstanding) this.#put(unit, encode([unit.input]))
  }

  /** Until done, or until the job has ended: asks for units, sends them, takes answers in. @param old events that were there before this life */
  async goOn(channel: JobChannel, old: number): Promise<void> {
    this.#channel = channel
    this.#old = old
    if (this.#steps.isDone()) return
    await this.#between(() => this.#fill())
    await this.#endOfPage()
    if (this.#steps.isDone()) return
    for await (const page of channel.pages({ after: this.#fold.after })) {
      for (const event of page) {
        await this.#between(() => this.#take(event))
        if (this.#steps.isDone()) return
      }
      await this.#endOfPage()
      if (this.#steps.isDone()) return
    }
  }

  /** Says that these units are no longer wanted; one that was decided before the server heard of it is processed all the same. */
  async drop(keys: Iterable<string>): Promise<void> {
    for (const key of keys) {
      const unit = this.#outstanding.get(key)
      if (unit === undefined) continue
      this.#outstanding.delete(key)
      this.#unsent.delete(key)
      this.#dropped.set(key, unit)
      this.#undropped.push(key)
    }
    if (!this.#isReplaying) await this.#sendDrops()
  }

  /** Nobody shall compute what is no longer wanted, nor what an earlier life asked for and this one did not. */
  async tidy(): Promise<void> {
    const channel = this.#channel!
    if (channel.ended) return
    this.#old = 0
    await this.drop([...this.#outstanding.keys()])
    await channel.add([], true)
    if ((channel.snapshot?.units.open ?? 0) === 0) return
    for await (const units of channel.units()) await channel.drop(units.filter(({ state }) => state === 'open').map(({ key }) => key))
  }

  get #isReplaying(): boolean {
    return this.#fold.after < this.#old
  }

  /** Whoever looks `between` waits until it is over. */
  async #between(step: () => Promise<void>): Promise<void> {
    const stepping = step()
    const over = stepping.catch(() => {})
    this.#step = over
    try {
      await stepping
    } finally {
      if (this.#step === over) this.#step = undefined
    }
  }

  async #take(event: JobEvent): Promise<void> {
    await this.#answer(event, this.#fold.apply(event))
    if (!this.#steps.isDone()) await this.#fill()
  }

  async #answer(event: JobEvent, change: Change): Promise<void> {
    if (change === 'confirmed' || change === 'repeated') return
    const { key } = event
    if (change === 'retracted') return this.#retract(key)
    const unit = this.#outstanding.get(key) ?? this.#dropped.get(key)
    if (unit !== undefined) await this.#process(unit, event)
    else if (!this.#processed.has(key)) this.#early.set(key, event)
  }

  async #retract(key: string): Promise<void> {
    this.#early.delete(key)
    const unit = this.#processed.get(key)
    if (unit === undefined) return
    this.#processed.delete(key)
    this.#outstanding.set(key, unit)
    await this.#steps.retract(unit)
  }

  async #process(unit: KeyedUnit<Input>, event: JobEvent): Promise<void> {
    const { key } = unit
    for (const units of [this.#outstanding, this.#dropped, this.#unsent, this.#early]) units.delete(key)
    this.#processed.set(key, unit)
    await this.#steps.process({ ...unit, ...answerOf(event), ...(event.seconds > 0 ? { seconds: event.seconds } : {}) })
  }

  /** Asks for units until as many are outstanding as there may be. */
  async #fill(): Promise<void> {
    const { concurrent, name } = this.#steps
    while (!this.#steps.isDone() && this.#outstanding.size < concurrent) {
      const asked = this.#steps.next()
      const mayWait = asked instanceof Promise && this.#unsent.size > 0 && !this.#isReplaying
      if (mayWait && (await takesItsTime(asked))) await this.#send()
      const next = await asked
      if (next === undefined) return
      if (typeof next !== 'object' || next === null || !Object.hasOwn(next, 'input'))
        throw new BadArgument(
          `${name}: expected nextJob to give { input } or { input, key }, got ${Array.isArray(next) ? 'array' : typeof next}; wrap the input.`,
        )
      const bytes = encode([next.input])
      if (bytes.length > LIMITS.payloadBytes)
        throw new BadArgument(`${name}: expected inputs of at most ${LIMITS.payloadBytes} bytes, got ${bytes.length}; split the unit.`)
      const unit = { key: next.key ?? (await digestOf(bytes)), input: next.input }
      if (this.#outstanding.has(unit.key) || this.#dropped.has(unit.key) || this.#processed.has(unit.key))
        throw new BadArgument(`${name}: nextJob gave the key ${printable(unit.key)} twice; give different units different \`key\`s.`)
      this.#put(unit, bytes)
      const early = this.#early.get(unit.key)
      if (early !== undefined) await this.#process(unit, early)
    }
  }

  #put(unit: KeyedUnit<Input>, input: Uint8Array): void {
    this.#outstanding.set(unit.key, unit)
    this.#unsent.set(unit.key, { key: unit.key, input, inputs: 1 })
  }

  /** Once all old events are taken in: takes in what was never asked for, and sends what is wanted. */
  async #endOfPage(): Promise<void> {
    if (this.#isReplaying || this.#steps.isDone()) return
    await this.#between(() => this.#takeEarly())
    if (this.#steps.isDone()) return
    await this.#sendDrops()
    await this.#send()
    if (this.#steps.isDone() || this.#outstanding.size > 0 || this.#channel!.ended) return
    throw new BadArgument(
      `${this.#steps.name}: nextJob gave no unit while none is outstanding, and \`done\` is false; set \`done\`, or give a unit.`,
    )
  }

  /** Answers to units that only an earlier life gave: their inputs are the server's. */
  async #takeEarly(): Promise<void> {
    while (this.#early.size > 0 && !this.#steps.isDone()) {
      const units = await this.#channel!.inputs([...this.#early.keys()].slice(0, LIMITS.itemsPerMessage))
      if (units.length === 0) return
      for (const { key, input } of units) {
        const event = this.#early.get(key)
        if (event === undefined || this.#steps.isDone()) continue
        await this.#process({ key, input: (decode(input) as Input[])[0] as Input }, event)
        if (!this.#steps.isDone()) await this.#fill()
      }
    }
  }

  /** Sends what may not be at the server. To a job that is over nothing is sent: its events say how it ended. */
  async #send(): Promise<void> {
    let units: UnitSpec[] = []
    let bytes = 0
    const wanted = [...this.#unsent.values()]
    this.#unsent.clear()
    if (this.#channel!.ended) return
    for (const unit of wanted) {
      if (units.length === LIMITS.itemsPerMessage || bytes + unit.input.length > MESSAGE_BYTES) {
        await this.#channel!.add(units, false)
        units = []
        bytes = 0
      }
      units.push(unit)
      bytes += unit.input.length
    }
    if (units.length > 0) await this.#channel!.add(units, false)
  }

  async #sendDrops(): Promise<void> {
    const keys = this.#undropped
    this.#undropped = []
    for (let from = 0; from < keys.length; from += LIMITS.itemsPerMessage)
      await this.#channel?.drop(keys.slice(from, from + LIMITS.itemsPerMessage))
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
function answerOf<Output>({ kind, output, error, stack }: JobEvent): Pick<ProcessedUnit<unknown, Output>, 'output' | 'error'> {
  if (kind === 'failed') return { error: { name: 'UnitFailed', message: error ?? 'the server gave no reason' } }
  const [item] = decodeOutputs(output!)
  if (item === undefined) return { error: { name: 'NoOutput', message: 'the unit has no output' } }
  return 'error' in item ? { error: { ...item.error, ...(stack === undefined ? {} : { stack }) } } : { output: item.value as Output }
}
