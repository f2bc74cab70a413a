/** A list whose items are encoded one at a time, as they come: what became of an item afterwards does not matter. */
import { Bytes, copyInto } from './captured.ts'
import { type EncodeOptions, encodeWith } from './encode.ts'
import { MAJOR } from './format.ts'

/** Canonical bytes of `value` as it stands in a list. @throws CodecError as `encode`, with the path from the value */
export function encodeItem(value: unknown, options?: EncodeOptions): Uint8Array {
  return encodeWith((encoder) => {
    encoder.open([])
    encoder.value(value)
    encoder.close()
  }, options)
}

/** Canonical bytes of the list of these items: what `encode` gives for the list of their values. */
export function joinItems(items: readonly Uint8Array[]): Uint8Array {
  const head = encodeWith(({ writer }) => writer.header(MAJOR.array, items.length))
  const bytes = new Bytes(items.reduce((sum, item) => sum + item.length, head.length))
  copyInto(bytes, head, 0)
  let at = head.length
  for (const item of items) {
    copyInto(bytes, item, at)
    at += item.length
  }
  return bytes
}
