/**
 * Lenstra's elliptic-curve method on Suyama's curves: one curve finds a prime p of n when the curve's order modulo p is a product of prime
 * powers up to B1 and at most one prime up to B2. The time depends on p far more than on n.
 */
import { gcd, invMod } from './arithmetic.ts'
import { multiplyByPrime } from './lucas-chain.ts'
import { type Curve, type Point, suyama } from './montgomery-curve.ts'
import { primesBelow } from './primes.ts'
import { stageTwo } from './stage-two.ts'

/** Modulus of the audit residue, a Mersenne prime. */
const RESIDUE_MODULUS = (1n << 61n) - 1n

export interface CurveOutcome {
  /** A divisor 1 < g < n, perhaps composite. */
  readonly factor: bigint | undefined
  /** Below 2^61, from the affine x after stage 1 and the product of stage 2: equal for all who really ran the curve. */
  readonly residue: bigint
}

/** Runs one curve on n >= 2; `b1` at least 16. */
export function runCurve(n: bigint, sigma: bigint, b1: number, b2: number): CurveOutcome {
  const { a24, denominator, point } = suyama(n, sigma)
  if (a24 === undefined) return outcome(properDivisor(denominator, n), denominator, 0n)
  const curve: Curve = { n, a24 }
  const end = stageOne(curve, point, b1)
  const inverse = invMod(end.z, n)
  if (inverse === undefined) {
    return outcome(properDivisor(end.z, n) ?? stageOneStepByStep(curve, point, b1), end.x, 0n)
  }
  const x = (((end.x * inverse) % n) + n) % n
  const second = stageTwo(curve, x, b1, b2)
  return outcome(second.factor, x, second.product)
}

/** The point times every prime power up to b1. */
function stageOne(curve: Curve, start: Point, b1: number): Point {
  let q = start
  for (const p of primesBelow(b1 + 1)) for (let power = p; power <= b1; power *= p) q = multiplyByPrime(curve, q, p)
  return q
}

/** The same with a gcd after each prime, because all primes of n vanished together; undefined when even one step takes them all. */
function stageOneStepByStep(curve: Curve, start: Point, b1: number): bigint | undefined {
  let q = start
  for (const p of primesBelow(b1 + 1)) {
    for (let power = p; power <= b1; power *= p) {
      q = multiplyByPrime(curve, q, p)
      const divisor = gcd(q.z, curve.n)
      if (divisor === curve.n) return undefined
      if (divisor > 1n) return divisor
    }
  }
  return undefined
}

function properDivisor(value: bigint, n: bigint): bigint | undefined {
  const divisor = gcd(value, n)
  return divisor > 1n && divisor < n ? divisor : undefined
}

function outcome(factor: bigint | undefined, x: bigint, product: bigint): CurveOutcome {
  const residue = (x * 1_000_003n + product) % RESIDUE_MODULUS
  return { factor, residue: residue < 0n ? residue + RESIDUE_MODULUS : residue }
}
