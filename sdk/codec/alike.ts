/**
 * Whether two values agree when their numbers need not be equal: each number, and each element of an array of floats, within a tolerance;
 * everything else (shape, keys, BigInts, texts, bytes, keys of a Map, a Set) exactly. NaN is alike to NaN, an infinity to itself alone.
 */
import { encode } from './encode.ts'

/** |a - b| <= max(absTol, relTol * max(|a|, |b|)) */
export interface Closeness {
  readonly relTol: number
  readonly absTol: number
}

export function alike(a: unknown, b: unknown, closeness: Closeness): boolean {
  if (typeof a === 'number' && typeof b === 'number') return isClose(a, b, closeness)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (Array.isArray(a)) return listsAlike(a, b as readonly unknown[], closeness)
  if (isFloats(a)) return listsAlike(a, b as Floats, closeness)
  if (a instanceof Map) return entriesAlike([...a], [...(b as Map<unknown, unknown>)], closeness)
  if (isPlain(a)) return entriesAlike(sortedEntries(a), sortedEntries(b), closeness)
  return areEqual(a, b)
}

type Floats = Float32Array | Float64Array
/** By its tag, for not every engine has the 16-bit one. */
const isFloats = (value: object): value is Floats =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value).startsWith('[object Float')
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
const sortedEntries = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))

function isClose(a: number, b: number, { relTol, absTol }: Closeness): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false
  return Math.abs(a - b) <= Math.max(absTol, relTol * Math.max(Math.abs(a), Math.abs(b)))
}

function listsAlike(a: ArrayLike<unknown>, b: ArrayLike<unknown>, closeness: Closeness): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!alike(a[i], b[i], closeness)) return false
  return true
}

/** Entries in the order of the codec, which is that of their encoded keys. */
function entriesAlike(a: readonly [unknown, unknown][], b: readonly [unknown, unknown][], closeness: Closeness): boolean {
  if (a.length !== b.length) return false
  return a.every(([key, value], i) => areEqual(key, b[i]![0]) && alike(value, b[i]![1], closeness))
}

function areEqual(a: unknown, b: unknown): boolean {
  const [one, other] = [encode(a), encode(b)]
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}
