/** Is n = base^exponent with exponent >= 2? One root per prime exponent, after a filter by residues that spares nearly all of them. */
import { bitLength, iroot } from './arithmetic.ts'
import { primesBelow } from './primes.ts'

export interface PerfectPower {
  /** Not itself a perfect power. */
  readonly base: bigint
  /** At least 2. */
  readonly exponent: number
}

/** The representation with the largest exponent, for n >= 2; undefined when n is no perfect power. */
export function perfectPower(n: bigint): PerfectPower | undefined {
  let [base, exponent] = [n, 1]
  for (const k of primesBelow(bitLength(n) + 1)) {
    if (k >= bitLength(base)) break
    while (mayBePower(base, k)) {
      const root = iroot(base, k)
      if (root ** BigInt(k) !== base) break
      base = root
      exponent *= k
    }
  }
  return exponent === 1 ? undefined : { base, exponent }
}

/** False only when n is certainly no k-th power: modulo a prime q = 1 + m·k the k-th powers are 0 and the solutions of x^m = 1. */
function mayBePower(n: bigint, k: number): boolean {
  let tried = 0
  for (let q = k === 2 ? 3 : 2 * k + 1; tried < 3; q += k === 2 ? 2 : 2 * k) {
    if (!isSmallPrime(q)) continue
    tried++
    const residue = Number(n % BigInt(q))
    if (residue !== 0 && powModSmall(residue, (q - 1) / k, q) !== 1) return false
  }
  return true
}

function isSmallPrime(q: number): boolean {
  for (let d = 3; d * d <= q; d += 2) if (q % d === 0) return false
  return q % 2 === 1 && q > 1
}

/** base^exponent mod q for q < 2^26, exact in doubles. */
function powModSmall(base: number, exponent: number, q: number): number {
  let [result, b] = [1, base % q]
  for (let e = exponent; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = (result * b) % q
    b = (b * b) % q
  }
  return result
}
