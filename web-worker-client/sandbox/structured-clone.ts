/**
 * `structuredClone` for realms without: primitives, plain objects, arrays, Map, Set, Date, RegExp, errors, buffers and views, with cycles
 * and shared references kept (https://html.spec.whatwg.org/#structuredserializeinternal). `transfer` is ignored: contents are copied.
 */
import { bytesOf, define, isView, NativeArrayBuffer, NativeError, objectTag } from './primordials.ts'

function refuse(what: string): never {
  const error = new NativeError(`structuredClone: expected data, got ${what}.`)
  error.name = 'DataCloneError'
  throw error
}

type Seen = Map<object, unknown>

function cloneBuffer(source: ArrayBufferLike, seen: Seen): ArrayBuffer {
  const known = seen.get(source)
  if (known !== undefined) return known as ArrayBuffer
  const bytes = bytesOf(source) ?? refuse('a buffer that cannot be copied')
  const copy = new NativeArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  seen.set(source, copy)
  return copy
}

function cloneView(view: ArrayBufferView, seen: Seen): unknown {
  const buffer = cloneBuffer(view.buffer, seen)
  const length = (view as Uint8Array).length ?? view.byteLength
  const View = view.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView
  return new View(buffer, view.byteOffset, length)
}

function cloneError(error: Error, seen: Seen): Error {
  const kinds: Record<string, ErrorConstructor> = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError }
  const copy = new (Object.hasOwn(kinds, error.name) ? kinds[error.name]! : Error)(error.message)
  define(copy, 'stack', error.stack)
  if (Object.hasOwn(error, 'cause')) define(copy, 'cause', cloneValue(error.cause, seen))
  return copy
}

/** A copy of `value` that has no entries yet; `fill` adds them once the copy is known, so that cycles find it. */
function emptyCopy(value: object, seen: Seen): unknown {
  switch (objectTag(value)) {
    case '[object Boolean]':
    case '[object Number]':
    case '[object String]':
    case '[object BigInt]':
      return Object(value.valueOf())
    case '[object Date]':
      return new Date((value as Date).getTime())
    case '[object RegExp]':
      return new RegExp((value as RegExp).source, (value as RegExp).flags)
    case '[object Map]':
      return new Map()
    case '[object Set]':
      return new Set()
    case '[object Error]':
      return cloneError(value as Error, seen)
    case '[object Array]':
      return new Array((value as unknown[]).length)
    case '[object Object]':
      return {}
    default:
      return refuse(objectTag(value))
  }
}

function fill(copy: unknown, value: object, seen: Seen): void {
  if (copy instanceof Map) for (const [key, item] of value as Map<unknown, unknown>) copy.set(cloneValue(key, seen), cloneValue(item, seen))
  else if (copy instanceof Set) for (const item of value as Set<unknown>) copy.add(cloneValue(item, seen))
  else if (Array.isArray(copy) || objectTag(copy) === '[object Object]') {
    for (const key of Object.keys(value)) define(copy as object, key, cloneValue((value as Record<string, unknown>)[key], seen), true)
  }
}

function cloneValue(value: unknown, seen: Seen): unknown {
  if (typeof value === 'function') return refuse('a function')
  if (typeof value === 'symbol') return refuse('a symbol')
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  if (isView(value)) {
    const copy = cloneView(value, seen)
    seen.set(value, copy)
    return copy
  }
  if (objectTag(value) === '[object ArrayBuffer]') return cloneBuffer(value as ArrayBuffer, seen)
  const copy = emptyCopy(value, seen)
  seen.set(value, copy)
  fill(copy, value, seen)
  return copy
}

export const structuredClone = (value: unknown): unknown => cloneValue(value, new Map())
