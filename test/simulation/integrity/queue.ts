import type { UnitTable } from './unit-table.ts'

/** Candidates that a request looks at, as the store does. */
const LOOKED_AT = 200

/** Units that wait for another opinion, the oldest first. */
export class Queue {
  #units: number[] = []
  #head = 0
  #holes = 0
  readonly #table: UnitTable

  constructor(table: UnitTable) {
    this.#table = table
  }

  push(unit: number): void {
    this.#units.push(unit)
  }

  /** The first unit that needs a copy and that the device never had, or -1. It leaves the queue once nobody else is wanted. */
  take(device: number): number {
    let looked = 0
    if (this.#holes > LOOKED_AT) this.#close()
    for (let i = this.#head; i < this.#units.length && looked < LOOKED_AT; i++) {
      const unit = this.#units[i] as number
      if (unit < 0) continue
      if (!this.#table.needsCopy(unit)) this.#remove(i, unit)
      else if (!this.#table.had(unit, device)) {
        if ((this.#table.live[unit] as number) + 1 >= (this.#table.wanted[unit] as number)) this.#remove(i, unit)
        return unit
      } else looked += 1
    }
    return -1
  }

  #remove(index: number, unit: number): void {
    this.#units[index] = -1
    this.#table.queued[unit] = 0
    this.#holes += 1
    while (this.#head < this.#units.length && (this.#units[this.#head] as number) < 0) this.#head += 1
  }

  #close(): void {
    this.#units = this.#units.filter((unit) => unit >= 0)
    this.#head = 0
    this.#holes = 0
  }
}
