import { copyInto } from './captured.ts'
import { walkOver } from './decode.ts'
import { encode, encodeWith } from './encode.ts'
import { MAJOR } from './format.ts'
import type { Walk } from './walk.ts'

const VALUE = encode('value')
const ERROR = encode('error')

/**
 * Canonical bytes of the list of `[input, value]` of those inputs of a unit that have a value, from the bytes of its inputs and outputs. They
 * are walked over and copied: whoever only passes them on builds no value of a stranger's bytes.
 * @throws CodecError `malformed` where the two are no lists of equal length
 */
export function pairsOf(inputs: Uint8Array, outputs: Uint8Array): Uint8Array {
  const [from, to] = [walkOver(inputs), walkOver(outputs)]
  const count = from.enterList()
  if (to.enterList() !== count) throw new RangeError(`Expected outputs for ${count} inputs.`)
  const parts: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const input = stepOver(from, inputs)
    const value = valueAt(to, outputs)
    if (value) parts.push(header(2), input, value)
  }
  return joined([header(parts.length / 3), ...parts])
}

function stepOver(walk: Walk, bytes: Uint8Array): Uint8Array {
  const start = walk.at
  walk.value()
  return bytes.subarray(start, walk.at)
}

/** Undefined of an error. */
function valueAt(walk: Walk, bytes: Uint8Array): Uint8Array | undefined {
  walk.enterRecord(1, '{ value } or { error }')
  const isValue = walk.skipIf(VALUE)
  if (!isValue) walk.skipIf(ERROR)
  const item = stepOver(walk, bytes)
  walk.leave()
  return isValue ? item : undefined
}

const header = (items: number): Uint8Array => encodeWith(({ writer }) => writer.header(MAJOR.array, items))

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    copyInto(all, part, at)
    at += part.length
  }
  return all
}
