/**
 * A small or prime number leaves the workers little or nothing to do. Then they check the answer instead: the product, and that every factor
 * is a strong probable prime to one base, a unit a base, each computed by two devices.
 */
import type { DSage } from '../dsage.ts'
import type { FactorResult } from '../functions/factor/factor-result.ts'
import type { Job } from '../job.ts'
import { START_PURPOSE } from './demonstration.ts'

interface Claim {
  readonly n: bigint
  readonly factors: readonly (readonly [value: bigint, exponent: number])[]
  readonly base: bigint
}

const BASES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89].map(BigInt)

/** Travels as text, so it uses nothing from outside itself. */
function holds({ n, factors, base }: Claim): boolean {
  const isProbablePrime = (p: bigint): boolean => {
    if (p === 2n || p === base) return true
    if (p < 2n || p % 2n === 0n) return false
    let odd = p - 1n
    while (odd % 2n === 0n) odd /= 2n
    let power = 1n
    for (const bit of odd.toString(2)) power = (power * power * (bit === '1' ? base : 1n)) % p
    if (power === 1n) return true
    for (let exponent = odd; exponent < p - 1n; exponent *= 2n) {
      if (power === p - 1n) return true
      power = (power * power) % p
    }
    return base % p === 0n
  }
  return factors.reduce((product, [p, e]) => product * p ** BigInt(e), 1n) === n && factors.every(([p]) => isProbablePrime(p))
}

/** One value for each of 24 bases: whether the factorisation of n holds. */
export function confirm(d: DSage, n: bigint, { primes }: FactorResult): Job<boolean, boolean[], Claim> {
  const factors = primes.map(({ value, exponent }) => [value, exponent] as const)
  const claims = BASES.map((base): Claim => ({ n: n < 0n ? -n : n, factors, base }))
  return d.map(holds, claims, {
    name: `check the factors of ${n}`.slice(0, 60),
    purpose: START_PURPOSE,
    redundancy: { quorum: 2 },
    ownDevices: false,
    batch: 1,
  })
}
