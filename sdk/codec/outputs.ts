/** The output of a unit: a list with one item for each input, in order (DESIGN §1, WorkUnit). */
import { hasOwn } from './captured.ts'
import { malformed } from './codec-error.ts'
import { Build, walkOver } from './decode.ts'
import { type EncodeOptions, Encoder, encode, encodeWith } from './encode.ts'
import { MAJOR } from './format.ts'
import { STEP } from './trail.ts'
import type { Walk } from './walk.ts'

/** What one input became: what the code returned, or what it threw. */
export type OutputItem = { readonly value: unknown } | { readonly error: { readonly name: string; readonly message: string } }

/** What a list of outputs holds. */
export interface OutputCounts {
  readonly items: number
  /** Items that are an error. */
  readonly errors: number
}

/**
 * Canonical bytes of outputs. A path begins with the item: `$[0].value.b`.
 * @throws CodecError as `encode`; the texts of an error must be well-formed too
 */
export function encodeOutputs(items: readonly OutputItem[], options?: EncodeOptions): Uint8Array {
  return encodeWith((encoder) => {
    encoder.open(items)
    encoder.writer.header(MAJOR.array, items.length)
    for (let i = 0; i < items.length; i++) {
      encoder.trail.step(STEP.property, i)
      writeItem(encoder, items[i]!)
    }
    encoder.close()
  }, options)
}

/**
 * The same as `encodeOutputs`, one item after the other as they are computed: what becomes of an item afterwards does not matter. One growing
 * array of bytes, since in a realm that is milliseconds old every call is interpreted, and an array an item would cost more than the item.
 */
export class OutputList {
  readonly #encoder = new Encoder()

  /** Begins a list of `count` items of at most `maxBytes` in all; a list before it is forgotten. */
  start(count: number, maxBytes: number): void {
    this.#encoder.trail.clear()
    this.#encoder.writer.restart(maxBytes)
    this.#encoder.writer.header(MAJOR.array, count)
  }

  /** Goes on with a list as `join` gave it before all of its items were added; one of more than `maxBytes` takes no item. */
  resume(begun: Uint8Array, maxBytes: number): void {
    this.#encoder.trail.clear()
    this.#encoder.writer.restart(maxBytes)
    this.#encoder.writer.append(begun)
  }

  /** @throws CodecError as `encodeOutputs` of the item alone; the list is of no use then */
  add(item: OutputItem): void {
    const encoder = this.#encoder
    try {
      encoder.open(this)
      encoder.trail.step(STEP.property, 0)
      writeItem(encoder, item)
      encoder.close()
    } catch (error) {
      throw encoder.errorOf(error)
    }
  }

  /** Canonical bytes of what was added. */
  join(): Uint8Array {
    return this.#encoder.writer.result()
  }
}

/** Written property by property, so that nothing else an item carries is sent. */
function writeItem(encoder: Encoder, item: OutputItem): void {
  const { writer, trail } = encoder
  encoder.open(item)
  writer.header(MAJOR.map, 1)
  if (hasOwn(item, 'error')) {
    const { error } = item as { readonly error: { readonly name: string; readonly message: string } }
    writer.text('error')
    trail.step(STEP.property, 'error')
    encoder.value({ name: `${error.name}`, message: `${error.message}` })
  } else {
    writer.text('value')
    trail.step(STEP.property, 'value')
    encoder.value((item as { readonly value: unknown }).value)
  }
  encoder.close()
}

/**
 * The outputs in canonical bytes.
 * @throws CodecError `malformed` with the offset
 */
export function decodeOutputs(bytes: Uint8Array): OutputItem[] {
  inspectOutputs(bytes)
  return new Build(bytes).value() as OutputItem[]
}

/**
 * The same one by one, so that a long list is never in memory as a whole. All of it is checked before the first is given.
 * @throws CodecError `malformed` with the offset
 */
export function* eachOutput(bytes: Uint8Array): Generator<OutputItem, void, void> {
  inspectOutputs(bytes)
  yield* new Build(bytes).items() as Generator<OutputItem, void, void>
}

const keyBytes = { value: encode('value'), error: encode('error'), name: encode('name'), message: encode('message') }

/**
 * Counts the items, and checks by walking, without building a value, that the bytes are the canonical form of a list of outputs.
 * @throws CodecError `malformed` with the offset
 */
export function inspectOutputs(bytes: Uint8Array): OutputCounts {
  const walk = walkOver(bytes)
  const items = walk.enterList()
  let errors = 0
  for (let i = 0; i < items; i++) if (isErrorAt(walk)) errors += 1
  walk.leave()
  walk.end()
  return { items, errors }
}

/** Steps over one item; whether it is an error. */
function isErrorAt(walk: Walk): boolean {
  const expected = '{ value } or { error: { name, message } }'
  walk.enterRecord(1, expected)
  const isError = !walk.skipIf(keyBytes.value)
  if (isError) {
    if (!walk.skipIf(keyBytes.error)) throw malformed(walk.at, expected, 'another key')
    walk.enterRecord(2, expected)
    if (!walk.skipIf(keyBytes.name)) throw malformed(walk.at, 'the name of an error', 'another key')
    walk.text('the name of an error')
    if (!walk.skipIf(keyBytes.message)) throw malformed(walk.at, 'the message of an error', 'another key')
    walk.text('the message of an error')
    walk.leave()
  } else walk.value()
  walk.leave()
  return isError
}
