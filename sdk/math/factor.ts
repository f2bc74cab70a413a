/** Complete factorisation where one stands, without a cluster: division, perfect powers, Pollard's rho, elliptic curves of rising bounds. */

import { absolute } from './arithmetic.ts'
import { Factorization } from './factorization.ts'
import { type Integer, integerOf } from './integer.ts'
import { localStep } from './local-step.ts'
import { LEVELS } from './schedule.ts'
import { trialDivision } from './trial-division.ts'

const DIVIDED_BELOW = 10_000

/** A prime and its exponent. */
export type PrimePower = readonly [prime: bigint, exponent: bigint]

/**
 * The prime powers of n, increasing; a negative n begins with [-1n, 1n], and 1 has none. Primes above 2^64 are probable primes (BPSW).
 * Time grows with the second greatest prime: seconds up to some 20 digits. For more there is `DistributedFactor`.
 * @throws RangeError for 0
 */
export function factor(n: Integer): PrimePower[] {
  const value = integerOf(n, 'n')
  if (value === 0n) throw new RangeError('Expected an integer other than 0: every number divides it, so it has no factorisation.')
  const found = [...smallPrimes(absolute(value))]
  const rest = found.reduce((left, [prime, exponent]) => left / prime ** exponent, absolute(value))
  const powers = [...found, ...primesOf(rest)]
  return value < 0n ? [[-1n, 1n], ...powers] : powers
}

function* smallPrimes(n: bigint): Generator<PrimePower> {
  for (const prime of trialDivision(n, 2, DIVIDED_BELOW)) {
    let [exponent, left] = [0n, n]
    for (; left % prime === 0n; left /= prime) exponent++
    yield [prime, exponent]
  }
}

function primesOf(n: bigint): PrimePower[] {
  const books = new Factorization([[n, 1]])
  for (let [composite] = books.composites; composite !== undefined; [composite] = books.composites) {
    const { value, done } = composite
    const due = LEVELS.findIndex(({ curves }, level) => done[level]! < curves)
    const { divisors, level } = localStep(composite, due === -1 ? LEVELS.length - 1 : due, 0n)
    if (level !== undefined) {
      books.take(value, level, 1)
      books.credit(value, level, 1)
    }
    books.split(divisors)
  }
  return books.primes.map(([prime, exponent]) => [prime, BigInt(exponent)])
}
