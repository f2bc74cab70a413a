/** Runs the inputs of one unit, one after the other, and turns what they give into bytes at once, so that later inputs cannot change it. */
import { CodecError, decode, encodeOutputs } from '../../sdk/codec.ts'
import type { ErroredReason } from '../../sdk/protocol.ts'
import { seedNumber } from '../../sdk/seed.ts'
import {
  append,
  bufferOf,
  byteLengthOf,
  byteOffsetOf,
  isArray,
  NativeTypeError,
  NativeUint8Array,
  setBytes,
  toBigInt,
} from './primordials.ts'
import type { SeededRandom } from './random.ts'
import { describeThrown, isOutOfMemory, stackOf, type Thrown } from './thrown.ts'

/** `work` of a bundle. */
export type Work = (input: unknown, context: unknown) => unknown

export interface UnitReport {
  output?: Uint8Array
  errored?: ErroredReason
  message?: string
  stack?: string
}

/** Without a prototype, where setters of the code could catch what is assigned. */
const emptyReport = (): UnitReport => ({ __proto__: null }) as UnitReport

/** Code and message of a unit that has no output. */
class NoOutput {
  readonly reason: ErroredReason
  readonly message: string
  constructor(reason: ErroredReason, message: string) {
    this.reason = reason
    this.message = message
  }
}

/** The head of a list of `count` items: RFC 8949 major type 4, shortest form. */
function listHead(count: number): number[] {
  if (count < 24) return [0x80 | count]
  if (count < 0x100) return [0x98, count]
  if (count < 0x10000) return [0x99, count >> 8, count & 255]
  return [0x9a, count >>> 24, (count >>> 16) & 255, (count >>> 8) & 255, count & 255]
}

/** The items of an output list, each encoded on its own. */
class OutputBytes {
  readonly #parts: Uint8Array[] = []
  readonly #head: number[]
  #length: number
  readonly #maxBytes: number

  constructor(count: number, maxBytes: number) {
    this.#head = listHead(count)
    this.#length = this.#head.length
    this.#maxBytes = maxBytes
  }

  /** Throws NoOutput when the item cannot be encoded or the list grows beyond its limit. */
  add(index: number, item: { readonly value: unknown } | { readonly error: Thrown }): void {
    const part = encodeItem(index, item, this.#maxBytes - this.#length + 1)
    append(this.#parts, part)
    this.#length += byteLengthOf(part) - 1
  }

  join(): Uint8Array {
    const bytes = new NativeUint8Array(this.#length)
    setBytes(bytes, this.#head)
    let at = this.#head.length
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i]!
      const length = byteLengthOf(part) - 1
      setBytes(bytes, new NativeUint8Array(bufferOf(part), byteOffsetOf(part) + 1, length), at)
      at += length
    }
    return bytes
  }
}

function encodeItem(index: number, item: { readonly value: unknown } | { readonly error: Thrown }, maxBytes: number): Uint8Array {
  try {
    return encodeOutputs([item], { maxBytes })
  } catch (error) {
    const thrown = describeThrown(error)
    if (error instanceof CodecError && error.code === 'too-large') {
      throw new NoOutput('output-too-large', `The outputs up to that of input ${index} are too large. ${thrown.message}`)
    }
    if (isOutOfMemory(thrown)) throw new NoOutput('memory', thrown.message)
    throw new NoOutput('unserialisable', `The output of input ${index} cannot travel. ${thrown.message}`)
  }
}

/** A unit as it was before any job byte ran. */
export interface Unit {
  readonly inputs: readonly unknown[]
  readonly seed: bigint
}

/** @throws CodecError, RangeError, TypeError when the server's bytes are not a list of inputs and a seed */
export function readUnit(input: Uint8Array, seed: Uint8Array): Unit {
  const inputs = decode(input)
  if (!isArray(inputs)) throw new NativeTypeError('Expected the input of a unit to be a list, got something else.')
  return { inputs, seed: seedNumber(seed) }
}

/** One error for every input: what a bundle that does not load answers. */
export function answerAll(unit: Unit, error: Thrown, maxBytes: number): UnitReport {
  const report = emptyReport()
  try {
    const { length } = unit.inputs
    const outputs = new OutputBytes(length, maxBytes)
    for (let i = 0; i < length; i++) outputs.add(i, { error })
    report.output = outputs.join()
  } catch (failure) {
    noteFailure(report, failure)
  }
  return report
}

function noteFailure(report: UnitReport, failure: unknown): void {
  const own = failure instanceof NoOutput
  report.errored = own ? failure.reason : 'crashed'
  report.message = own ? failure.message : `The sandbox could not run the unit. ${describeThrown(failure).message}`
}

export interface RunSurroundings {
  readonly random: SeededRandom
  /** The second argument of `work`. */
  readonly context: unknown
  readonly maxBytes: number
}

/**
 * Runs `work` on every input, then calls `done` with a report that has either `output` or `errored`. It answers by calling back and not
 * with a promise, since the code may have replaced what `await` looks up on one.
 */
export async function runInputs(work: Work, unit: Unit, surroundings: RunSurroundings, done: (report: UnitReport) => void): Promise<void> {
  const report = emptyReport()
  try {
    const { inputs, seed } = unit
    const outputs = new OutputBytes(inputs.length, surroundings.maxBytes)
    for (let i = 0; i < inputs.length; i++) {
      surroundings.random.reseed(seed, toBigInt(i))
      let item: { value: unknown } | { error: Thrown }
      try {
        item = { value: await work(inputs[i], surroundings.context) }
      } catch (error) {
        item = { error: describeThrown(error) }
        if (isOutOfMemory(item.error)) throw new NoOutput('memory', item.error.message)
        report.stack ??= stackOf(error)
      }
      outputs.add(i, item)
    }
    report.output = outputs.join()
  } catch (failure) {
    noteFailure(report, failure)
  }
  done(report)
}
