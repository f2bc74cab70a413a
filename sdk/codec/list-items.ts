/** A list whose items are encoded one at a time, as they come: what became of an item afterwards does not matter. */
import { Bytes, bufferOf, copyInto } from './captured.ts'
import { encodeWith } from './encode.ts'
import { MAJOR } from './format.ts'

/**
 * Canonical bytes of `value` as it stands in a list.
 * @throws CodecError as `encode`, with the path from the value
 */
export function encodeItem(value: unknown): Uint8Array {
  return encodeWith((encoder) => {
    encoder.open([])
    encoder.value(value)
    encoder.close()
  })
}

const INITIAL_BYTES = 1024

/** Encoded items of a list, in one growing array of bytes: ten thousand small arrays would outlive the collector's young generation. */
export class ItemList {
  #bytes = new Bytes(INITIAL_BYTES)
  #position = 0
  #length = 0

  /** Items so far. */
  get length(): number {
    return this.#length
  }

  /** Bytes of the items, without the head of the list. */
  get bytes(): number {
    return this.#position
  }

  /** Takes what `encodeItem` gave; the bytes are copied. */
  add(item: Uint8Array): void {
    const needed = this.#position + item.length
    if (needed > this.#bytes.length) {
      const bytes = new Bytes(Math.max(needed, 2 * this.#bytes.length))
      copyInto(bytes, this.#bytes, 0)
      this.#bytes = bytes
    }
    copyInto(this.#bytes, item, this.#position)
    this.#position = needed
    this.#length += 1
  }

  /** Canonical bytes of the list: what `encode` gives for the list of the items' values. */
  join(): Uint8Array {
    const head = encodeWith(({ writer }) => writer.header(MAJOR.array, this.#length))
    const bytes = new Bytes(head.length + this.#position)
    copyInto(bytes, head, 0)
    copyInto(bytes, new Bytes(bufferOf(this.#bytes), 0, this.#position), head.length)
    return bytes
  }
}
