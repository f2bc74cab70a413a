/** Floating point numbers in their shortest exact form, and the one NaN. Works on the bits, so nothing of the realm takes part. */
import { fround, isNotANumber } from './captured.ts'
import { MAX_SAFE } from './format.ts'

const single = new Float32Array(1)
const double = new Float64Array(1)
const singleBits = new Uint32Array(single.buffer)
const doubleBits = new Uint32Array(double.buffer)

/** Sign and exponent of the one NaN as a half; the longer forms occur in typed arrays only. */
export const HALF_NAN = 0x7e00

/** Whether the number is written as an integer. */
export const isInteger = (x: number): boolean => x >= -MAX_SAFE && x <= MAX_SAFE && x % 1 === 0 && (x !== 0 || 1 / x > 0)

/** The 16 bits of `x` as a half, or -1 when a half cannot hold it exactly. */
export function toHalf(x: number): number {
  if (isNotANumber(x)) return HALF_NAN
  single[0] = x
  if (single[0] !== x) return -1
  const bits = singleBits[0]!
  const sign = (bits >>> 16) & 0x8000
  const exponent = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00
  if (exponent === 0) return fraction === 0 ? sign : -1
  if (exponent >= 113 && exponent <= 142) return (fraction & 0x1fff) === 0 ? sign | ((exponent - 112) << 10) | (fraction >>> 13) : -1
  if (exponent < 103 || exponent > 142) return -1
  const shift = 126 - exponent
  const whole = fraction | 0x800000
  return (whole & ((1 << shift) - 1)) === 0 ? sign | (whole >>> shift) : -1
}

/** The number that 16 bits stand for. */
export function fromHalf(half: number): number {
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  const sign = half & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/** Whether a single holds `x` exactly. */
export const fitsSingle = (x: number): boolean => fround(x) === x

export function singleToBits(x: number): number {
  single[0] = x
  return singleBits[0]!
}
export function singleFromBits(bits: number): number {
  singleBits[0] = bits
  return single[0]!
}
/** The upper 32 bits of `x`; `lowBits` right after it gives the lower ones. */
export function highBits(x: number): number {
  double[0] = x
  return doubleBits[1]!
}
export const lowBits = (): number => doubleBits[0]!
export function doubleFromBits(high: number, low: number): number {
  doubleBits[0] = low
  doubleBits[1] = high
  return double[0]!
}

/**
 * Offset of the next little-endian element from `from` to `end` that is a NaN but not the one NaN (quiet, positive, no payload), or -1.
 * Engines differ in the bits they store for NaN, so typed arrays would differ between honest volunteers.
 */
export function nextOddNaN(bytes: Uint8Array, from: number, end: number, width: number): number {
  for (let at = from + width - 1; at < end; at += width) {
    const top = bytes[at]! & 0x7f
    if (width === 2 ? (top & 0x7c) === 0x7c : top === 0x7f) {
      const start = at - width + 1
      if (isNaNAt(bytes, start, width) && !isOneNaN(bytes, start, width)) return start
    }
  }
  return -1
}

/** Bits of the exponent and of the fraction in the two topmost bytes. */
const exponentMask = (width: number): number => (width === 2 ? 0x7c00 : width === 4 ? 0x7f80 : 0x7ff0)
const topBytes = (width: number): number => (width === 2 ? 0x7e00 : width === 4 ? 0x7fc0 : 0x7ff8)

function isNaNAt(bytes: Uint8Array, start: number, width: number): boolean {
  const top = ((bytes[start + width - 1]! << 8) | bytes[start + width - 2]!) & 0x7fff
  const mask = exponentMask(width)
  if ((top & mask) !== mask) return false
  if (top !== mask) return true
  for (let i = start; i < start + width - 2; i++) if (bytes[i] !== 0) return true
  return false
}

function isOneNaN(bytes: Uint8Array, start: number, width: number): boolean {
  if (((bytes[start + width - 1]! << 8) | bytes[start + width - 2]!) !== topBytes(width)) return false
  for (let i = start; i < start + width - 2; i++) if (bytes[i] !== 0) return false
  return true
}

/** Writes the one NaN over the element at `start`. */
export function writeOneNaN(bytes: Uint8Array, start: number, width: number): void {
  for (let i = start; i < start + width - 2; i++) bytes[i] = 0
  bytes[start + width - 2] = topBytes(width) & 0xff
  bytes[start + width - 1] = topBytes(width) >>> 8
}
