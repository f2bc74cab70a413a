/** The functions of `dsage/math`: integers in, BigInt out. The algorithms stand in the files beside this one. */
import { absolute, gcd as gcdOfTwo, invMod as inverseModulo, modulo, powMod as powerModulo, iroot as rootOf } from './arithmetic.ts'
import { type Integer, integerFrom, integerOf, smallInteger } from './integer.ts'
import { isPrime as isPrimeByBpsw } from './primality.ts'
import { forEachPrime } from './primes.ts'

const LONGEST_RANGE = 100_000_000
const LARGEST_PRIME_RANGE = Number.MAX_SAFE_INTEGER
const LARGEST_INDEX = 1_000_000_000
const LARGEST_DEGREE = 2 ** 31

/** Greatest common divisor, never negative; gcd() = gcd(0) = 0. */
export function gcd(...integers: readonly Integer[]): bigint {
  return integers.reduce<bigint>((shared, integer, i) => gcdOfTwo(shared, integerOf(integer, `argument ${i + 1}`)), 0n)
}

/** Least common multiple, never negative; lcm() = 1, and 0 when any is 0. */
export function lcm(...integers: readonly Integer[]): bigint {
  return integers.reduce<bigint>((multiple, integer, i) => {
    const value = absolute(integerOf(integer, `argument ${i + 1}`))
    return value === 0n ? 0n : (multiple / gcdOfTwo(multiple, value)) * value
  }, 1n)
}

/** base^exponent modulo `modulus`, in [0, modulus); a negative exponent raises the inverse. @throws RangeError where there is none, modulus < 1 */
export function powMod(base: Integer, exponent: Integer, modulus: Integer): bigint {
  const [k, m] = [integerOf(exponent, 'exponent'), integerFrom(modulus, 'modulus', 1n)]
  return k >= 0n ? powerModulo(integerOf(base, 'base'), k, m) : powerModulo(invMod(base, m), -k, m)
}

/** The x in [0, modulus) with a·x = 1 modulo `modulus`. @throws RangeError when a and the modulus share a factor, modulus < 1 */
export function invMod(a: Integer, modulus: Integer): bigint {
  const [value, m] = [integerOf(a, 'a'), integerFrom(modulus, 'modulus', 1n)]
  const inverse = inverseModulo(value, m)
  if (inverse === undefined) {
    throw new RangeError(`Expected a number without a common factor with ${m}, got ${value}: both are divisible by ${gcdOfTwo(value, m)}.`)
  }
  return inverse
}

/** Whether n is prime, by BPSW: exact below 2^64, no exception known above; numbers below 2 are not. */
export function isPrime(n: Integer): boolean {
  return isPrimeByBpsw(integerOf(n, 'n'))
}

/** The least prime above n, in the sense of `isPrime`. */
export function nextPrime(n: Integer): bigint {
  const value = integerOf(n, 'n')
  if (value < 2n) return 2n
  let candidate = value + 1n + (value & 1n)
  while (!isPrimeByBpsw(candidate)) candidate += 2n
  return candidate
}

/**
 * The primes p with from <= p < to, increasing; `primes(to)` begins at 2.
 * @throws RangeError when `to` is above 2^53 - 1 or the range holds more than 10^8 integers
 */
export function primes(from: Integer, to?: Integer): bigint[] {
  const [first, end] = to === undefined ? [2n, integerOf(from, 'to')] : [integerOf(from, 'from'), integerOf(to, 'to')]
  const start = Number(first < 2n ? 2n : first)
  if (end <= BigInt(start)) return []
  const stop = smallInteger(end, 'to', 0, LARGEST_PRIME_RANGE)
  if (stop - start > LONGEST_RANGE) throw new RangeError(`Expected a range of at most ${LONGEST_RANGE} integers, got ${stop - start}.`)
  const found: bigint[] = []
  forEachPrime(start, stop, (p) => found.push(BigInt(p)))
  return found
}

/** floor(sqrt(n)). @throws RangeError for n < 0 */
export function isqrt(n: Integer): bigint {
  return rootOf(integerFrom(n, 'n', 0n), 2)
}

/** floor(n^(1/k)) for k >= 1. @throws RangeError for n < 0 or k outside 1 … 2^31 */
export function iroot(n: Integer, k: Integer): bigint {
  return rootOf(integerFrom(n, 'n', 0n), smallInteger(k, 'k', 1, LARGEST_DEGREE))
}

/** n over k for any integer n: the polynomial n·(n - 1)···(n - k + 1) / k!; 0 for k < 0. @throws RangeError when it would take more than 10^9 steps */
export function binomial(n: Integer, k: Integer): bigint {
  const [top, below] = [integerOf(n, 'n'), integerOf(k, 'k')]
  if (below < 0n || (top >= 0n && below > top)) return 0n
  const steps = smallInteger(top >= 0n && below > top - below ? top - below : below, 'k', 0, LARGEST_INDEX)
  return quotientOfProducts(top, steps)
}

/** top·(top - 1)···(top - steps + 1) / steps!, halves multiplied apart so that the factors are about equally long. */
function quotientOfProducts(top: bigint, steps: number): bigint {
  const product = (from: number, to: number, term: (i: number) => bigint): bigint => {
    if (to - from < 8) {
      let result = 1n
      for (let i = from; i < to; i++) result *= term(i)
      return result
    }
    const middle = (from + to) >> 1
    return product(from, middle, term) * product(middle, to, term)
  }
  return product(0, steps, (i) => top - BigInt(i)) / product(0, steps, (i) => BigInt(i + 1))
}

/** The n-th Fibonacci number, F(0) = 0, F(1) = 1, F(-n) = (-1)^(n + 1)·F(n), by doubling. @throws RangeError beyond 10^9 */
export function fibonacci(n: Integer): bigint {
  const index = smallInteger(n, 'n', -LARGEST_INDEX, LARGEST_INDEX)
  let [a, b] = [0n, 1n] // F(k), F(k + 1)
  for (const bit of Math.abs(index).toString(2)) {
    ;[a, b] = [a * (2n * b - a), a * a + b * b]
    if (bit === '1') [a, b] = [b, a + b]
  }
  return index < 0 && index % 2 === 0 ? -a : a
}

/**
 * The x in [0, lcm of the moduli) with x = residues[i] modulo moduli[i]; the moduli may share factors.
 * @throws RangeError when there is none, when the lists differ in length, or a modulus is below 1
 */
export function crt(residues: readonly Integer[], moduli: readonly Integer[]): bigint {
  if (residues.length !== moduli.length) {
    throw new RangeError(`Expected as many residues as moduli, got ${residues.length} and ${moduli.length}.`)
  }
  let [x, m] = [0n, 1n]
  moduli.forEach((modulus, i) => {
    const next = integerFrom(modulus, `moduli[${i}]`, 1n)
    const difference = integerOf(residues[i]!, `residues[${i}]`) - x
    const shared = gcdOfTwo(m, next)
    if (difference % shared !== 0n) {
      throw new RangeError(
        `Expected residues that agree, got ${residues[i]} modulo ${next}, which contradicts those before it modulo ${shared}.`,
      )
    }
    const step = modulo((difference / shared) * inverseModulo(m / shared, next / shared)!, next / shared)
    x += m * step
    m *= next / shared
  })
  return x
}
