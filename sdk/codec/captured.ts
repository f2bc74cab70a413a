/**
 * The built-ins of the codec, taken when the module is loaded. Job code shares the realm and may replace methods, getters and whole
 * globals afterwards; what is called through these stays what it was. `Reflect.apply` would allocate an argument list for each call.
 */
const { bind, call } = Function.prototype

/** `method` as a function of its `this`. */
function uncurry<Arguments extends unknown[], Value>(method: (...args: Arguments) => Value): (self: unknown, ...args: Arguments) => Value {
  return Reflect.apply(bind, call, [method]) as (self: unknown, ...args: Arguments) => Value
}
function getter<Value>(prototype: object, name: PropertyKey): (self: unknown) => Value {
  return uncurry(Object.getOwnPropertyDescriptor(prototype, name)!.get as () => Value)
}

export const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, defineProperty, hasOwn } = Object
export const { isArray } = Array
export const { fromCharCode } = String
export const { apply } = Reflect
export const { floor, fround, max, min, round } = Math
/** Named apart from the global, which converts first. */
export const isNotANumber: (x: number) => boolean = Number.isNaN
export const toJson: (value: string) => string = JSON.stringify
export const bigInt = BigInt

export const Bytes = Uint8Array
export const Words = Uint32Array
export const Doubles = Float64Array

export const ObjectPrototype: object = Object.prototype
export const ArrayPrototype: object = Array.prototype
export const DatePrototype: object = Date.prototype
export const SetPrototype: object = Set.prototype

export const charCodeAt: (text: unknown, index: number) => number = uncurry(String.prototype.charCodeAt)
export const sortStrings: (list: string[], order: (a: string, b: string) => number) => unknown = uncurry(Array.prototype.sort)
export const bigIntToText: (value: unknown, radix: number) => string = uncurry(BigInt.prototype.toString)

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as Uint8Array
export const copyInto: (target: Uint8Array, source: Uint8Array, at: number) => void = uncurry(TypedArrayPrototype.set)
export const sortIndices: (list: Uint32Array, order: (a: number, b: number) => number) => unknown = uncurry(TypedArrayPrototype.sort)
/** The name of a typed array's kind in whatever realm it was made; undefined for everything else. */
export const typedArrayName: (value: unknown) => string | undefined = getter(TypedArrayPrototype, Symbol.toStringTag)
export const bufferOf: (array: unknown) => ArrayBuffer = getter(TypedArrayPrototype, 'buffer')
export const byteOffsetOf: (array: unknown) => number = getter(TypedArrayPrototype, 'byteOffset')
export const byteLengthOf: (array: unknown) => number = getter(TypedArrayPrototype, 'byteLength')

/** Each throws a TypeError for what is not of its kind. */
export const sizeOfMap: (map: unknown) => number = getter(Map.prototype, 'size')
export const sizeOfSet: (set: unknown) => number = getter(Set.prototype, 'size')
export const timeOf: (date: unknown) => number = uncurry(Date.prototype.getTime)
export const forEachEntry: (map: unknown, visit: (value: unknown, key: unknown) => void) => void = uncurry(Map.prototype.forEach)
export const forEachMember: (set: unknown, visit: (value: unknown) => void) => void = uncurry(Set.prototype.forEach)
