/** The ranges of primes a trial division is cut into, handed out in order. */
import { trialKey } from './unit-key.ts'
import type { NextUnit } from './unit-ledger.ts'

/** Numbers in a range: 25 units for the default limit, none above 50 ms. */
const RANGE = 40_000

export class TrialRanges {
  readonly #n: bigint
  readonly #from: number
  readonly #to: number
  #issued: number

  /** Primes p of n, from <= p < to; the first `issued` ranges were handed out before. */
  constructor(n: bigint, from: number, to: number, issued: number) {
    this.#n = n
    this.#from = from
    this.#to = to
    this.#issued = issued
  }

  get issued(): number {
    return this.#issued
  }

  get count(): number {
    return Math.ceil((this.#to - this.#from) / RANGE)
  }

  next(): NextUnit | undefined {
    if (this.#issued === this.count) return undefined
    const index = this.#issued++
    const from = this.#from + index * RANGE
    return { key: trialKey(index), input: { kind: 'trial', n: this.#n, from, to: Math.min(from + RANGE, this.#to) } }
  }
}
