/** Reads what a stranger sent as the output of a unit. Nothing is believed here but the shape; divisors are checked where they are used. */
import type { FactorUnit } from './work.ts'

export interface ReadOutput {
  /** Whether an honest worker could have sent it for this unit. */
  readonly wellFormed: boolean
  /** Claimed divisors, unchecked. */
  readonly factors: readonly bigint[]
  /** Curves claimed, at most those asked for; 0 for trial division. */
  readonly curves: number
}

/** More prime divisors below 10^9 than a number of 2,000 digits can have in one range. */
const MOST_FACTORS = 1_000

/** `input` is undefined for a unit nobody remembers: then only the claimed divisors are read. */
export function readOutput(input: FactorUnit | undefined, output: unknown): ReadOutput {
  const fields = isRecord(output) ? output : {}
  const factors = Array.isArray(fields.factors) && fields.factors.length <= MOST_FACTORS ? fields.factors : undefined
  if (factors === undefined || !factors.every(isBigInt)) return { wellFormed: false, factors: [], curves: 0 }
  if (input === undefined || (input.kind === 'trial' && fields.kind === 'trial')) return { wellFormed: true, factors, curves: 0 }
  const { kind, curves, residues } = fields
  const wellFormed =
    input.kind === 'ecm' &&
    kind === 'ecm' &&
    factors.length <= 1 &&
    typeof curves === 'number' &&
    Number.isInteger(curves) &&
    curves >= 1 &&
    curves <= input.curves &&
    (factors.length === 1 || curves === input.curves) &&
    Array.isArray(residues) &&
    residues.length === curves &&
    residues.every(isBigInt)
  return { wellFormed, factors, curves: wellFormed ? curves : 0 }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isBigInt(value: unknown): value is bigint {
  return typeof value === 'bigint'
}
