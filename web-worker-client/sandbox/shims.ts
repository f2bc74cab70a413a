/**
 * Web names that a bare isolate lacks. They go over an engine's own as well: those throw DOMExceptions, whose texts differ from engine to
 * engine and which are one more way to a name outside the list.
 */
import { atob, btoa } from './base64.ts'
import { byteLengthOf, define, isView, NativeError, NativePromise, NativeTypeError, NativeUint8Array, uncurry } from './primordials.ts'
import type { SeededRandom } from './random.ts'
import { structuredClone } from './structured-clone.ts'
import { TextDecoder, TextEncoder } from './text-coding.ts'

const then = uncurry<Promise<unknown>, [() => unknown], Promise<unknown>>(NativePromise.prototype.then)
const settled = NativePromise.resolve()

function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new NativeTypeError('queueMicrotask: expected a function.')
  then(settled, () => callback())
}

export function installShims(global: object): void {
  const shims = { TextEncoder, TextDecoder, atob, btoa, structuredClone, queueMicrotask }
  for (const [name, shim] of Object.entries(shims)) define(global, name, shim)
  define(global, 'self', global)
}

/** Most bytes of one `getRandomValues`, as on the web. */
const QUOTA_BYTES = 65536

/** A `crypto` of seeded numbers: nothing else of the web's, least of all its entropy. */
export function installCrypto(global: object, random: SeededRandom): void {
  const hex = (bytes: Uint8Array, from: number, to: number) => {
    let text = ''
    for (let i = from; i < to; i++) text += '0123456789abcdef'[bytes[i]! >> 4]! + '0123456789abcdef'[bytes[i]! & 15]!
    return text
  }
  const crypto = {
    getRandomValues<View>(view: View): View {
      if (!isView(view)) throw new NativeTypeError('getRandomValues: expected a typed array.')
      if (byteLengthOf(view) > QUOTA_BYTES) {
        const error = new NativeError(`getRandomValues: expected at most ${QUOTA_BYTES} bytes.`)
        error.name = 'QuotaExceededError'
        throw error
      }
      random.fill(view)
      return view
    },
    randomUUID(): string {
      const bytes = new NativeUint8Array(16)
      random.fill(bytes)
      bytes[6] = (bytes[6]! & 15) | 64
      bytes[8] = (bytes[8]! & 63) | 128
      return `${hex(bytes, 0, 4)}-${hex(bytes, 4, 6)}-${hex(bytes, 6, 8)}-${hex(bytes, 8, 10)}-${hex(bytes, 10, 16)}`
    },
  }
  define(global, 'crypto', crypto)
}
