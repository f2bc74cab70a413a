/**
 * Values as JavaScript text. Text and not bytes: what a job ships is read before it is approved. It refers to nothing but `globalThis`, so it means the
 * same beside any variable; equal values have equal texts, since they are read back from their canonical bytes first.
 */

import { toBase64 } from '../codec/to-json.ts'
import { decode, encode } from '../codec.ts'
import { Rational } from '../math.ts'

/** An expression whose value deep-equals `value`. @throws CodecError naming the path to what cannot travel */
export const literal = (value: unknown): string => textOf(decode(encode(value)))

function textOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value === undefined) return 'void 0'
  return typeof value === 'object' && value !== null ? objectText(value) : String(value)
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return '0 / 0'
  if (!Number.isFinite(value)) return value > 0 ? '1 / 0' : '-1 / 0'
  return Object.is(value, -0) ? '-0' : String(value)
}

const listText = (values: Iterable<unknown>): string => `[${Array.from(values, textOf).join(', ')}]`

function objectText(value: object): string {
  if (Array.isArray(value)) return listText(value)
  if (Rational.is(value)) return `new globalThis.Rational(${value.numerator}n, ${value.denominator}n)`
  if (value instanceof Date) return `new globalThis.Date(${value.getTime()})`
  if (value instanceof Map) return `new globalThis.Map([${Array.from(value, listText).join(', ')}])`
  if (value instanceof Set) return `new globalThis.Set(${listText(value)})`
  if (ArrayBuffer.isView(value)) return bytesText(value)
  const entries = Object.entries(value).map(([key, item]) => `${keyText(key)}: ${textOf(item)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** A computed `__proto__` is a key like any other. */
export const keyText = (key: string): string =>
  key === '__proto__' ? '["__proto__"]' : /^[a-z_]\w*$/i.test(key) ? key : JSON.stringify(key)

function bytesText(view: ArrayBufferView): string {
  const text = toBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  const bytes = `globalThis.Uint8Array.from(globalThis.atob("${text}"), (byte) => byte.charCodeAt(0))`
  return view instanceof Uint8Array ? bytes : `new globalThis.${view.constructor.name}(${bytes}.buffer)`
}
