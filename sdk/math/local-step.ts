/** One bounded piece of work on a small composite, done where the coordinator lives: a unit would cost more than it computes. */
import { isqrt } from './arithmetic.ts'
import { runCurve } from './ecm.ts'
import type { Composite } from './factorization.ts'
import { rho } from './rho.ts'
import { curveSigma, LEVELS } from './schedule.ts'
import { trialDivision } from './trial-division.ts'

/** Below this, division up to the root always ends it, in some ten milliseconds. */
export const DIVISION_BELOW = 10n ** 12n
const RHO_BELOW = 10n ** 20n
/** Several times what a prime of ten digits needs. */
const RHO_ITERATIONS = 400_000

export interface LocalOutcome {
  readonly divisors: readonly bigint[]
  /** The curve that was run, if one was: position in LEVELS. */
  readonly level?: number
}

/** At most about 0.1 s for composites below 45 digits. `level` is the one to run a curve of. */
export function localStep(composite: Composite, level: number, seed: bigint): LocalOutcome {
  const n = composite.value
  if (n < DIVISION_BELOW) return { divisors: trialDivision(n, 2, Number(isqrt(n)) + 1) }
  const divisor = n < RHO_BELOW && composite.done.every((curves) => curves === 0) ? rho(n, RHO_ITERATIONS) : undefined
  if (divisor !== undefined) return { divisors: [divisor] }
  const { digits, b1, b2 } = LEVELS[level]!
  const { factor } = runCurve(n, curveSigma(seed, digits, composite.next[level]!), b1, b2)
  return { divisors: factor === undefined ? [] : [factor], level }
}
