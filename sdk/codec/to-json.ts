import { Rational } from '../math/rational.ts'
import { apply, fromCharCode, typedArrayName } from './captured.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { MAX_SAFE } from './format.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/**
 * The JSON form of `value`, by the table of `sdk/json.ts`; equal values have equal forms.
 * @throws CodecError as `encode`, with the path to what cannot be sent
 */
export function toJson(value: unknown): JsonValue {
  // Through the codec: it refuses what has no form, and gives entries one order and this realm's kinds.
  return written(decode(encode(value)))
}

/** The JSON form of what `decode` gave; unlike `toJson` it checks nothing. */
export function written(value: unknown): JsonValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return isBare(value) ? value : { $number: Object.is(value, -0) ? '-0' : `${value}` }
  if (typeof value === 'bigint') return { $int: `${value}` }
  if (value === undefined) return { $undefined: true }
  if (Array.isArray(value)) return value.map(written)
  if (value instanceof Map) return { $map: [...value].map(([key, member]) => [written(key), written(member)]) }
  if (value instanceof Set) return { $set: [...value].map(written) }
  if (value instanceof Rational) return { $rational: `${value.numerator}/${value.denominator}` }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (value instanceof Uint8Array && typedArrayName(value) === 'Uint8Array') return { $bytes: toBase64(value) }
  const kind = typedArrayName(value)
  if (kind !== undefined) return { [`$${kind}`]: Array.from(value as Iterable<number | bigint>, written) }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.startsWith('$') ? `$${key}` : key, written(member)]))
}

/** Whether every reader of JSON takes the number for what it is. */
export const isBare = (value: number): boolean =>
  Number.isInteger(value) ? Math.abs(value) <= MAX_SAFE && !Object.is(value, -0) : Number.isFinite(value)

/** Bytes given to `fromCharCode` at a time: more would overflow the stack. */
const PIECE = 8192

/** `Uint8Array.prototype.toBase64` is not in Node 24. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += PIECE) binary += apply(fromCharCode, undefined, bytes.subarray(i, i + PIECE))
  return btoa(binary)
}
