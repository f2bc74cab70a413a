/** The units handed out: which are due, which were cancelled but may still be answered, and how many curves are on their way. */
import { LEVELS } from '../../math/schedule.ts'
import type { EcmUnit, FactorUnit } from './work.ts'

export interface NextUnit {
  /** Fixes `input` within one factorisation; see unit-key.ts. */
  readonly key: string
  readonly input: FactorUnit
}

export class UnitLedger {
  readonly #outstanding = new Map<string, FactorUnit>()
  readonly #cancelled = new Map<string, FactorUnit>()

  constructor(outstanding: readonly NextUnit[] = []) {
    for (const unit of outstanding) this.issue(unit)
  }

  issue({ key, input }: NextUnit): void {
    this.#outstanding.set(key, input)
  }

  /** The unit this key stands for, if an answer to it would be the first. */
  awaited(key: string): FactorUnit | undefined {
    return this.#outstanding.get(key) ?? this.#cancelled.get(key)
  }

  /** Ends a unit, answered or failed. */
  close(key: string): void {
    this.#outstanding.delete(key)
    this.#cancelled.delete(key)
  }

  /** Cancels the units for which `wanted` is false and returns their keys. */
  cancelUnless(wanted: (input: FactorUnit) => boolean): string[] {
    const keys: string[] = []
    for (const [key, input] of this.#outstanding) {
      if (wanted(input)) continue
      this.#outstanding.delete(key)
      this.#cancelled.set(key, input)
      keys.push(key)
    }
    return keys
  }

  /** Handed out and neither answered nor cancelled. */
  get outstanding(): NextUnit[] {
    return Array.from(this.#outstanding, ([key, input]) => ({ key, input }))
  }

  get trialUnits(): number {
    return this.outstanding.filter(({ input }) => input.kind === 'trial').length
  }

  /** Outstanding curves: all, or those of a modulus and a position in LEVELS. */
  curves(n?: bigint, level?: number): number {
    let curves = 0
    for (const input of this.#outstanding.values()) {
      if (input.kind !== 'ecm' || (n !== undefined && input.n !== n) || (level !== undefined && levelIndex(input) !== level)) continue
      curves += input.curves
    }
    return curves
  }
}

/** Position in LEVELS of the level a unit belongs to. */
export function levelIndex(input: EcmUnit): number {
  return LEVELS.findIndex(({ digits }) => digits === input.level)
}
