/**
 * Reads an integer as people write it: `11^150+1`, `2**360 - 1`, `(2^61-1)*(2^89-1)`, `-360`. Exact, and no more than asked: what the grammar
 * does not know is refused with its position, and so is a value too long before it is computed.
 *   sum = product { ("+" | "-") product } · product = unary { "*" unary } · unary = "-" unary | "+" unary | power
 *   power = atom [ ("^" | "**") unary ] · atom = digits | "(" sum ")"        (so -2^2 = -4 and 2^3^2 = 512, as in mathematics)
 */
import { powerSumDivisors } from './algebra.ts'
import { absolute, digitCount, log10 } from './arithmetic.ts'
import { perfectPower } from './perfect-power.ts'

export interface ParsedExpression {
  readonly value: bigint
  /** Divisors that the way of writing gives away: the factors of products, the base of powers, the cyclotomic parts of a^k ± b^m. */
  readonly divisors: readonly bigint[]
}
export interface ExpressionOptions {
  /** Longest value, also of any part, decimal digits. @default 2000 */
  readonly maximumDigits?: number
}

/** What is wrong with an expression, and where. */
export class ExpressionError extends Error {
  /** Index into the text, from 0. */
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} (at character ${position + 1})`)
    this.name = 'ExpressionError'
    this.position = position
  }
}

const LONGEST_TEXT = 20_000
const DEEPEST = 200

/** Throws ExpressionError. */
export function parseExpression(text: string, options: ExpressionOptions = {}): ParsedExpression {
  if (text.length > LONGEST_TEXT) throw new ExpressionError(`Expected at most ${LONGEST_TEXT} characters, got ${text.length}`, LONGEST_TEXT)
  const { value, divisors } = new Parser(text, options.maximumDigits ?? 2000).parse()
  const size = absolute(value)
  return { value, divisors: [...new Set(divisors.map(absolute))].filter((d) => d > 1n && d < size) }
}

class Parser {
  readonly #text: string
  readonly #maximumDigits: number
  #at = 0
  #depth = 0

  constructor(text: string, maximumDigits: number) {
    this.#text = text
    this.#maximumDigits = maximumDigits
  }

  parse(): ParsedExpression {
    const term = this.#sum()
    if (this.#peek() !== '') throw this.#unexpected('an operator or the end')
    return term
  }

  #sum(): ParsedExpression {
    let left = this.#product()
    for (;;) {
      const at = this.#skipSpace()
      const operator = this.#peek()
      if (operator !== '+' && operator !== '-') return left
      this.#at++
      left = this.#checked(addTerms(left, this.#product(), operator === '+' ? 1 : -1), at)
    }
  }

  #product(): ParsedExpression {
    let left = this.#unary()
    for (;;) {
      const at = this.#skipSpace()
      if (this.#peek() !== '*') return left
      this.#at++
      const right = this.#unary()
      this.#refuseAbove(sizeOf(left.value) + sizeOf(right.value), at)
      const divisors = [left.value, right.value, ...left.divisors, ...right.divisors]
      left = this.#checked({ value: left.value * right.value, divisors }, at)
    }
  }

  #unary(): ParsedExpression {
    const at = this.#skipSpace()
    const sign = this.#peek()
    if (sign !== '-' && sign !== '+') return this.#power()
    this.#at++
    this.#descend(at)
    const term = this.#unary()
    this.#depth--
    return sign === '+' ? term : { value: -term.value, divisors: term.divisors }
  }

  #power(): ParsedExpression {
    const base = this.#atom()
    const at = this.#skipSpace()
    const double = this.#text.startsWith('**', at)
    if (!double && this.#peek() !== '^') return base
    this.#at += double ? 2 : 1
    const exponentAt = this.#skipSpace()
    this.#descend(at)
    const exponent = this.#unary().value
    this.#depth--
    if (exponent < 0n)
      throw new ExpressionError(`Expected an exponent of at least 0, got ${exponent}: the result would not be an integer`, exponentAt)
    if (absolute(base.value) > 1n) {
      this.#refuseAbove(exponent > 100_000_000n ? Number.POSITIVE_INFINITY : log10(base.value) * Number(exponent), at)
      const divisors = exponent > 0n ? [base.value, ...base.divisors] : []
      return this.#checked({ value: base.value ** exponent, divisors }, at)
    }
    return { value: base.value ** (exponent > 1n ? 2n + (exponent & 1n) : exponent), divisors: [] }
  }

  #atom(): ParsedExpression {
    const at = this.#skipSpace()
    if (this.#peek() === '(') {
      this.#descend(at)
      this.#at++
      const term = this.#sum()
      if (this.#peek() !== ')') throw this.#unexpected('")" or an operator')
      this.#at++
      this.#depth--
      return term
    }
    const digits = /^[0-9]+/.exec(this.#text.slice(at))?.[0]
    if (digits === undefined) throw this.#unexpected('a number or "("')
    this.#refuseDigits(digits.replace(/^0+/, '').length, at)
    this.#at += digits.length
    return { value: BigInt(digits), divisors: [] }
  }

  #descend(at: number): void {
    if (++this.#depth > DEEPEST) throw new ExpressionError(`Expected at most ${DEEPEST} nested signs, powers and parentheses`, at)
  }

  #skipSpace(): number {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'end')) this.#at++
    return this.#at
  }

  /** The next character that is no space; empty at the end. */
  #peek(): string {
    return this.#text[this.#skipSpace()] ?? ''
  }

  #unexpected(wanted: string): ExpressionError {
    const got = this.#peek()
    const what = got === '' ? 'the end' : got === '/' ? '"/": only integers are factored' : JSON.stringify(got)
    return new ExpressionError(`Expected ${wanted}, got ${what}`, this.#at)
  }

  /** Before computing: the logarithm is good to 14 digits, so a value at the very limit is left to the exact count. */
  #refuseAbove(log10Estimate: number, at: number): void {
    if (log10Estimate > this.#maximumDigits + 0.001) this.#refuseDigits(Math.floor(log10Estimate) + 1, at)
  }

  #refuseDigits(digits: number, at: number): void {
    if (digits <= this.#maximumDigits) return
    const got = Number.isFinite(digits) ? String(digits) : 'far more'
    throw new ExpressionError(`Expected a number of at most ${this.#maximumDigits} digits, got ${got}`, at)
  }

  #checked(term: ParsedExpression, at: number): ParsedExpression {
    this.#refuseDigits(digitCount(term.value), at)
    return term
  }
}

function sizeOf(value: bigint): number {
  return value === 0n ? 0 : log10(value)
}

/** left + sign · right, with the cyclotomic parts when both are powers of a common exponent. */
function addTerms(left: ParsedExpression, right: ParsedExpression, sign: 1 | -1): ParsedExpression {
  const value = left.value + BigInt(sign) * right.value
  const [large, small] = absolute(left.value) >= absolute(right.value) ? [left, right] : [right, left]
  if (small.value < 1n || large.value <= small.value) return { value, divisors: [] }
  const [a, b] = [asPower(large), asPower(small)]
  const k = small.value === 1n ? a.exponent : greatestCommon(a.exponent, b.exponent)
  if (k < 2) return { value, divisors: [] }
  const x = a.base ** BigInt(a.exponent / k)
  const y = small.value === 1n ? 1n : b.base ** BigInt(b.exponent / k)
  return { value, divisors: powerSumDivisors({ a: x, b: y, k, sign }) }
}

/** As a power with the largest exponent. */
function asPower(term: ParsedExpression): { base: bigint; exponent: number } {
  if (term.value === 1n) return { base: 1n, exponent: 1 }
  return perfectPower(term.value) ?? { base: term.value, exponent: 1 }
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b)
}
