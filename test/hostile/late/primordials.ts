/**
 * web-worker-client/sandbox/primordials.ts as it would be if the harness trusted its realm: every built-in is looked up where it is used,
 * so that a bundle's own are found. Takes its place in a weakened sandbox.
 */
type Loose = (...args: unknown[]) => unknown
const late = (holder: () => unknown, name: PropertyKey) =>
  ((...args: unknown[]) => (holder() as Record<PropertyKey, Loose>)[name]!(...args)) as never as (...args: never[]) => never
const method = (name: PropertyKey) =>
  ((self: unknown, ...args: unknown[]) => (self as Record<PropertyKey, Loose>)[name]!(...args)) as never as (...args: never[]) => never
const property = (name: PropertyKey) => (self: unknown) => (self as Record<PropertyKey, unknown>)[name]

const ofReflect = (name: string) => late(() => Reflect, name)
export const apply = ofReflect('apply')
export const construct = ofReflect('construct')
export const defineProperty = ofReflect('defineProperty')
export const deleteProperty = ofReflect('deleteProperty')
export const getOwnPropertyDescriptor = ofReflect('getOwnPropertyDescriptor')
export const getPrototypeOf = ofReflect('getPrototypeOf')
export const ownKeys = ofReflect('ownKeys')
export const freeze = late(() => Object, 'freeze')
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
export const toBigInt = (value: never) => BigInt(value)
export const toNumber = (value: unknown) => Number(value)
export const toText = (value: unknown) => String(value)
export const stringify = late(() => JSON, 'stringify')
export const fromCharCode = late(() => String, 'fromCharCode')
export const floor = late(() => Math, 'floor')
export const imul = late(() => Math, 'imul')
export const min = late(() => Math, 'min')
export const isArray = late(() => Array, 'isArray')
export const isNotANumber = late(() => Number, 'isNaN')
export const isView = late(() => ArrayBuffer, 'isView')

export const uncurry =
  (called: Loose) =>
  (self: unknown, ...args: unknown[]) =>
    called.call(self, ...args)
export const uncurryGetter = (_holder: object, key: PropertyKey) => property(key)

export const bufferOf = property('buffer')
export const byteOffsetOf = property('byteOffset')
export const byteLengthOf = property('byteLength')
export const bufferLengthOf = property('byteLength')
export const setBytes = method('set')
export const charCodeAt = method('charCodeAt')
export const sliceText = method('slice')
export const toWellFormed = method('toWellFormed')
export const indexOfText = method('indexOf')
export const objectTag = (value: unknown) => Object.prototype.toString.call(value)
export const testPattern = method('exec')

export function bytesOf(source: ArrayBuffer | ArrayBufferView | undefined): Uint8Array | undefined {
  if (typeof source !== 'object' || source === null) return undefined
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source)
}
export function define(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable, configurable: true })
}
export function append(list: unknown[], item: unknown): void {
  list.push(item)
}
