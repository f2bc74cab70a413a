import type { KeyedUnit } from './function-steps.ts'
import type { UnitSpec } from './protocol.ts'

/** The units of a computation: each is wanted, no longer wanted, or processed. */
export class FunctionUnits<Input> {
  readonly outstanding = new Map<string, KeyedUnit<Input>>()
  readonly dropped = new Map<string, KeyedUnit<Input>>()
  readonly processed = new Map<string, KeyedUnit<Input>>()
  /** Of each processed unit the event that was processed. */
  readonly answers = new Map<string, number>()
  /** Outstanding units that may not be at the server yet. */
  readonly unsent = new Map<string, UnitSpec>()

  /** One whose answer is to be processed. */
  find(key: string): KeyedUnit<Input> | undefined {
    return this.outstanding.get(key) ?? this.dropped.get(key)
  }

  has(key: string): boolean {
    return this.find(key) !== undefined || this.processed.has(key)
  }

  put(unit: KeyedUnit<Input>, input: Uint8Array): void {
    this.outstanding.set(unit.key, unit)
    this.unsent.set(unit.key, { key: unit.key, input, inputs: 1 })
  }

  /** Whether it was wanted. */
  drop(key: string): boolean {
    const unit = this.outstanding.get(key)
    if (unit === undefined) return false
    this.outstanding.delete(key)
    this.unsent.delete(key)
    this.dropped.set(key, unit)
    return true
  }

  /** @param n number of the event that is processed */
  process(unit: KeyedUnit<Input>, n: number): void {
    for (const units of [this.outstanding, this.dropped, this.unsent]) units.delete(unit.key)
    this.processed.set(unit.key, unit)
    this.answers.set(unit.key, n)
  }

  /** Its answer does not hold: another one is wanted. */
  reopen(unit: KeyedUnit<Input>): void {
    this.processed.delete(unit.key)
    this.answers.delete(unit.key)
    this.outstanding.set(unit.key, unit)
  }
}
