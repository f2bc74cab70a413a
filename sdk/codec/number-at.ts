/** Numbers inside bytes that are known to be there. */
import { floor, round } from './captured.ts'
import { doubleFromBits, fromHalf, singleFromBits } from './float.ts'
import { MAJOR, SIMPLE } from './format.ts'

/** Bytes of the argument after an initial byte whose lower five bits are `additional`, 0 to 27. */
export const argumentBytes = (additional: number): number => (additional < 24 ? 0 : 1 << (additional - 24))

/** The argument of the item at `at`; above 2^53 it is rounded. */
export function argumentAt(bytes: Uint8Array, at: number): number {
  const additional = bytes[at]! & 31
  if (additional < 24) return additional
  if (additional === 24) return bytes[at + 1]!
  if (additional === 25) return (bytes[at + 1]! << 8) | bytes[at + 2]!
  const high = wordAt(bytes, at + 1)
  return additional === 26 ? high : high * 2 ** 32 + wordAt(bytes, at + 5)
}

/** The number that is the item at `at`: an integer or a float of any width. */
export function numberAt(bytes: Uint8Array, at: number): number {
  const initial = bytes[at]!
  if (initial >>> 5 === MAJOR.unsigned) return argumentAt(bytes, at)
  if (initial >>> 5 === MAJOR.negative) return -1 - argumentAt(bytes, at)
  if (initial === SIMPLE.float16) return fromHalf(argumentAt(bytes, at))
  if (initial === SIMPLE.float32) return singleFromBits(wordAt(bytes, at + 1))
  return doubleFromBits(wordAt(bytes, at + 1), wordAt(bytes, at + 5))
}

/**
 * The milliseconds of a Date written as seconds. Exact for every Date: below 2^43 s the nearest double is within 0.49 ms. The fraction is
 * taken apart first, because `seconds * 1000` is itself rounded to halves and can end on the wrong side.
 */
export function timeOfSeconds(seconds: number): number {
  const whole = floor(seconds)
  return whole * 1000 + round((seconds - whole) * 1000)
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
