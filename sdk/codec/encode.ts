import { Rational } from '../math/rational.ts'
import {
  ArrayPrototype,
  Bytes,
  bufferOf,
  byteLengthOf,
  byteOffsetOf,
  DatePrototype,
  Doubles,
  forEachEntry,
  forEachMember,
  getOwnPropertyDescriptor,
  getOwnPropertyNames,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  isArray,
  isNotANumber,
  ObjectPrototype,
  SetPrototype,
  sizeOfMap,
  sizeOfSet,
  sortIndices,
  sortStrings,
  timeOf,
  typedArrayName,
  Words,
} from './captured.ts'
import { CodecError } from './codec-error.ts'
import { kindByName, MAJOR, MAX_DEPTH, SIMPLE, TAG } from './format.ts'
import { describeInstance } from './refusal.ts'
import { compareAsEncoded } from './text.ts'
import { STEP, Trail } from './trail.ts'
import { Writer } from './writer.ts'

export interface EncodeOptions {
  /** Greatest length of the result, bytes. Exceeding it throws before the memory is taken. @default 268435456 (256 MiB) */
  readonly maxBytes?: number
}
const MAX_BYTES = 256 * 1024 * 1024

/**
 * The one byte form of `value`: equal values give equal bytes on every engine.
 * @throws CodecError `unsupported-value` with the path, `too-large`
 */
export function encode(value: unknown, options?: EncodeOptions): Uint8Array {
  return encodeWith((encoder) => encoder.value(value), options)
}

/** The bytes that `write` appends, under the same limits and errors as `encode`. */
export function encodeWith(write: (encoder: Encoder) => void, options?: EncodeOptions): Uint8Array {
  // Taken, not shared: a proxy inside the value may call encode again.
  const encoder = spare ?? new Encoder()
  spare = undefined
  try {
    encoder.writer.restart(options?.maxBytes ?? MAX_BYTES)
    write(encoder)
    return encoder.writer.result()
  } catch (error) {
    throw encoder.errorOf(error)
  } finally {
    encoder.trail.clear()
    spare = encoder
  }
}
let spare: Encoder | undefined

/** Walks a value and writes it. */
export class Encoder {
  readonly writer = new Writer()
  readonly trail = new Trail()

