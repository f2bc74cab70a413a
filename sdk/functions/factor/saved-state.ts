/** A factorisation as plain JSON, so that another client can go on with it: big integers are decimal strings. */
import type { Part } from '../../math/coprime-base.ts'
import type { Composite } from '../../math/factorization.ts'
import { LEVELS } from '../../math/schedule.ts'
import type { FactorOptions, Settings } from './factor-options.ts'
import type { FactorUnit } from './work.ts'

export interface Counts {
  curvesLocal: number
  curvesDistributed: number
  /** Both kinds, one entry for each of LEVELS. */
  curvesOfLevel: number[]
  rejectedFactors: number
  rejectedOutputs: number
}
export interface SavedState {
  readonly n: bigint
  readonly options: FactorOptions
  readonly primes: readonly Part[]
  readonly composites: readonly Composite[]
  readonly trialIssued: number
  readonly outstanding: readonly { readonly key: string; readonly input: FactorUnit }[]
  readonly counts: Counts
  readonly ratio: number | undefined
  readonly stopped: boolean
}

const VERSION = 1
/** How a BigInt stands in the JSON; every string of the state that is one begins with it. */
const MARK = 'int:'

/** Settings become options again: an unlimited budget is an absent one, since JSON knows no Infinity. */
export function writeState(state: Omit<SavedState, 'options'> & { readonly options: Settings }): unknown {
  const { maximumCurves, ...options } = state.options
  const budget = Number.isFinite(maximumCurves) ? { budget: { curves: maximumCurves } } : {}
  const plain = { version: VERSION, levels: LEVELS.map(({ digits }) => digits), ...state, options: { ...options, ...budget } }
  return JSON.parse(JSON.stringify(plain, (_key, value: unknown) => (typeof value === 'bigint' ? `${MARK}${value}` : value)))
}

/** Throws RangeError when this is no state, or one of another version or schedule. */
export function readState(saved: unknown): SavedState {
  const revived: unknown = JSON.parse(JSON.stringify(saved) ?? 'null', (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  )
  if (!isState(revived)) throw new RangeError(`Expected a factorisation saved by version ${VERSION} with the same schedule: start it anew.`)
  return revived
}

function isState(value: unknown): value is SavedState {
  if (typeof value !== 'object' || value === null) return false
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const lists = [fields.primes, fields.composites, fields.outstanding]
  const schedule = JSON.stringify(LEVELS.map(({ digits }) => digits))
  return (
    fields.version === VERSION && JSON.stringify(fields.levels) === schedule && typeof fields.n === 'bigint' && lists.every(Array.isArray)
  )
}
