/**
 * From inputs to units at the server, with back-pressure: never more than a bounded number of units ahead of the results, whatever the source.
 * A message leaves when it is full, or when the source has nothing ready: a slow source must not keep back what it already gave.
 */
import { type BatchSize, LIST_HEAD_BYTES, UNITS_MEASURED } from './batch-size.ts'
import { encodeItem, ItemList } from './codec.ts'
import { BadArgument } from './errors.ts'
import { InputSource } from './input-source.ts'
import { InputWindow } from './input-window.ts'
import type { JobChannel } from './job-channel.ts'
import { type JobSpec, LIMITS, type UnitSpec } from './protocol.ts'

/** Bytes of inputs at which a message leaves: one that is built without a pause must not hold up the event loop. */
const MESSAGE_BYTES = 256 * 1024
/** Outputs that are looked at for their size; a page of a megabyte each is the worst case. */
const EVENTS_WEIGHED = 4

interface Gathered {
  readonly units: readonly UnitSpec[]
  readonly complete: boolean
}

export class UnitStream<Input> {
  readonly #channel: JobChannel
  readonly #source: InputSource<Input>
  readonly #size: BatchSize
  /** The inputs that are still known. */
  readonly window: InputWindow<Input>
  readonly #starts: number[] = []
  /** Encoded as soon as they are given: a source may change the object it gave and give it again. */
  #unit = new ItemList()
  #taken = 0
  #submitted = false
  /** Units decided when outputs were last looked at, and the most bytes an input's output had. */
  #weighed = { decided: 0, bytes: 1 }

  constructor(channel: JobChannel, inputs: Iterable<Input> | AsyncIterable<Input>, size: BatchSize) {
    this.#channel = channel
    this.#source = new InputSource(inputs)
    this.#size = size
    this.window = new InputWindow(inputs)
  }

  /** Index of the first input of each unit sent, in order. */
  get starts(): readonly number[] {
    return this.#starts
  }

  /** How many inputs the unit that starts with input `start` holds; 1 when that is not known. */
  inputsOf(start: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= start) low = middle + 1
      else high = middle
    }
    return this.#starts[low - 1] === start ? (this.#starts[low] ?? this.#closedInputs) - start : 1
  }

  /** Submits the job and its units until there are no more inputs or the job has ended. @throws what the source throws, Refused, NotConnected */
  async send(spec: Omit<JobSpec, 'bundle'>, code: string): Promise<void> {
    try {
      let { units, complete } = await this.#gather(this.#room())
      await this.#channel.submit(spec, code, units, complete)
      this.#submitted = true
      while (!complete) {
        await this.#channel.until(() => this.#channel.ended || this.#room() > 0)
        if (this.#channel.ended) return
        await this.#weigh()
        ;({ units, complete } = await this.#gather(this.#room()))
        await this.#channel.add(units, complete)
      }
    } finally {
      await this.#source.close()
    }
  }

  /** Inputs in the units that are closed. */
  get #closedInputs(): number {
    return this.#taken - this.#unit.length
  }

  /** How many units may be sent now. */
  #room(): number {
    const { snapshot, decided } = this.#channel
    const sent = this.#starts.length
    const unitSeconds = snapshot?.unitSeconds ?? 0
    if (this.#weighed.decided > 0) {
      const measured = { unitSeconds, unitsSent: sent, unitsDecided: decided, unitInputs: this.#recentInputs(decided) }
      this.#size.measure({ ...measured, outputBytes: this.#weighed.bytes })
    }
    return Math.min(LIMITS.itemsPerMessage, this.#size.unitsAhead - (sent - decided))
  }

  /** Looks at a few outputs, before the units grow and again each time twice as many are decided: a unit that returns too much fails as a whole. */
  async #weigh(): Promise<void> {
    const { decided } = this.#channel
    if (!this.#size.mayClosePartly || decided < 1 || decided < 2 * this.#weighed.decided) return
    let { bytes } = this.#weighed
    for (const { key, output } of await this.#channel.latest(EVENTS_WEIGHED))
      if (output !== undefined) bytes = Math.max(bytes, output.length / this.inputsOf(Number(key)))
    this.#weighed = { decided, bytes }
  }

  /** Mean inputs of the last decided units: they are decided much in the order in which they were sent. */
  #recentInputs(decided: number): number {
    const units = Math.min(decided, UNITS_MEASURED)
    const end = this.#starts[decided] ?? this.#closedInputs
    return units === 0 ? 0 : (end - (this.#starts[decided - units] ?? 0)) / units
  }

  /** Up to `room` units, fewer when the source has no more or has nothing ready. */
  async #gather(room: number): Promise<Gathered> {
    const units: UnitSpec[] = []
    let bytes = 0
    const close = () => {
      const unit = this.#close()
      bytes += unit.input.length
      units.push(unit)
    }
    for (;;) {
      if (units.length < room && this.#unit.length >= this.#size.inputs) close()
      if (units.length >= room || bytes >= MESSAGE_BYTES || this.#channel.ended) return { units, complete: false }
      const partial = this.#size.mayClosePartly && this.#unit.length > 0
      const step = this.#submitted && units.length === 0 && !partial ? this.#source.next() : this.#source.nextIfReady()
      const next = step instanceof Promise ? await step : step
      const over = next === 'pending' || next.done === true
      if (next === 'pending' ? partial : next.done === true && this.#unit.length > 0) close()
      if (over) return { units, complete: next !== 'pending' }
      const encoded = this.#encoded(next.value)
      if (this.#unit.length > 0 && this.#unit.bytes + encoded.length > this.#size.bytes) close()
      this.#put(next.value, encoded)
    }
  }

  /** @throws BadArgument naming the input when it cannot be sent */
  #encoded(input: Input): Uint8Array {
    let bytes: Uint8Array
    try {
      bytes = encodeItem(input)
    } catch (error) {
      throw new BadArgument(`Input ${this.#taken} cannot be sent: ${(error as Error).message}`, error)
    }
    if (bytes.length < LIMITS.payloadBytes - LIST_HEAD_BYTES) return bytes
    throw new BadArgument(`Expected inputs of less than ${LIMITS.payloadBytes} bytes, input ${this.#taken} has ${bytes.length}; split it.`)
  }

  #put(input: Input, encoded: Uint8Array): void {
    this.window.add(this.#taken, input, encoded.length)
    this.#unit.add(encoded)
    this.#taken++
  }

  #close(): UnitSpec {
    const unit = this.#unit
    const start = this.#closedInputs
    this.#starts.push(start)
    this.#unit = new ItemList()
    return { key: String(start), input: unit.join(), inputs: unit.length }
  }
}