  value(value: unknown): void {
    if (typeof value === 'number') this.writer.number(value)
    else if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'boolean') this.writer.simple(value ? SIMPLE.true : SIMPLE.false)
    else if (typeof value === 'bigint') this.writer.bigInt(value)
    else if (value === undefined) this.writer.simple(SIMPLE.undefined)
    else if (value === null) this.writer.simple(SIMPLE.null)
    else if (typeof value === 'object') this.#object(value)
    else throw this.refusal(typeof value === 'function' ? 'a function; only data travels' : 'a symbol; send a string')
  }

  /** The error for what is at the present place; `got` may carry advice after a semicolon. */
  refusal(got: string): CodecError {
    const path = `${this.trail}`
    return new CodecError('unsupported-value', `Expected data at ${path}, got ${got}.`, { path })
  }

  /** What was thrown while a value was read: a refusal as it is, anything else as what the value itself did. */
  errorOf(thrown: unknown): CodecError {
    if (thrown instanceof CodecError) return thrown
    const path = `${this.trail}`
    const message = `Expected data at ${path}, but reading it threw (a proxy, or a detached buffer).`
    return new CodecError('unsupported-value', message, { path, cause: thrown })
  }

  /** Opens a container: everything until `close` is inside it. */
  open(container: object): void {
    if (this.trail.isFull) throw this.refusal(`more than ${MAX_DEPTH} levels; flatten it`)
    if (this.trail.holds(container)) throw this.refusal('an object that contains itself; break the cycle, for example by an id')
    this.trail.enter(container)
  }
  close(): void {
    this.trail.leave()
  }

  #text(text: string): void {
    if (!this.writer.text(text)) throw this.refusal('a string with a lone surrogate; call toWellFormed() on it')
  }

  #object(value: object): void {
    const prototype: object | null = getPrototypeOf(value)
    if (isArray(value)) this.#array(value, prototype)
    else if (prototype === ObjectPrototype || prototype === null) this.#record(value)
    else {
      const name = typedArrayName(value)
      if (name !== undefined) this.#typedArray(value, name)
      else if (isObjectPrototype(prototype)) this.#record(value)
      else this.#builtIn(value, prototype)
    }
  }

  /** Subclasses, and what carries properties of its own, would come back as something else. */
  #builtIn(value: object, prototype: object): void {
    const bare = getOwnPropertyNames(value).length === 0 && getOwnPropertySymbols(value).length === 0
    const kind = bare && isObjectPrototype(getPrototypeOf(prototype)) ? kindOf(value, prototype) : undefined
    if (kind === 'Map') this.#map(value)
    else if (Rational.is(value)) this.#rational(value)
    else if (kind === 'Set') this.#set(value)
    else if (kind === 'Date') this.#date(value)
    else throw this.refusal(describeInstance(value))
  }

  #array(array: unknown[], prototype: object | null): void {
    if (prototype !== ArrayPrototype && !isArrayPrototype(prototype)) throw this.refusal(describeInstance(array))
    this.open(array)
    const { length } = array
    if (length >>> 0 !== length) throw this.refusal('an array without a length; copy it')
    this.writer.header(MAJOR.array, length)
    this.writer.limit(length)
    for (let i = 0; i < length; i++) {
      this.trail.step(STEP.property, i)
      const descriptor = getOwnPropertyDescriptor(array, i)
      if (descriptor === undefined) throw this.refusal('a hole in an array; fill it, for example with null')
      this.#own(descriptor)
    }
    this.close()
  }

  #record(object: object): void {
    this.open(object)
    if (getOwnPropertySymbols(object).length > 0) throw this.refusal('an object with a symbol as key; use strings')
    const names = getOwnPropertyNames(object)
    if (names.length > 1) sortStrings(names, compareAsEncoded)
    this.writer.header(MAJOR.map, names.length)
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      this.trail.step(STEP.property, name)
      const descriptor = getOwnPropertyDescriptor(object, name)
      if (descriptor?.enumerable !== true) throw this.refusal('a property that is not enumerable; copy it into a plain object')
      this.#text(name)
      this.#own(descriptor)
    }
    this.close()
  }

  #own(descriptor: PropertyDescriptor): void {
    if (!hasOwn(descriptor, 'value')) throw this.refusal('a getter or setter; copy its value into an ordinary property')
    this.value(descriptor.value)
  }

  #typedArray(array: object, name: string): void {
    const source = new Bytes(bufferOf(array), byteOffsetOf(array), byteLengthOf(array))
    const kind = kindByName(name)
    if (kind !== undefined) this.writer.typedArray(kind, source)
    else if (name === 'Uint8Array') this.writer.byteString(source)
    else throw this.refusal(`a ${name}; send its elements as an array`)
  }

  #date(date: object): void {
    const time = timeOf(date)
    if (isNotANumber(time)) throw this.refusal('an invalid Date; send null')
    this.writer.header(MAJOR.tag, TAG.date)
    this.writer.number(time / 1000)
  }

  /** Its parts cannot have changed since it was made. */
  #rational({ numerator, denominator }: Rational): void {
    this.writer.header(MAJOR.tag, TAG.rational)
    this.writer.header(MAJOR.array, 2)
    this.writer.bigInt(numerator)
    this.writer.bigInt(denominator)
  }

  #map(map: object): void {
    const size = sizeOfMap(map)
    const marks = this.#openSorted(map, size, TAG.map, MAJOR.map, 2)
    let visited = 0
    forEachEntry(map, (value, key) => {
      if (visited === size) throw this.refusal('a Map that changes while it is read')
      marks[2 * visited] = this.writer.position
      this.trail.step(STEP.key, visited)
      this.value(key)
      marks[2 * visited + 1] = this.writer.position
      this.trail.step(STEP.member, visited)
      this.value(value)
      visited += 1
    })
    this.#closeSorted(marks, visited, size, 2)
  }

  #set(set: object): void {
    const size = sizeOfSet(set)
    const marks = this.#openSorted(set, size, TAG.set, MAJOR.array, 1)
    let visited = 0
    forEachMember(set, (member) => {
      if (visited === size) throw this.refusal('a Set that changes while it is read')
      marks[visited] = this.writer.position
      this.trail.step(STEP.member, visited)
      this.value(member)
      visited += 1
    })
    this.#closeSorted(marks, visited, size, 1)
  }

  /** Writes the headers of a Map or Set; the answer has room for `stride` offsets an entry and one for the end. */
  #openSorted(container: object, size: number, tag: number, major: number, stride: number): Float64Array {
    this.open(container)
    this.writer.header(MAJOR.tag, tag)
    this.writer.header(major, size)
    this.writer.limit(size * stride)
    return new Doubles(size * stride + 1)
  }

  /** Puts the entries into the order of their encoded keys. `marks`: where each entry begins and, with stride 2, its value. */
  #closeSorted(marks: Float64Array, visited: number, size: number, stride: number): void {
    const { writer } = this
    this.close()
    if (visited !== size) throw this.refusal('a Map or Set that changes while it is read')
    marks[size * stride] = writer.position
    const compare = (a: number, b: number): number =>
      writer.compare(marks[a * stride]!, marks[a * stride + 1]!, marks[b * stride]!, marks[b * stride + 1]!)
    let sorted = true
    for (let i = 1; i < size && sorted; i++) sorted = compare(i - 1, i) < 0
    if (sorted) return
    const order = new Words(size)
    for (let i = 0; i < size; i++) order[i] = i
    sortIndices(order, compare)
    for (let i = 1; i < size; i++) {
      if (compare(order[i - 1]!, order[i]!) === 0) throw this.refusal('a Map or Set with two equal keys; keep one of them')
    }
    writer.rearrange(order, marks, size, stride)
  }
}

/** `Object.prototype` of whatever realm: nothing above it and the methods that every realm's has. */
function isObjectPrototype(object: object | null): boolean {
  if (object === ObjectPrototype) return true
  return object !== null && getPrototypeOf(object) === null && hasOwn(object, 'isPrototypeOf') && hasOwn(object, 'propertyIsEnumerable')
}

/** `Array.prototype` of whatever realm: an array itself. */
const isArrayPrototype = (object: object | null): boolean => isArray(object) && isObjectPrototype(getPrototypeOf(object))

const READERS = { Map: sizeOfMap, Set: sizeOfSet, Date: timeOf } as const

/** Which kind the value is by its internal slots; the kind its prototype suggests is tried first, because a wrong try costs microseconds. */
function kindOf(value: object, prototype: object): keyof typeof READERS | undefined {
  if (prototype === DatePrototype) return isOfKind('Date', value) ? 'Date' : undefined
  if (prototype === SetPrototype) return isOfKind('Set', value) ? 'Set' : undefined
  return isOfKind('Map', value) ? 'Map' : isOfKind('Set', value) ? 'Set' : isOfKind('Date', value) ? 'Date' : undefined
}

function isOfKind(kind: keyof typeof READERS, value: object): boolean {
  try {
    READERS[kind](value)
    return true
  } catch {
    return false
  }
}
