import { isNotANumber } from './captured.ts'
import { malformed } from './codec-error.ts'
import { fitsSingle, HALF_NAN, isInteger, nextOddNaN, toHalf } from './float.ts'
import { kindByTag, MAJOR, MAX_DEPTH, MAX_SAFE, MAX_TIME, SIMPLE, TAG, type TypedArrayKind } from './format.ts'
import { argumentAt, argumentBytes, numberAt, timeOfSeconds } from './number-at.ts'
import { findBadUtf8 } from './text.ts'
import { compareBytes } from './writer.ts'

/** Least argument that needs as many bytes as the initial byte announces: 24 to 27. */
const LEAST = [24, 0x100, 0x10000, 2 ** 32]

const MINUS_ZERO = 0x8000

/** Whether the item at `at`, already walked, is -0: as a key it would be read as 0, whose bytes are others (ECMA-262, Map.prototype.set). */
const isMinusZero = (bytes: Uint8Array, at: number): boolean => bytes[at] === SIMPLE.float16 && argumentAt(bytes, at) === MINUS_ZERO

/**
 * Steps over items and checks that each is the canonical form, without building a value: time and memory are bounded by the bytes that
 * are there. What it has accepted may be read without any further check.
 * @throws CodecError `malformed` with the offset
 */
export class Walk {
  readonly #bytes: Uint8Array
  readonly #end: number
  #at = 0
  #depth = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  /** Offset of the next item. */
  get at(): number {
    return this.#at
  }

