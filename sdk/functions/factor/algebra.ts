/**
 * Divisors of a^k ± b^k that algebra gives for nothing: x^k - y^k is the product of the cyclotomic forms Φ_d(x, y) over d | k, and x^k + y^k of
 * those with d | 2k but not d | k. They are hints, not a factorisation: they share small primes, and whoever uses them divides first.
 */
import { absolute } from '../../math/arithmetic.ts'
import { perfectPower } from '../../math/perfect-power.ts'

/** a^k + b^k for sign 1, a^k - b^k for sign -1. */
export interface PowerSum {
  readonly a: bigint
  readonly b: bigint
  readonly k: number
  readonly sign: 1 | -1
}

/** n as a^k ± 1 with k >= 2 as large as possible, for n >= 2; a^k - 1 is tried first. */
export function asPowerPlusMinusOne(n: bigint): PowerSum | undefined {
  for (const sign of [-1, 1] as const) {
    const power = n - BigInt(sign)
    const root = power >= 2n ? perfectPower(power) : undefined
    if (root !== undefined) return { a: root.base, b: 1n, k: root.exponent, sign }
  }
  return undefined
}

/** Proper algebraic divisors > 1 of n = a^k ± 1, or none. */
export function algebraicDivisors(n: bigint): bigint[] {
  const sum = n >= 2n ? asPowerPlusMinusOne(n) : undefined
  return sum === undefined ? [] : powerSumDivisors(sum).filter((divisor) => divisor < n)
}

/** The cyclotomic parts > 1 of a^k ± b^k, for a > b >= 1, and the Aurifeuillian halves of 2^(4h+2) + 1. */
export function powerSumDivisors({ a, b, k, sign }: PowerSum): bigint[] {
  const orders = sign === -1 ? divisorsOf(k) : divisorsOf(2 * k).filter((d) => k % d !== 0)
  const parts = orders.map((d) => cyclotomic(d, a, b))
  const bits = log2Exact(a)
  if (sign === 1 && b === 1n && bits !== undefined && (bits * k) % 4 === 2) parts.push(...aurifeuillian(bits * k))
  return parts.map(absolute).filter((part) => part > 1n)
}

/** Φ_d(a, b) = ∏ over e | d of (a^e - b^e)^μ(d/e), for |a| other than |b|. */
export function cyclotomic(d: number, a: bigint, b: bigint): bigint {
  let [numerator, denominator] = [1n, 1n]
  for (const e of divisorsOf(d)) {
    const mu = moebius(d / e)
    if (mu === 0) continue
    const term = a ** BigInt(e) - b ** BigInt(e)
    if (mu === 1) numerator *= term
    else denominator *= term
  }
  return numerator / denominator
}

/** 2^m + 1 = (2^h - 2^((h+1)/2) + 1)(2^h + 2^((h+1)/2) + 1) for m = 2h, h odd (Aurifeuille 1871). */
function aurifeuillian(m: number): bigint[] {
  const h = m / 2
  const middle = 1n << BigInt((h + 1) / 2)
  const outer = (1n << BigInt(h)) + 1n
  return [outer - middle, outer + middle]
}

/** e for a = 2^e, else undefined. */
function log2Exact(a: bigint): number | undefined {
  const bits = a.toString(2)
  return a > 0n && bits.lastIndexOf('1') === 0 ? bits.length - 1 : undefined
}

function divisorsOf(k: number): number[] {
  const divisors: number[] = []
  for (let d = 1; d <= k; d++) if (k % d === 0) divisors.push(d)
  return divisors
}

function moebius(k: number): -1 | 0 | 1 {
  let [rest, sign] = [k, 1 as -1 | 1]
  for (let p = 2; p * p <= rest; p++) {
    if (rest % p !== 0) continue
    rest /= p
    if (rest % p === 0) return 0
    sign = sign === 1 ? -1 : 1
  }
  return rest > 1 ? (sign === 1 ? -1 : 1) : sign
}
