/** Appends CBOR items to a growing array of bytes that never exceeds a limit. */
import { Bytes, bigIntToText, bufferOf, byteLengthOf, charCodeAt, copyInto, floor, max, min } from './captured.ts'
import { CodecError } from './codec-error.ts'
import { fitsSingle, highBits, isInteger, lowBits, nextOddNaN, singleToBits, toHalf, writeOneNaN } from './float.ts'
import { MAJOR, SIMPLE, TAG, type TypedArrayKind } from './format.ts'
import { utf8Length, writeUtf8 } from './text.ts'

/** Kept from one call to the next, so that a small value costs no allocation but its result. */
const INITIAL_BYTES = 4096
const TWO_32 = 2 ** 32

export class Writer {
  #bytes = new Bytes(INITIAL_BYTES)
  #capacity = INITIAL_BYTES
  #position = 0
  #most = 0

  /** Forgets what was written; from now on at most `most` bytes may be. */
  restart(most: number): void {
    this.#position = 0
    this.#most = most
    if (this.#capacity === INITIAL_BYTES) return
    this.#bytes = new Bytes(INITIAL_BYTES)
    this.#capacity = INITIAL_BYTES
  }

  get position(): number {
    return this.#position
  }

  /** A copy of everything written. */
  result(): Uint8Array {
    const bytes = new Bytes(this.#position)
    copyInto(bytes, new Bytes(bufferOf(this.#bytes), 0, this.#position), 0)
    return bytes
  }

  /** @throws CodecError `too-large` when `count` bytes more would be too many; allocates nothing */
  limit(count: number): void {
    const needed = this.#position + count
    if (needed <= this.#most) return
    throw new CodecError(
      'too-large',
      `Expected at most ${this.#most} bytes, got a value of at least ${needed}; return less, or split the input.`,
    )
  }

  /** Makes room for `count` bytes more. @throws CodecError `too-large` before anything is allocated */
  reserve(count: number): void {
    this.limit(count)
    const needed = this.#position + count
    if (needed <= this.#capacity) return
    this.#capacity = min(this.#most, max(needed, 2 * this.#capacity))
    const bytes = new Bytes(this.#capacity)
    copyInto(bytes, new Bytes(bufferOf(this.#bytes), 0, this.#position), 0)
    this.#bytes = bytes
  }

  /** Initial byte and argument of an item, in the shortest form. */
  header(major: number, argument: number): void {
    this.reserve(headerBytes(argument))
    const top = major << 5
    if (argument < 24) this.#byte(top | argument)
    else if (argument < 0x100) this.#argument(top | 24, argument, 1)
    else if (argument < 0x10000) this.#argument(top | 25, argument, 2)
    else if (argument < TWO_32) this.#argument(top | 26, argument, 4)
    else {
      this.#argument(top | 27, floor(argument / TWO_32), 4)
      this.#big(argument >>> 0, 4)
    }
  }

  simple(byte: number): void {
    this.reserve(1)
    this.#byte(byte)
  }

  number(x: number): void {
    if (isInteger(x)) {
      if (x >= 0) this.header(MAJOR.unsigned, x)
      else this.header(MAJOR.negative, -1 - x)
      return
    }
    const half = toHalf(x)
    if (half >= 0) {
      this.reserve(3)
      this.#argument(SIMPLE.float16, half, 2)
    } else if (fitsSingle(x)) {
      this.reserve(5)
      this.#argument(SIMPLE.float32, singleToBits(x), 4)
    } else {
      this.reserve(9)
      this.#argument(SIMPLE.float64, highBits(x), 4)
      this.#big(lowBits(), 4)
    }
  }

  /** False, and nothing written, when `text` holds a lone surrogate. */
  text(text: string): boolean {
    this.limit(text.length)
    const length = utf8Length(text)
    if (length < 0) return false
    this.header(MAJOR.text, length)
    this.reserve(length)
    writeUtf8(this.#bytes, this.#position, text)
    this.#position += length
    return true
  }

  bigInt(value: bigint): void {
    const negative = value < 0n
    const magnitude = negative ? -1n - value : value
    const hex = magnitude === 0n ? '' : bigIntToText(magnitude, 16)
    const length = (hex.length + 1) >>> 1
    this.header(MAJOR.tag, negative ? TAG.negativeBigInt : TAG.positiveBigInt)
    this.header(MAJOR.bytes, length)
    this.reserve(length)
    let digit = 0
    if (hex.length % 2 === 1) this.#byte(nibble(hex, digit++))
    for (; digit < hex.length; digit += 2) this.#byte((nibble(hex, digit) << 4) | nibble(hex, digit + 1))
  }

  byteString(source: Uint8Array): void {
    const length = byteLengthOf(source)
    this.limit(length)
    this.header(MAJOR.bytes, length)
    this.append(source)
  }

  /** Bytes that a writer gave. */
  append(source: Uint8Array): void {
    const length = byteLengthOf(source)
    this.reserve(length)
    copyInto(this.#bytes, source, this.#position)
    this.#position += length
  }

  /** `source` are the bytes of a typed array of this kind. */
  typedArray(kind: TypedArrayKind, source: Uint8Array): void {
    this.header(MAJOR.tag, kind.tag)
    this.byteString(source)
    if (!kind.float) return
    const start = this.#position - byteLengthOf(source)
    for (let at = start; ; at += kind.width) {
      at = nextOddNaN(this.#bytes, at, this.#position, kind.width)
      if (at < 0) return
      writeOneNaN(this.#bytes, at, kind.width)
    }
  }

  /** Order of the bytes of two items that start at `a` and `b`; neither is the beginning of the other unless they are equal. */
  compare(a: number, aEnd: number, b: number, bEnd: number): number {
    return compareBytes(this.#bytes, a, aEnd, b, bEnd)
  }

  /** Reorders the parts that begin at marks[0], marks[stride], …; the last mark is the end of what is written. */
  rearrange(order: Uint32Array, marks: Float64Array, count: number, stride: number): void {
    const from = marks[0]!
    const length = this.#position - from
    const copy = new Bytes(length)
    copyInto(copy, new Bytes(bufferOf(this.#bytes), from, length), 0)
    let to = from
    for (let i = 0; i < count; i++) {
      const start = marks[order[i]! * stride]!
      const size = marks[order[i]! * stride + stride]! - start
      copyInto(this.#bytes, new Bytes(bufferOf(copy), start - from, size), to)
      to += size
    }
  }

  #byte(byte: number): void {
    this.#bytes[this.#position++] = byte
  }
  #argument(initial: number, argument: number, width: number): void {
    this.#byte(initial)
    this.#big(argument, width)
  }
  /** `width` bytes of an unsigned number below 2^32, the most significant first. */
  #big(value: number, width: number): void {
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) this.#byte((value >>> shift) & 0xff)
  }
}

function headerBytes(argument: number): number {
  if (argument < 24) return 1
  if (argument < 0x100) return 2
  return argument < 0x10000 ? 3 : argument < TWO_32 ? 5 : 9
}

/** Lexicographic order of two ranges of bytes, as RFC 8949 §4.2.1 sorts keys. */
export function compareBytes(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  while (a < aEnd && b < bEnd) {
    const difference = bytes[a++]! - bytes[b++]!
    if (difference !== 0) return difference
  }
  return aEnd - a - (bEnd - b)
}

function nibble(hex: string, at: number): number {
  const unit = charCodeAt(hex, at)
  return unit < 0x3a ? unit - 0x30 : unit - 0x57
}
