/** Numbers n = ∏ part^exponent with parts that share no factor: any new divisor refines it, and nothing ever has to be factored twice. */
import { gcd } from './arithmetic.ts'

export type Part = readonly [value: bigint, exponent: number]

/**
 * Parts > 1, pairwise coprime, with the same product as `parts` (Bach, Driscoll, Shallit, "Factor refinement", J. Algorithms 15, 1993).
 * Sorted by value.
 */
export function coprimeBase(parts: readonly Part[]): Part[] {
  const base: Part[] = []
  const queue = parts.filter(([value]) => value > 1n)
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [value, exponent] = next
    const clash = base.findIndex(([other]) => gcd(other, value) !== 1n)
    if (clash === -1) {
      base.push(next)
      continue
    }
    const [other, otherExponent] = base[clash]!
    const shared = gcd(other, value)
    base.splice(clash, 1)
    const split: Part[] = [
      [other / shared, otherExponent],
      [shared, otherExponent + exponent],
      [value / shared, exponent],
    ]
    queue.push(...split.filter(([part]) => part > 1n))
  }
  return base.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** The parts of value^exponent that the divisors tell apart; divisors that share nothing with it are ignored. */
export function splitBy(value: bigint, exponent: number, divisors: readonly bigint[]): Part[] {
  let parts: Part[] = [[value, exponent]]
  for (const divisor of divisors) {
    const refined = parts.flatMap(([part, e]): Part[] => {
      const shared = gcd(part, divisor)
      return shared === 1n || shared === part
        ? [[part, e]]
        : [
            [shared, e],
            [part / shared, e],
          ]
    })
    if (refined.length > parts.length) parts = coprimeBase(refined)
  }
  return parts
}
