/** sdk/codec/captured.ts as it would be if the codec trusted its realm; see primordials.ts beside this file. */
import { charCodeAt } from './primordials.ts'

type Loose = (...args: unknown[]) => unknown
const late =
  (holder: () => unknown, name: PropertyKey) =>
  (...args: unknown[]) =>
    (holder() as Record<PropertyKey, Loose>)[name]!(...args)
const method =
  (name: PropertyKey) =>
  (self: unknown, ...args: unknown[]) =>
    (self as Record<PropertyKey, Loose>)[name]!(...args)
const property = (name: PropertyKey) => (self: unknown) => (self as Record<PropertyKey, unknown>)[name]
const ofObject = (name: string) => late(() => Object, name)

export { charCodeAt }
export const getOwnPropertyDescriptor = ofObject('getOwnPropertyDescriptor')
export const getOwnPropertyNames = ofObject('getOwnPropertyNames')
export const getOwnPropertySymbols = ofObject('getOwnPropertySymbols')
export const getPrototypeOf = ofObject('getPrototypeOf')
export const defineProperty = ofObject('defineProperty')
export const hasOwn = ofObject('hasOwn')
export const isArray = late(() => Array, 'isArray')
export const fromCharCode = late(() => String, 'fromCharCode')
export const apply = late(() => Reflect, 'apply')
export const floor = late(() => Math, 'floor')
export const fround = late(() => Math, 'fround')
export const max = late(() => Math, 'max')
export const min = late(() => Math, 'min')
export const round = late(() => Math, 'round')
export const isNotANumber = late(() => Number, 'isNaN')
export const toJson = late(() => JSON, 'stringify')
export const bigInt = (value: never) => BigInt(value)
export const Bytes = Uint8Array
export const Words = Uint32Array
export const Doubles = Float64Array
export const ObjectPrototype = Object.prototype
export const ArrayPrototype = Array.prototype
export const DatePrototype = Date.prototype
export const SetPrototype = Set.prototype
export const sortStrings = method('sort')
export const sortIndices = method('sort')
export const bigIntToText = method('toString')
export const copyInto = method('set')
export const typedArrayName = property(Symbol.toStringTag)
export const bufferOf = property('buffer')
export const byteOffsetOf = property('byteOffset')
export const byteLengthOf = property('byteLength')
export const sizeOfMap = property('size')
export const sizeOfSet = property('size')
export const timeOf = method('getTime')
export const forEachEntry = method('forEach')
export const forEachMember = method('forEach')
