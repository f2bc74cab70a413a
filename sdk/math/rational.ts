/** Exact fractions of integers. */
import { absolute, bitLength, gcd } from './arithmetic.ts'

/** What a caller may give where a fraction is wanted: numbers count as the binary fractions they exactly are. */
export type RationalLike = Rational | bigint | number

/** Bits of a number's significand, and the exponent of the least one. */
const SIGNIFICAND_BITS = 53
const LEAST_EXPONENT = -1074

/** Parts that are taken as they are. */
class Parts {
  readonly numerator: bigint
  readonly denominator: bigint
  constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator
    this.denominator = denominator
  }
}

/** A fraction in lowest terms with a positive denominator; never changes. */
export class Rational {
  /** Nothing else has it, whatever its prototype. */
  readonly #isRational = true
  readonly numerator: bigint
  /** At least 1. */
  readonly denominator: bigint

  /** @throws RangeError when the denominator is 0, or a number is not finite; TypeError on what is no number */
  constructor(numerator: RationalLike, denominator: RationalLike = 1n) {
    const parts = numerator instanceof Parts ? numerator : lowestTerms(numerator, denominator)
    this.numerator = parts.numerator
    this.denominator = parts.denominator
    Object.freeze(this)
  }

  /** Whether `value` was made by this class. */
  static is(value: object): value is Rational {
    return #isRational in value
  }

  /** What was in lowest terms where it came from: the common divisor of two long integers is not looked for again. Denominator at least 1. */
  static received(numerator: bigint, denominator: bigint): Rational {
    return new Rational(new Parts(numerator, denominator) as unknown as Rational)
  }

  /** Reads `3/4`, `-5` and `0.125`. @throws SyntaxError on other text, RangeError on a denominator of 0 */
  static parse(text: string): Rational {
    const [, whole, decimals, under] = /^\s*([+-]?\d+)(?:\.(\d+)|\s*\/\s*(\d+))?\s*$/.exec(text) ?? []
    if (whole === undefined) throw new SyntaxError(`Expected a fraction such as 3/4, -5 or 0.125, got ${JSON.stringify(text)}.`)
    const scale = 10n ** BigInt(decimals?.length ?? 0)
    return new Rational(BigInt(whole + (decimals ?? '')), under === undefined ? scale : BigInt(under))
  }

  get isInteger(): boolean {
    return this.denominator === 1n
  }

  plus(other: RationalLike): Rational {
    const { numerator, denominator } = partsOf(other)
    return new Rational(this.numerator * denominator + numerator * this.denominator, this.denominator * denominator)
  }

  minus(other: RationalLike): Rational {
    const { numerator, denominator } = partsOf(other)
    return new Rational(this.numerator * denominator - numerator * this.denominator, this.denominator * denominator)
  }

  times(other: RationalLike): Rational {
    const { numerator, denominator } = partsOf(other)
    return new Rational(this.numerator * numerator, this.denominator * denominator)
  }

  /** @throws RangeError by 0 */
  over(other: RationalLike): Rational {
    return new Rational(this, other)
  }

  /** @param exponent any integer; @throws RangeError for 0 to a negative power */
  power(exponent: bigint | number): Rational {
    const k = BigInt(exponent)
    if (k >= 0n) return new Rational(this.numerator ** k, this.denominator ** k)
    return new Rational(this.denominator ** -k, this.numerator ** -k)
  }

  negated(): Rational {
    return new Rational(-this.numerator, this.denominator)
  }

  absolute(): Rational {
    return new Rational(absolute(this.numerator), this.denominator)
  }

  /** -1, 0 or 1 as this is less than, equal to or greater than `other`. */
  compare(other: RationalLike): -1 | 0 | 1 {
    const { numerator, denominator } = partsOf(other)
    const [left, right] = [this.numerator * denominator, numerator * this.denominator]
    return left < right ? -1 : left > right ? 1 : 0
  }

  equals(other: RationalLike): boolean {
    return this.compare(other) === 0
  }

  /** The greatest integer not above it. */
  floor(): bigint {
    const quotient = this.numerator / this.denominator
    return this.numerator < 0n && this.denominator !== 1n ? quotient - 1n : quotient
  }

  /** The least integer not below it. */
  ceil(): bigint {
    return -this.negated().floor()
  }

  /** The nearest number, ties to even as IEEE 754 rounds; infinite beyond the range of numbers. */
  toNumber(): number {
    const magnitude = nearestNumber(absolute(this.numerator), this.denominator)
    return this.numerator < 0n ? -magnitude : magnitude
  }

  /** `-3/4`, or `5` for an integer. */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`
  }

  /** What Node's console shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

// Where it is bundled it would be called something else.
Object.defineProperty(Rational, 'name', { value: 'Rational' })
// The codec trusts it beside job code, which could otherwise change what it says.
Object.freeze(Rational)
Object.freeze(Rational.prototype)

function lowestTerms(numerator: RationalLike, denominator: RationalLike): Parts {
  const [over, under] = [partsOf(numerator), partsOf(denominator)]
  const [top, bottom] = [over.numerator * under.denominator, over.denominator * under.numerator]
  if (bottom === 0n) throw new RangeError(`Expected a denominator other than 0, got ${top}/0.`)
  const shared = gcd(top, bottom) * (bottom < 0n ? -1n : 1n)
  return new Parts(top / shared, bottom / shared)
}

function partsOf(value: RationalLike): Parts | Rational {
  if (value instanceof Rational) return value
  if (typeof value === 'bigint') return new Parts(value, 1n)
  if (typeof value !== 'number') {
    throw new TypeError(`Expected a Rational, a BigInt or a number, got ${value === null ? 'null' : `a ${typeof value}`}.`)
  }
  if (!Number.isFinite(value)) throw new RangeError(`Expected a finite number, got ${value}.`)
  let [whole, twos] = [value, 0n]
  while (!Number.isInteger(whole)) {
    whole *= 2
    twos++
  }
  return new Parts(BigInt(whole), 1n << twos)
}

/** over / under rounded once, ties to even; over >= 0, under >= 1. */
function nearestNumber(over: bigint, under: bigint): number {
  if (over === 0n) return 0
  // The quotient lies between 2^(length - 1) and 2^(length + 1), so these are 53 or 54 bits of it, fewer where numbers are that coarse.
  const length = bitLength(over) - bitLength(under)
  const exponent = Math.max(length - SIGNIFICAND_BITS, LEAST_EXPONENT)
  const [top, bottom] = exponent < 0 ? [over << BigInt(-exponent), under] : [over, under << BigInt(exponent)]
  const fits = bitLength(top / bottom) <= SIGNIFICAND_BITS
  const unit = fits ? bottom : bottom << 1n
  const [significand, rest] = [top / unit, (top % unit) * 2n]
  const up = rest > unit || (rest === unit && (significand & 1n) === 1n)
  return Number(up ? significand + 1n : significand) * 2 ** (fits ? exponent : exponent + 1)
}
