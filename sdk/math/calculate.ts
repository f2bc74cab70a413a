/**
 * The value of an expression in the usual notation: `^` is power, integers are exact, `/` gives a fraction, and the functions of `dsage/math`
 * can be called. A result too long to be wanted is refused before it is computed, with the place where it would arise.
 */
import { absolute, digitCount, log10 } from './arithmetic.ts'
import { factor } from './factor.ts'
import { type Expression, ExpressionError, type Operator, parseNotation } from './notation.ts'
import * as functions from './number-theory.ts'
import { Rational } from './rational.ts'

/** What an expression can stand for; fractions without a denominator are BigInts. */
export type Value = bigint | Rational | boolean | readonly Value[]
type Exact = bigint | Rational

export interface CalculateOptions {
  /** Longest integer, also of any part, numerator and denominator, decimal digits. @default 1000000 */
  readonly maximumDigits?: number
}

const DEFAULT_DIGITS = 1_000_000
const LARGEST_EXPONENT = 100_000_000_000n
const FIBONACCI_DIGITS = 0.2089876402499787

type NotationFunction = (...inputs: never[]) => Value
const FUNCTIONS: ReadonlyMap<string, NotationFunction> = new Map(Object.entries({ ...functions, factor }) as [string, NotationFunction][])

/** Reads and computes. @throws ExpressionError with the place */
export function calculate(text: string, options: CalculateOptions = {}): Value {
  return new Calculator(options).value(parseNotation(text))
}

/** Throws ExpressionError where a name is called that is no function of `dsage/math`: before the expression travels. */
export function checkNames(expression: Expression): void {
  const left = [expression]
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part.kind === 'call') functionOf(part)
    left.push(...partsOf(part))
  }
}

/**
 * What `combine` makes of an expression and of what it made of its parts. A sum of ten thousand terms is ten thousand levels deep on its left,
 * which is walked and not descended.
 */
export function foldNotation<Result>(
  expression: Expression,
  combine: (expression: Expression, parts: readonly Result[]) => Result,
): Result {
  const spine: (Expression & { readonly kind: Operator })[] = []
  let first = expression
  for (; 'left' in first; first = first.left) spine.push(first)
  const fold = (part: Expression) => foldNotation(part, combine)
  let result = combine(first, partsOf(first).map(fold))
  for (const operation of spine.reverse()) result = combine(operation, [result, fold(operation.right)])
  return result
}

/** The parts of an expression, in the order of their values. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
      return []
    case 'negative':
      return [expression.of]
    case 'call':
      return expression.inputs
    case 'list':
      return expression.items
    default:
      return [expression.left, expression.right]
  }
}

/** Computes one step at a time, so that others can compute something beside it. */
export class Calculator {
  readonly #maximumDigits: number

  constructor({ maximumDigits = DEFAULT_DIGITS }: CalculateOptions) {
    this.#maximumDigits = maximumDigits
  }

  value(expression: Expression): Value {
    return foldNotation<Value>(expression, (part, values) => this.combine(part, values))
  }

  /** The value of an expression whose parts have these values. */
  combine(expression: Expression, values: readonly Value[]): Value {
    const { kind, at } = expression
    if (kind === 'list') return values
    if (kind === 'number') return this.#literal(expression.digits, at)
    if (kind === 'call') return this.#call(expression, values)
    const [left, right] = values.map((value) => exactOf(value, at)) as [Exact, Exact]
    if (kind === 'negative') return typeof left === 'bigint' ? -left : left.negated()
    this.#refuseLong(estimate(kind, left, right, at), at)
    return this.#checked(operate(kind, left, right, at), at)
  }

