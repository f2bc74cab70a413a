/**
 * What the harness needs of the language, taken before any job byte runs. Job code shares the harness's realm and may replace every
 * property of every built-in; so after it ran the harness calls nothing through a property, iterates nothing with `for…of` or spread,
 * and stores nothing with an assignment that a setter on a prototype could catch.
 */
export const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect
export const NativeArrayBuffer = ArrayBuffer
export const NativeDataView = DataView
export const NativeDate = Date
export const NativeError = Error
export const NativeFunction = Function
export const NativePromise = Promise
export const NativeRangeError = RangeError
export const NativeTypeError = TypeError
export const NativeUint8Array = Uint8Array
export const NativeUint32Array = Uint32Array
export const toBigInt = BigInt
export const toNumber = Number
export const toText = String
export const stringify = JSON.stringify
export const { fromCharCode } = String
export const { floor, imul, min } = Math
export const { isArray } = Array
export const { freeze } = Object
export const { isNaN: isNotANumber } = Number
export const { isView } = ArrayBuffer

/** `uncurry(f)(self, a)` calls `f` on `self` whatever job code did to `call`, `apply` and `bind`. */
export const uncurry: <Self, Args extends unknown[], Result>(method: (...args: Args) => Result) => (self: Self, ...args: Args) => Result =
  Function.prototype.bind.bind(Function.prototype.call) as never

type AnyFunction = (...args: unknown[]) => unknown

/** The getter of `key` on `holder`, as a function of the object it is read from. */
export function uncurryGetter<Self, Result>(holder: object, key: PropertyKey): (self: Self) => Result {
  return uncurry(getOwnPropertyDescriptor(holder, key)?.get as AnyFunction) as never
}

const typedArray = getPrototypeOf(Uint8Array.prototype) as object
/** The bytes a view or buffer covers; throws a TypeError for anything else, whatever its properties claim. */
export const bufferOf = uncurryGetter<ArrayBufferView, ArrayBuffer>(typedArray, 'buffer')
export const byteOffsetOf = uncurryGetter<ArrayBufferView, number>(typedArray, 'byteOffset')
export const byteLengthOf = uncurryGetter<ArrayBufferView, number>(typedArray, 'byteLength')
export const bufferLengthOf = uncurryGetter<ArrayBuffer, number>(ArrayBuffer.prototype, 'byteLength')
const viewBufferOf = uncurryGetter<DataView, ArrayBuffer>(DataView.prototype, 'buffer')
const viewOffsetOf = uncurryGetter<DataView, number>(DataView.prototype, 'byteOffset')
const viewLengthOf = uncurryGetter<DataView, number>(DataView.prototype, 'byteLength')
const typedArrayTag = uncurryGetter<unknown, string | undefined>(typedArray, Symbol.toStringTag)

export const setBytes = uncurry<Uint8Array, [ArrayLike<number>, number?], void>(Uint8Array.prototype.set)
export const charCodeAt = uncurry<string, [number], number>(String.prototype.charCodeAt)
export const indexOfText = uncurry<string, [string, number?], number>(String.prototype.indexOf)
export const sliceText = uncurry<string, [number, number?], string>(String.prototype.slice)
export const toWellFormed = uncurry<string, [], string>(String.prototype.toWellFormed)
export const objectTag = uncurry<unknown, [], string>(Object.prototype.toString)
export const testPattern = uncurry<RegExp, [string], RegExpExecArray | null>(RegExp.prototype.exec)

/** A view of exactly the bytes of a BufferSource; undefined for anything else. */
export function bytesOf(source: unknown): Uint8Array | undefined {
  if (typeof source !== 'object' || source === null) return undefined
  if (!isView(source)) {
    try {
      return new NativeUint8Array(source as ArrayBuffer, 0, bufferLengthOf(source as ArrayBuffer))
    } catch {
      return undefined
    }
  }
  if (typedArrayTag(source) === undefined) {
    const view = source as DataView
    return new NativeUint8Array(viewBufferOf(view), viewOffsetOf(view), viewLengthOf(view))
  }
  return new NativeUint8Array(bufferOf(source), byteOffsetOf(source), byteLengthOf(source))
}

/** Defines an own data property, as an assignment would if nobody had set a trap on a prototype. */
export function define(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  defineProperty(target, key, { __proto__: null, value, writable: true, enumerable, configurable: true } as PropertyDescriptor)
}

/** Adds to the end of an array without consulting `Array.prototype`. */
export function append<Item>(list: Item[], item: Item): void {
  define(list, list.length, item, true)
}
