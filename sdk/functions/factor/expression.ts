/**
 * Reads an integer as people write it, `11^150+1`, `(2^61-1)*(2^89-1)`, `fibonacci(300)`: the usual notation of `dsage/math`, and what the way of
 * writing gives away about the factors.
 */
import { absolute } from '../../math/arithmetic.ts'
import { Calculator, foldNotation, type Value } from '../../math/calculate.ts'
import { type Expression, ExpressionError, parseNotation } from '../../math/notation.ts'
import { perfectPower } from '../../math/perfect-power.ts'
import { powerSumDivisors } from './algebra.ts'

export { ExpressionError } from '../../math/notation.ts'

export interface ParsedExpression {
  readonly value: bigint
  /** Divisors that the way of writing gives away: the factors of products, the base of powers, the cyclotomic parts of a^k ± b^m. */
  readonly divisors: readonly bigint[]
}
export interface ExpressionOptions {
  /** Longest value, also of any part, decimal digits. @default 2000 */
  readonly maximumDigits?: number
}

interface Term {
  readonly value: Value
  readonly divisors: readonly bigint[]
}

/** @throws ExpressionError, also where the value is no integer */
export function parseExpression(text: string, { maximumDigits = 2000 }: ExpressionOptions = {}): ParsedExpression {
  const calculator = new Calculator({ maximumDigits })
  const combine = (expression: Expression, parts: readonly Term[]): Term => {
    const value = calculator.combine(
      expression,
      parts.map((part) => part.value),
    )
    return { value, divisors: divisorsOf(expression, parts) }
  }
  const { value, divisors } = foldNotation(parseNotation(text), combine)
  if (typeof value !== 'bigint') throw new ExpressionError(`Expected an integer, got ${Array.isArray(value) ? 'a list' : value}`, 0)
  const size = absolute(value)
  const proper = divisors.map(absolute).filter((divisor) => divisor > 1n && divisor < size && size % divisor === 0n)
  return { value, divisors: [...new Set(proper)] }
}

/** What is known to divide the expression's value, from its parts; of fractions nothing is. */
function divisorsOf(expression: Expression, parts: readonly Term[]): readonly bigint[] {
  if (parts.some(({ value }) => typeof value !== 'bigint')) return []
  const [left, right] = parts as readonly (Term & { readonly value: bigint })[]
  switch (expression.kind) {
    case 'negative':
      return left!.divisors
    case '*':
      return [left!.value, right!.value, ...left!.divisors, ...right!.divisors]
    case '^':
      return right!.value > 0n ? [left!.value, ...left!.divisors] : []
    case '+':
      return sumDivisors(left!.value, right!.value, 1)
    case '-':
      return sumDivisors(left!.value, right!.value, -1)
    default:
      return []
  }
}

/** The cyclotomic parts of left + sign · right, when both are powers of a common exponent. */
function sumDivisors(left: bigint, right: bigint, sign: 1 | -1): bigint[] {
  const [large, small] = absolute(left) >= absolute(right) ? [left, right] : [right, left]
  if (small < 1n || large <= small) return []
  const [a, b] = [asPower(large), asPower(small)]
  const k = small === 1n ? a.exponent : greatestCommon(a.exponent, b.exponent)
  if (k < 2) return []
  const x = a.base ** BigInt(a.exponent / k)
  const y = small === 1n ? 1n : b.base ** BigInt(b.exponent / k)
  return powerSumDivisors({ a: x, b: y, k, sign })
}

/** As a power with the largest exponent. */
function asPower(value: bigint): { base: bigint; exponent: number } {
  if (value === 1n) return { base: 1n, exponent: 1 }
  return perfectPower(value) ?? { base: value, exponent: 1 }
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b)
}
