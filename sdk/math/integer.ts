/** What a caller may give where an integer is wanted. */
import { Rational } from './rational.ts'

/** A BigInt, a number that is a safe integer, or a Rational without a denominator. */
export type Integer = bigint | number | Rational

/** `value` as a BigInt. @throws TypeError on what is no number, RangeError on one that is no integer, or no exact one */
export function integerOf(value: Integer, name: string): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value)
    const advice = Number.isInteger(value) ? '; above 2^53 - 1 write it as a BigInt, as in 10n ** 20n' : ''
    throw new RangeError(`Expected \`${name}\` to be an integer, got ${value}${advice}.`)
  }
  if (value instanceof Rational) {
    if (value.denominator === 1n) return value.numerator
    throw new RangeError(`Expected \`${name}\` to be an integer, got ${value}.`)
  }
  const got = value === null ? 'null' : `a ${typeof value}`
  throw new TypeError(`Expected \`${name}\` to be a BigInt or an integral number, got ${got}.`)
}

/** As `integerOf`, at least `least`. @throws RangeError when it is less */
export function integerFrom(value: Integer, name: string, least: bigint): bigint {
  const integer = integerOf(value, name)
  if (integer < least) throw new RangeError(`Expected \`${name}\` to be at least ${least}, got ${integer}.`)
  return integer
}

/** As `integerOf`, as a number between bounds. @throws RangeError outside of them */
export function smallInteger(value: Integer, name: string, least: number, most: number): number {
  const integer = integerOf(value, name)
  if (integer < BigInt(least) || integer > BigInt(most)) {
    throw new RangeError(`Expected \`${name}\` to be an integer from ${least} to ${most}, got ${integer}.`)
  }
  return Number(integer)
}
