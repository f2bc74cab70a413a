/**
 * The books of one factorisation: |n| = ∏ prime^e · ∏ composite^e, all parts coprime, whatever anybody claims. A divisor counts only after it
 * divided; what it splits off inherits the curves already run, because a curve modulo n was a curve modulo every divisor of n.
 */
import { gcd } from './arithmetic.ts'
import { type Part, splitBy } from './coprime-base.ts'
import { perfectPower } from './perfect-power.ts'
import { isPrime } from './primality.ts'
import { LEVELS } from './schedule.ts'

/** A part known to be composite. */
export interface Composite {
  readonly value: bigint
  readonly exponent: number
  /** Curves run, one entry for each of LEVELS. */
  readonly done: readonly number[]
  /** Index of the next curve nobody was given, one entry for each of LEVELS. */
  readonly next: readonly number[]
}

const NOTHING = LEVELS.map(() => 0)

export class Factorization {
  readonly #primes = new Map<bigint, number>()
  readonly #composites = new Map<bigint, Composite>()

  /** The parts of a positive number; each is classified here. */
  constructor(parts: readonly Part[]) {
    for (const [value, exponent] of parts) this.#classify(value, exponent, NOTHING, NOTHING)
  }

  /** From books that were saved; primality is not decided again. */
  static reopen(primes: readonly Part[], composites: readonly Composite[]): Factorization {
    const books = new Factorization([])
    for (const [value, exponent] of primes) books.#primes.set(value, exponent)
    for (const composite of composites) books.#composites.set(composite.value, composite)
    return books
  }

  /** Increasing. */
  get primes(): Part[] {
    return [...this.#primes].sort(([a], [b]) => compare(a, b))
  }

  /** Increasing, so the first is the cheapest. */
  get composites(): Composite[] {
    return [...this.#composites.values()].sort((a, b) => compare(a.value, b.value))
  }

  has(composite: bigint): boolean {
    return this.#composites.has(composite)
  }

  /** Splits every composite that shares a proper divisor with one of these numbers; says whether any did. */
  split(divisors: readonly bigint[]): boolean {
    let changed = false
    for (const composite of this.composites) {
      const sharing = divisors.filter((divisor) => gcd(divisor, composite.value) > 1n)
      const parts = sharing.length === 0 ? [] : splitBy(composite.value, composite.exponent, sharing)
      if (parts.length < 2) continue
      changed = true
      this.#composites.delete(composite.value)
      for (const [value, exponent] of parts) this.#classify(value, exponent, composite.done, composite.next)
    }
    return changed
  }

  /** Curves were run modulo n: they count for every composite that divides n. */
  credit(n: bigint, level: number, curves: number): void {
    for (const composite of this.composites) {
      if (n % composite.value === 0n) this.#composites.set(composite.value, { ...composite, done: raised(composite.done, level, curves) })
    }
  }

  /** Hands out the next `curves` curve numbers of a composite and returns the first. */
  take(value: bigint, level: number, curves: number): number {
    const composite = this.#composites.get(value)
    if (composite === undefined) throw new Error(`Expected one of the composites, got ${value}.`)
    this.#composites.set(value, { ...composite, next: raised(composite.next, level, curves) })
    return composite.next[level]!
  }

  /** 1, a power, a prime or a composite. */
  #classify(value: bigint, exponent: number, done: readonly number[], next: readonly number[]): void {
    if (value === 1n) return
    const power = perfectPower(value)
    const [base, e] = power === undefined ? [value, exponent] : [power.base, power.exponent * exponent]
    if (isPrime(base)) this.#primes.set(base, e)
    else this.#composites.set(base, { value: base, exponent: e, done, next })
  }
}

function raised(counts: readonly number[], level: number, by: number): number[] {
  return counts.map((count, i) => (i === level ? count + by : count))
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
