/** The options of a factorisation, and their bounds. */
import type { UnitSeconds } from './unit-size.ts'

export interface FactorOptions {
  /** Fixes all curves: the same seed and the same answers give the same units. Any integer. */
  readonly seed: bigint
  /** Split a^k ± 1 by algebra before anything else. @default true */
  readonly algebra?: boolean
  /** Numbers known to divide, or to share divisors with n, such as `parseExpression(…).divisors`. False ones do no harm. @default [] */
  readonly divisors?: readonly bigint[]
  /** Divide by the primes below this, 0 to 10^9. Up to 10^6 that is done at once unless `distributeFrom` is 0. @default 1000000 */
  readonly trialDivisionLimit?: number
  /**
   * Composites of fewer decimal digits are finished locally, by `stepLocal`. 0: everything is distributed, the trial division too, except
   * composites below 10^12 that are left when the division went less far, or when somebody lied about it. @default 30
   */
  readonly distributeFrom?: number
  /** Ends with a partial result. Outstanding curves are waited for. @default unlimited */
  readonly budget?: { readonly curves?: number }
  /** Threads that share the work, at the start. @default 2 */
  readonly workers?: number
  readonly unitSeconds?: UnitSeconds
}

export interface Settings {
  readonly seed: bigint
  readonly algebra: boolean
  readonly divisors: readonly bigint[]
  readonly trialDivisionLimit: number
  readonly distributeFrom: number
  readonly maximumCurves: number
  readonly workers: number
  readonly unitSeconds: UnitSeconds
}

/** With defaults filled in; throws one RangeError that names every problem. */
export function checkOptions(options: FactorOptions): Settings {
  const problems: string[] = []
  const number = (name: string, value: number, least: number, most: number) => {
    if (Number.isInteger(value) && value >= least && value <= most) return
    problems.push(`Expected \`${name}\` to be an integer from ${least} to ${most}, got ${String(value)}.`)
  }
  const { trialDivisionLimit = 1_000_000, distributeFrom = 30, workers = 2, unitSeconds = {} } = options
  number('trialDivisionLimit', trialDivisionLimit, 0, 1e9)
  number('distributeFrom', distributeFrom, 0, 100)
  number('workers', workers, 1, 1e6)
  if (options.budget?.curves !== undefined) number('budget.curves', options.budget.curves, 0, Number.MAX_SAFE_INTEGER)
  if (typeof options.seed !== 'bigint') problems.push(`Expected \`seed\` to be a BigInt, got ${typeof options.seed}.`)
  for (const [name, seconds] of Object.entries(unitSeconds)) {
    if (!(seconds >= 0 && seconds <= 86_400))
      problems.push(`Expected \`unitSeconds.${name}\` to be 0 to 86400 seconds, got ${String(seconds)}.`)
  }
  if (problems.length > 0) throw new RangeError(problems.join(' '))
  return {
    seed: options.seed,
    algebra: options.algebra ?? true,
    divisors: options.divisors ?? [],
    trialDivisionLimit,
    distributeFrom,
    maximumCurves: options.budget?.curves ?? Number.POSITIVE_INFINITY,
    workers,
    unitSeconds,
  }
}
