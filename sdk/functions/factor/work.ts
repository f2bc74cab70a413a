/**
 * What a volunteer computes for a factorisation. Pure and deterministic: the same unit gives the same bytes on every engine, whether it finds
 * something or not, so two volunteers who say "nothing found" can be compared.
 */
import { runCurve } from '../../math/ecm.ts'
import { curveSigma } from '../../math/schedule.ts'
import { trialDivision } from '../../math/trial-division.ts'

/** Divide n by the primes p, from <= p < to. */
export interface TrialUnit {
  readonly kind: 'trial'
  readonly n: bigint
  readonly from: number
  readonly to: number
}
/** Run the curves firstIndex, firstIndex + 1 … of a level on n, and stop after the first that finds a divisor. */
export interface EcmUnit {
  readonly kind: 'ecm'
  readonly n: bigint
  /** Digits of the factors the level is meant for; part of the curves' identity. */
  readonly level: number
  readonly firstIndex: number
  readonly curves: number
  readonly b1: number
  readonly b2: number
  /** Of the whole factorisation. */
  readonly seed: bigint
}
export type FactorUnit = TrialUnit | EcmUnit

export interface TrialOutput {
  readonly kind: 'trial'
  /** Prime divisors of n in the range, increasing, each once. */
  readonly factors: readonly bigint[]
}
export interface EcmOutput {
  readonly kind: 'ecm'
  /** At most one divisor 1 < g < n, perhaps composite. */
  readonly factors: readonly bigint[]
  /** Curves run, including the one that found the divisor. */
  readonly curves: number
  /** One number below 2^61 for each curve, which only running it gives. */
  readonly residues: readonly bigint[]
}
export type FactorOutput = TrialOutput | EcmOutput

/** Errors: RangeError for a unit no coordinator makes. */
export function work(input: FactorUnit, _ctx?: unknown): FactorOutput {
  if (typeof input.n !== 'bigint' || input.n < 2n) throw new RangeError(`Expected n to be a BigInt of at least 2, got ${String(input.n)}.`)
  return input.kind === 'trial' ? { kind: 'trial', factors: trialDivision(input.n, input.from, input.to) } : runCurves(input)
}

function runCurves(input: EcmUnit): EcmOutput {
  if (input.b1 < 16 || input.b2 <= input.b1) throw new RangeError(`Expected 16 <= b1 < b2, got b1 = ${input.b1} and b2 = ${input.b2}.`)
  const residues: bigint[] = []
  for (let i = 0; i < input.curves; i++) {
    const sigma = curveSigma(input.seed, input.level, input.firstIndex + i)
    const { factor, residue } = runCurve(input.n, sigma, input.b1, input.b2)
    residues.push(residue)
    if (factor !== undefined) return { kind: 'ecm', factors: [factor], curves: residues.length, residues }
  }
  return { kind: 'ecm', factors: [], curves: residues.length, residues }
}
