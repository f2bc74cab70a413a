// Bytes are copied, cut and measured by methods and getters of %TypedArray%.prototype.
const typed = Object.getPrototypeOf(Uint8Array.prototype)
for (const method of ['set', 'subarray', 'slice', 'fill', 'copyWithin', 'sort', 'at', 'values'])
  typed[method] = function () {
    return new Uint8Array([0x81, 0xa1, 0x65, 118, 97, 108, 117, 101, 0xf5])
  }
for (const getter of ['buffer', 'byteOffset', 'byteLength', 'length']) Object.defineProperty(typed, getter, { configurable: true, get: () => 0 })
Object.defineProperty(Uint8Array, Symbol.species, { get: () => Array })
Object.defineProperty(ArrayBuffer.prototype, 'byteLength', { get: () => 0 })
globalThis.Uint8Array = globalThis.DataView = globalThis.TextEncoder = globalThis.TextDecoder = class {}
export const work = (input) => input