  /** The bytes must end here. */
  end(): void {
    if (this.#at !== this.#end) throw malformed(this.#at, 'the end', `${this.#end - this.#at} bytes more`)
  }

  /** One item of any kind. */
  value(): void {
    const start = this.#at
    const initial = this.#initial()
    const major = initial >>> 5
    if (major === MAJOR.simple) {
      this.#simple(start, initial)
      return
    }
    const argument = this.#argument(start)
    if (major === MAJOR.unsigned || major === MAJOR.negative) {
      if (argument > MAX_SAFE - major) throw malformed(start, 'an integer within 2^53 - 1', 'a greater one')
    } else if (major === MAJOR.bytes) this.#skip(start, argument)
    else if (major === MAJOR.text) this.#text(start, argument)
    else if (major === MAJOR.tag) this.#tagged(start, argument)
    else this.#container(start, major, argument, major === MAJOR.map)
  }

  /** Header of a list; answers how many items follow. The caller walks them, then calls `leave`. */
  enterList(): number {
    const start = this.#at
    const length = this.#header(MAJOR.array, 'a list')
    this.#enter(start, length)
    return length
  }
  /** Header of a record with `size` properties. */
  enterRecord(size: number, expected: string): void {
    const start = this.#at
    if (this.#header(MAJOR.map, expected) !== size) throw malformed(start, expected, 'an object with other properties')
    this.#enter(start, 2 * size)
  }
  leave(): void {
    this.#depth -= 1
  }

  /** A text. */
  text(expected: string): void {
    const start = this.#at
    this.#text(start, this.#header(MAJOR.text, expected))
  }

  /** Whether exactly these bytes come next; if so, steps over them. */
  skipIf(expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[this.#at + i] !== expected[i]) return false
    this.#at += expected.length
    return true
  }

  #initial(): number {
    if (this.#at >= this.#end) throw malformed(this.#at, 'an item', 'the end')
    return this.#bytes[this.#at]!
  }

  /** The argument of an item of this major type. */
  #header(major: number, expected: string): number {
    const start = this.#at
    const initial = this.#initial()
    if (initial >>> 5 !== major) throw malformed(start, expected, `initial byte 0x${initial.toString(16)}`)
    return this.#argument(start)
  }

  #argument(start: number): number {
    const additional = this.#bytes[start]! & 31
    if (additional > 27) throw malformed(start, 'a definite length', `additional information ${additional}`)
    this.#at = start + 1
    if (additional < 24) return additional
    this.#skip(start, argumentBytes(additional))
    const argument = argumentAt(this.#bytes, start)
    if (argument < LEAST[additional - 24]!) throw malformed(start, 'the shortest form', `${argument} in ${argumentBytes(additional)} bytes`)
    return argument
  }

  #skip(start: number, count: number): void {
    const rest = this.#end - this.#at
    if (count > rest) throw malformed(start, `${count} bytes`, `the end after ${rest}`)
    this.#at += count
  }

  #text(start: number, length: number): void {
    const from = this.#at
    this.#skip(start, length)
    const bad = findBadUtf8(this.#bytes, from, this.#at)
    if (bad >= 0) throw malformed(bad, 'UTF-8', 'something else')
  }

  #simple(start: number, initial: number): void {
    this.#at = start + 1
    if (initial >= SIMPLE.false && initial <= SIMPLE.undefined) return
    if (initial < SIMPLE.float16 || initial > SIMPLE.float64) throw malformed(start, 'a simple value', `0x${initial.toString(16)}`)
    this.#skip(start, argumentBytes(initial & 31))
    const x = numberAt(this.#bytes, start)
    const width = argumentBytes(initial & 31)
    if (isInteger(x) || !isShortest(x, width, argumentAt(this.#bytes, start)))
      throw malformed(start, 'the shortest form', `${x} as a float of ${width} bytes`)
  }

  /** Each of `count` items takes a byte at least, so more than the rest cannot be there. */
  #enter(start: number, count: number): void {
    if (count > this.#end - this.#at) throw malformed(start, `${count} items`, `${this.#end - this.#at} bytes`)
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw malformed(start, `at most ${MAX_DEPTH} levels`, 'more')
  }

  /** Items of an array or a map. `record`: the keys are text. `sorted`: those of a Set or a Map, in the order of their bytes. */
  #container(start: number, major: number, count: number, record: boolean, sorted = record): void {
    const isMap = major === MAJOR.map
    this.#enter(start, isMap ? 2 * count : count)
    let previous = -1
    let previousEnd = -1
    for (let i = 0; i < count; i++) {
      const key = this.#at
      if (record) this.text('a text as key')
      else this.value()
      if (sorted) {
        if (isMinusZero(this.#bytes, key)) throw malformed(key, '0 as a key or member', '-0, which no Map or Set holds')
        if (previous >= 0 && compareBytes(this.#bytes, previous, previousEnd, key, this.#at) >= 0) {
          throw malformed(key, 'keys in ascending order', 'one that is not greater than the one before')
        }
        previous = key
        previousEnd = this.#at
      }
      if (isMap) this.value()
    }
    this.leave()
  }

  #tagged(start: number, tag: number): void {
    const kind = kindByTag(tag)
    if (kind !== undefined) this.#typedArray(start, kind)
    else if (tag === TAG.map) this.#container(start, MAJOR.map, this.#header(MAJOR.map, 'the entries of a Map'), false, true)
    else if (tag === TAG.set) this.#container(start, MAJOR.array, this.#header(MAJOR.array, 'the members of a Set'), false, true)
    else if (tag === TAG.date) this.#date()
    else if (tag === TAG.rational) this.#rational()
    else if (tag === TAG.positiveBigInt || tag === TAG.negativeBigInt) this.#bigInt()
    else throw malformed(start, 'a known tag', `tag ${tag}`)
  }

  /** That the parts share no factor is not checked: it would take longer than the bytes are worth, and the fraction is the same. */
  #rational(): void {
    const start = this.#at
    if (this.#header(MAJOR.array, 'the parts of a fraction') !== 2) throw malformed(start, 'two parts of a fraction', 'another number')
    this.#part(false)
    this.#part(true)
  }

  /** An integer as a BigInt; `positive`: at least 1. */
  #part(positive: boolean): void {
    const start = this.#at
    const tag = this.#header(MAJOR.tag, 'a BigInt')
    const isZero = tag === TAG.positiveBigInt && this.#bytes[this.#at] === MAJOR.bytes << 5
    const allowed = tag === TAG.positiveBigInt || (tag === TAG.negativeBigInt && !positive)
    if (!allowed || (positive && isZero)) throw malformed(start, positive ? 'a BigInt of at least 1' : 'a BigInt', 'something else')
    this.#bigInt()
  }

  #bigInt(): void {
    const start = this.#at
    const length = this.#header(MAJOR.bytes, 'the bytes of a BigInt')
    if (length > 0 && this.#bytes[this.#at] === 0) throw malformed(this.#at, 'a BigInt in the fewest bytes', 'a leading zero')
    this.#skip(start, length)
  }

  #typedArray(start: number, kind: TypedArrayKind): void {
    const length = this.#header(MAJOR.bytes, `the bytes of a ${kind.name}`)
    const from = this.#at
    this.#skip(start, length)
    if (length % kind.width !== 0) throw malformed(start, `a multiple of ${kind.width} bytes`, `${length}`)
    if (kind.make === undefined) throw malformed(start, `a kind of array that this engine has`, kind.name)
    const odd = kind.float ? nextOddNaN(this.#bytes, from, this.#at, kind.width) : -1
    if (odd >= 0) throw malformed(odd, 'the one NaN', 'other bits')
  }

  #date(): void {
    const start = this.#at
    const initial = this.#initial()
    if (initial >>> 5 > MAJOR.negative && (initial < SIMPLE.float16 || initial > SIMPLE.float64)) {
      throw malformed(start, 'the seconds of a Date', `initial byte 0x${initial.toString(16)}`)
    }
    this.value()
    const seconds = numberAt(this.#bytes, start)
    const time = timeOfSeconds(seconds)
    const exact = time >= -MAX_TIME && time <= MAX_TIME && time / 1000 === seconds && (seconds !== 0 || isInteger(seconds))
    if (!exact) throw malformed(start, 'whole milliseconds', `${seconds} seconds`)
  }
}

/** Whether no shorter float holds `x`; a half always is the shortest, but only one of its NaNs is ours. */
function isShortest(x: number, width: number, half: number): boolean {
  if (width === 2) return !isNotANumber(x) || half === HALF_NAN
  return toHalf(x) < 0 && (width === 4 || !fitsSingle(x))
}
