import { Rational } from '../math/rational.ts'
import { apply, bigInt, bufferOf, byteOffsetOf, defineProperty, fromCharCode, min, ObjectPrototype, typedArrayName } from './captured.ts'
import { malformed } from './codec-error.ts'
import { kindByTag, MAJOR, SIMPLE, TAG } from './format.ts'
import { argumentAt, argumentBytes, numberAt, timeOfSeconds } from './number-at.ts'
import { readUtf8 } from './text.ts'
import { Walk } from './walk.ts'

/**
 * The value of canonical bytes; nothing is shared with them. Refuses every other form, so that encode(decode(bytes)) are the same bytes.
 * @throws CodecError `malformed` with the offset
 */
export function decode(bytes: Uint8Array): unknown {
  const walk = walkOver(bytes)
  walk.value()
  walk.end()
  return new Build(bytes).value()
}

/** @throws CodecError `malformed` for what is not a Uint8Array */
export function walkOver(bytes: Uint8Array): Walk {
  if (typedArrayName(bytes) !== 'Uint8Array') throw malformed(0, 'a Uint8Array', typeof bytes)
  return new Walk(bytes)
}

/** Makes values of bytes that a `Walk` has accepted; checks nothing itself. */
export class Build {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  value(): unknown {
    const start = this.#at
    const initial = this.#bytes[start]!
    const argument = this.#argument()
    switch (initial >>> 5) {
      case MAJOR.bytes:
        return this.#copy(argument)
      case MAJOR.text:
        return this.#text(argument)
      case MAJOR.array:
        return this.#list(argument)
      case MAJOR.map:
        return this.#record(argument)
      case MAJOR.tag:
        return this.#tagged(argument)
    }
    if (initial === SIMPLE.false) return false
    if (initial === SIMPLE.true) return true
    if (initial === SIMPLE.null) return null
    return initial === SIMPLE.undefined ? undefined : numberAt(this.#bytes, start)
  }

  /** The items of a list, each made when it is asked for. */
  *items(): Generator<unknown, void, void> {
    for (let left = this.#argument(); left > 0; left--) yield this.value()
  }

  /** Argument of the next item; steps over its header. */
  #argument(): number {
    const start = this.#at
    this.#at = start + 1 + argumentBytes(this.#bytes[start]! & 31)
    return argumentAt(this.#bytes, start)
  }

  /** A new array: it neither keeps the message alive nor changes with it. */
  #copy(length: number): Uint8Array<ArrayBuffer> {
    const from = byteOffsetOf(this.#bytes) + this.#at
    this.#at += length
    return new Uint8Array(new Uint8Array(bufferOf(this.#bytes), from, length))
  }

  #text(length: number): string {
    const from = this.#at
    this.#at += length
    return readUtf8(this.#bytes, from, this.#at)
  }

  #list(length: number): unknown[] {
    const list: unknown[] = []
    for (let i = 0; i < length; i++) list[i] = this.value()
    return list
  }

  #record(size: number): Record<string, unknown> {
    const record: Record<string, unknown> = {}
    for (let i = 0; i < size; i++) {
      const name = this.#text(this.#argument())
      const value = this.value()
      // `__proto__`, and whatever setter somebody put on Object.prototype, must not be run.
      if (name in ObjectPrototype) defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
      else record[name] = value
    }
    return record
  }

  #tagged(tag: number): unknown {
    if (tag === TAG.date) return new Date(timeOfSeconds(this.value() as number))
    const length = this.#argument()
    if (tag === TAG.map) return this.#map(length)
    if (tag === TAG.set) return new Set(this.#list(length))
    if (tag === TAG.rational) return Rational.received(this.value() as bigint, this.value() as bigint)
    if (tag === TAG.positiveBigInt) return this.#magnitude(length)
    if (tag === TAG.negativeBigInt) return -1n - this.#magnitude(length)
    return new (kindByTag(tag)!.make!)(this.#copy(length).buffer)
  }

  #map(size: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>()
    for (let i = 0; i < size; i++) {
      const key = this.value()
      map.set(key, this.value())
    }
    return map
  }

  #magnitude(length: number): bigint {
    const end = this.#at + length
    if (length <= 6) {
      let small = 0
      while (this.#at < end) small = small * 256 + this.#bytes[this.#at++]!
      return bigInt(small)
    }
    let text = '0x'
    while (this.#at < end) {
      const digits = new Uint8Array(2 * min(end - this.#at, DIGIT_BYTES))
      for (let i = 0; i < digits.length; i += 2) {
        const byte = this.#bytes[this.#at++]!
        digits[i] = digitOf(byte >>> 4)
        digits[i + 1] = digitOf(byte & 15)
      }
      text += apply(fromCharCode, undefined, digits as unknown as number[])
    }
    return bigInt(text)
  }
}

/** Bytes turned into hexadecimal digits at a time. */
const DIGIT_BYTES = 2048
const digitOf = (value: number): number => (value < 10 ? 0x30 : 0x57) + value