  #literal(digits: string, at: number): bigint {
    this.#refuseDigits(digits.replace(/^0+/, '').length, at)
    return BigInt(digits)
  }

  #call(expression: Expression & { readonly kind: 'call' }, values: readonly Value[]): Value {
    const { name, at } = expression
    const called = functionOf(expression)
    const [first, second] = values.map((value) => (typeof value === 'bigint' ? absolute(value) : 0n))
    if (name === 'fibonacci' && first !== undefined) this.#refuseLong(Number(first) * FIBONACCI_DIGITS, at)
    if (name === 'binomial' && second !== undefined) this.#refuseLong(binomialDigits(values[0] as bigint, second), at)
    try {
      return this.#checked(called(...(values as never[])), at)
    } catch (error) {
      if (error instanceof ExpressionError) throw error
      throw new ExpressionError(`${name}: ${(error as Error).message.replace(/\.$/, '')}`, at)
    }
  }

  /** Before computing: the logarithm is good to 14 digits, so a value at the very limit is left to the exact count. */
  #refuseLong(log10Estimate: number, at: number): void {
    if (log10Estimate > this.#maximumDigits + 0.001) this.#refuseDigits(Math.floor(log10Estimate) + 1, at)
  }

  #refuseDigits(digits: number, at: number): void {
    if (digits <= this.#maximumDigits) return
    const got = Number.isFinite(digits) ? String(digits) : 'far more'
    throw new ExpressionError(`Expected a number of at most ${this.#maximumDigits} digits, got ${got}`, at)
  }

  #checked(value: Value, at: number): Value {
    const whole = value instanceof Rational ? [value.numerator, value.denominator] : typeof value === 'bigint' ? [value] : []
    // Counting digits takes as long as computing them, so it is left to where it could matter.
    for (const part of whole) if (log10(part === 0n ? 1n : part) > this.#maximumDigits - 1) this.#refuseDigits(digitCount(part), at)
    return value
  }
}

function functionOf({ name, at }: Expression & { readonly kind: 'call' }): NotationFunction {
  const found = FUNCTIONS.get(name)
  if (found === undefined) throw new ExpressionError(`Expected one of ${[...FUNCTIONS.keys()].sort().join(', ')}, got ${name}`, at)
  return found
}

function exactOf(value: Value, at: number): Exact {
  if (typeof value === 'bigint' || value instanceof Rational) return value
  throw new ExpressionError(`Expected a number to compute with, got ${typeof value === 'boolean' ? value : 'a list'}`, at)
}

const sizeOf = (value: bigint): number => (value === 0n ? 0 : log10(value))
/** Decimal logarithm of the greater of numerator and denominator. */
const lengthOf = (value: Exact): number =>
  typeof value === 'bigint' ? sizeOf(value) : Math.max(sizeOf(value.numerator), sizeOf(value.denominator))

/** At least the decimal logarithm of what the operation gives, for what makes numbers grow. */
function estimate(kind: Operator, left: Exact, right: Exact, at: number): number {
  if (kind === '*' && typeof left === 'bigint' && typeof right === 'bigint') return sizeOf(left) + sizeOf(right)
  if (kind !== '^') return 0
  if (typeof right !== 'bigint') throw new ExpressionError(`Expected an integer as exponent, got ${right}`, at)
  if (typeof left === 'bigint' && absolute(left) <= 1n) return 0
  return absolute(right) > LARGEST_EXPONENT ? Number.POSITIVE_INFINITY : lengthOf(left) * Number(absolute(right))
}

/** Decimal logarithm of n over k at most: k factors of n, or of n - k where n is negative. */
function binomialDigits(n: bigint, k: bigint): number {
  const least = n >= 0n && k > n - k ? n - k : k
  return least < 1n ? 0 : Number(least) * Math.max(1, sizeOf(absolute(n) + (n < 0n ? k : 0n)) - sizeOf(least) + 0.5)
}

function operate(kind: Operator, left: Exact, right: Exact, at: number): Exact {
  if (kind === '/' && (right === 0n || (right instanceof Rational && right.numerator === 0n))) {
    throw new ExpressionError('Expected a divisor other than 0', at)
  }
  if (kind === '^') return power(left, right as bigint, at)
  if (typeof left === 'bigint' && typeof right === 'bigint' && kind !== '/') {
    return kind === '+' ? left + right : kind === '-' ? left - right : left * right
  }
  const whole = new Rational(left)
  const verb = { '+': 'plus', '-': 'minus', '*': 'times', '/': 'over' } as const
  return plain(whole[verb[kind]](right))
}

function power(base: Exact, exponent: bigint, at: number): Exact {
  if (typeof base === 'bigint' && absolute(base) <= 1n) {
    if (base === 0n && exponent < 0n) throw new ExpressionError('Expected an exponent of at least 0 for 0', at)
    return base === 0n && exponent > 0n ? 0n : base === -1n && exponent % 2n !== 0n ? -1n : 1n
  }
  return typeof base === 'bigint' && exponent >= 0n ? base ** exponent : plain(new Rational(base).power(exponent))
}

const plain = (value: Rational): Exact => (value.isInteger ? value.numerator : value)
