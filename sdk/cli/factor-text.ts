/** A factorisation as people and programs read it, and whether it is right. */

import type { FactorResult } from '../functions/factor/factor-result.ts'
import { isPrime } from '../math/primality.ts'

/** `-1 * 2^3 * 3^2 * 5`, in the notation that DSage reads; parts still composite are marked. */
export function factorText({ sign, primes, composites }: FactorResult): string {
  const power = ({ value, exponent }: { readonly value: bigint; readonly exponent: number }) =>
    exponent === 1 ? String(value) : `${value}^${exponent}`
  const parts = [...(sign < 0 ? ['-1'] : []), ...primes.map(power), ...composites.map((part) => `(composite ${power(part)})`)]
  return parts.join(' * ') || '1'
}

/** The same for JSON: integers as decimal strings. */
export function factorJson({ complete, sign, primes, composites, effort }: FactorResult): object {
  const part = <Part extends { readonly value: bigint }>(one: Part) => ({ ...one, value: String(one.value) })
  return {
    complete,
    sign,
    primes: primes.map(part),
    composites: composites.map(part),
    effort: effort.map((one) => ({ ...one, composite: String(one.composite) })),
  }
}

/** What is wrong with a factorisation of n, a sentence each: multiplied again, and every factor tested again by BPSW. */
export function mistakesOf(n: bigint, { sign, primes, composites }: FactorResult): string[] {
  const product = [...primes, ...composites].reduce((all, { value, exponent }) => all * value ** BigInt(exponent), BigInt(sign))
  const wrong = primes.filter(({ value }) => !isPrime(value)).map(({ value }) => `Expected prime factors, but ${value} is not prime.`)
  if (product !== n) wrong.unshift(`Expected the product of the factors to be ${n}, it is ${product}.`)
  return wrong
}
