/** The numbers of the format: RFC 8949 (major types, simple values), RFC 8746 (typed arrays), the registry's 258 and 259. */

/** Containers inside one another; a Map or Set counts once. The list and the items of outputs count too. */
export const MAX_DEPTH = 256

export const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const
export const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6, undefined: 0xf7, float16: 0xf9, float32: 0xfa, float64: 0xfb } as const
export const TAG = { date: 1, positiveBigInt: 2, negativeBigInt: 3, rational: 30, set: 258, map: 259 } as const

export const MAX_SAFE = 2 ** 53 - 1
/** Greatest distance of a Date from 1970, milliseconds. */
export const MAX_TIME = 8.64e15

/** A kind of typed array that travels as a tagged byte string. */
export interface TypedArrayKind {
  readonly name: string
  readonly tag: number
  /** Bytes of one element. */
  readonly width: number
  readonly float: boolean
  /** Undefined where the engine does not have the kind. */
  readonly make: (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined
}

const Float16 = (globalThis as { readonly Float16Array?: new (buffer: ArrayBuffer) => ArrayBufferView }).Float16Array

const KINDS: readonly TypedArrayKind[] = [
  { name: 'Uint8ClampedArray', tag: 68, width: 1, float: false, make: Uint8ClampedArray },
  { name: 'Uint16Array', tag: 69, width: 2, float: false, make: Uint16Array },
  { name: 'Uint32Array', tag: 70, width: 4, float: false, make: Uint32Array },
  { name: 'BigUint64Array', tag: 71, width: 8, float: false, make: BigUint64Array },
  { name: 'Int8Array', tag: 72, width: 1, float: false, make: Int8Array },
  { name: 'Int16Array', tag: 77, width: 2, float: false, make: Int16Array },
  { name: 'Int32Array', tag: 78, width: 4, float: false, make: Int32Array },
  { name: 'BigInt64Array', tag: 79, width: 8, float: false, make: BigInt64Array },
  { name: 'Float16Array', tag: 84, width: 2, float: true, make: Float16 },
  { name: 'Float32Array', tag: 85, width: 4, float: true, make: Float32Array },
  { name: 'Float64Array', tag: 86, width: 8, float: true, make: Float64Array },
]

const byName: Record<string, TypedArrayKind | undefined> = Object.create(null)
const byTag: (TypedArrayKind | undefined)[] = new Array(87).fill(undefined)
for (const kind of KINDS) {
  byName[kind.name] = kind
  byTag[kind.tag] = kind
}

/** The kind called `name`, a Uint8Array excepted: that is a plain byte string. */
export const kindByName = (name: string): TypedArrayKind | undefined => byName[name]
/** The kind with this tag number. */
export const kindByTag = (tag: number): TypedArrayKind | undefined => (tag <= 86 ? byTag[tag] : undefined)

if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
  throw new Error('Expected a little-endian machine, got a big-endian one; DSage does not run there.')
