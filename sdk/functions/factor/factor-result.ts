/** The answer of a factorisation, whole or partial, and an estimate of how far it is. */
import { absolute, log10 } from '../../math/arithmetic.ts'
import type { Composite, Factorization } from '../../math/factorization.ts'
import { type PrimeLabel, primeLabel } from '../../math/primality.ts'
import { LEVELS } from '../../math/schedule.ts'
import { modelSeconds } from './unit-size.ts'

export interface FactorResult {
  /** Whether `composites` is empty. */
  readonly complete: boolean
  readonly sign: 1 | -1
  /** sign · ∏ value^exponent over primes and composites is n. Increasing. */
  readonly primes: readonly { readonly value: bigint; readonly exponent: number; readonly label: PrimeLabel }[]
  readonly composites: readonly { readonly value: bigint; readonly exponent: number }[]
  /** For each composite, in the same order, what was tried in vain. */
  readonly effort: readonly Effort[]
}
export interface Effort {
  readonly composite: bigint
  /** Levels with at least one curve: digits of the factors meant, bound of stage 1, curves run and curves expected to be needed. */
  readonly levels: readonly { readonly digits: number; readonly b1: number; readonly curves: number; readonly expected: number }[]
}
export interface FactorProgress {
  /** 0 to 1, never falling; an estimate, since nobody knows the size of a factor before it is found. */
  readonly fraction: number
  /** Curves run so far, for each level of the schedule. */
  readonly curves: readonly { readonly digits: number; readonly done: number }[]
}

export function factorResult(n: bigint, books: Factorization): FactorResult {
  const composites = books.composites
  return {
    complete: composites.length === 0,
    sign: n < 0n ? -1 : 1,
    primes: books.primes.map(([value, exponent]) => ({ value, exponent, label: primeLabel(value) })),
    composites: composites.map(({ value, exponent }) => ({ value, exponent })),
    effort: composites.map(effortOn),
  }
}

function effortOn({ value, done }: Composite): Effort {
  const levels = LEVELS.map(({ digits, b1, curves }, i) => ({ digits, b1, curves: done[i]!, expected: curves }))
  return { composite: value, levels: levels.filter(({ curves }) => curves > 0) }
}

/** Digits in known primes count as done, those of a composite by the share of the curves that a factor of half its size is expected to need. */
export function fractionOf(n: bigint, books: Factorization, dividedShare: number): number {
  const digits = log10(absolute(n))
  if (books.composites.length === 0 || digits === 0) return 1
  let open = 0
  for (const composite of books.composites) open += composite.exponent * log10(composite.value) * (1 - shareOf(composite))
  return Math.min(0.99, Math.max(0, 1 - (open / digits) * (1 - 0.02 * dividedShare)))
}

function shareOf({ value, done }: Composite): number {
  let [spent, expected] = [0, 0]
  for (const [i, { digits, b1, b2, curves }] of LEVELS.entries()) {
    if (i > 0 && digits > log10(value) / 2 + 5) break
    const seconds = modelSeconds(value, b1, b2)
    spent += seconds * Math.min(done[i]!, curves)
    expected += seconds * curves
  }
  return (0.95 * spent) / expected
}
