/** Division by the primes of a range. One BigInt remainder serves several primes: their product below 2^53 is split up in doubles. */
import { absolute } from './arithmetic.ts'
import { forEachPrime } from './primes.ts'

/** The primes p, from <= p < to, that divide n, increasing and each once; n other than 0. */
export function trialDivision(n: bigint, from: number, to: number): bigint[] {
  const found: bigint[] = []
  const whole = absolute(n)
  let [group, product]: [number[], number] = [[], 1]
  const flush = () => {
    const residue = Number(whole % BigInt(product))
    for (const p of group) if (residue % p === 0) found.push(BigInt(p))
    group = []
    product = 1
  }
  forEachPrime(from, to, (p) => {
    if (product * p > Number.MAX_SAFE_INTEGER) flush()
    group.push(p)
    product *= p
  })
  if (group.length > 0) flush()
  return found
}
