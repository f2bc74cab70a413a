/**
 * Decides what is computed next in a factorisation and what an answer means. A pure state machine: no clock, no network, no randomness; events
 * in (`result`, `failed`, `measured`), instructions out (`next`, keys to cancel). The books are in factorization.ts, the sizes in unit-size.ts.
 * Order of work: algebra · trial division · then, whatever is left, curves level by level, within a level the smallest composite first. So a
 * small cofactor is never kept waiting by a large one, and a hopeless one never starves the rest.
 */

import { absolute, digitCount, isqrt } from '../../math/arithmetic.ts'
import { splitBy } from '../../math/coprime-base.ts'
import { type Composite, Factorization } from '../../math/factorization.ts'
import { DIVISION_BELOW, localStep } from '../../math/local-step.ts'
import { LEVELS } from '../../math/schedule.ts'
import { trialDivision } from '../../math/trial-division.ts'
import { algebraicDivisors } from './algebra.ts'
import { checkOptions, type FactorOptions, type Settings } from './factor-options.ts'
import { type FactorProgress, type FactorResult, factorResult, fractionOf } from './factor-result.ts'
import { readOutput } from './output-shape.ts'
import { type Counts, readState, type SavedState, writeState } from './saved-state.ts'
import { TrialRanges } from './trial-ranges.ts'
import { ecmKey } from './unit-key.ts'
import { levelIndex, type NextUnit, UnitLedger } from './unit-ledger.ts'
import { modelSeconds, UnitSize } from './unit-size.ts'
import type { EcmUnit, FactorUnit } from './work.ts'

export interface Effect {
  /** Outstanding units that are obsolete; an answer that comes nevertheless is still welcome. */
  readonly cancel: readonly string[]
}

/** Trial division up to here is done at once, where the coordinator lives (15 ms), unless everything is to be distributed. */
const LOCAL_TRIAL_LIMIT = 1_000_000

export class FactorCoordinator {
  readonly #n: bigint
  readonly #settings: Settings
  readonly #books: Factorization
  readonly #size: UnitSize
  readonly #ledger: UnitLedger
  /** What was answered, with the curves that count for it: an answer may be measured later, or taken back. */
  readonly #answered = new Map<string, { readonly input: FactorUnit; readonly curves: number }>()
  readonly #ranges: TrialRanges
  #workers: number
  #stopped = false
  #counts: Counts = { curvesLocal: 0, curvesDistributed: 0, curvesOfLevel: LEVELS.map(() => 0), rejectedFactors: 0, rejectedOutputs: 0 }
  #progress = 0

  /** Throws RangeError for 0, which has no factorisation, and for options out of bounds. */
  constructor(n: bigint, options: FactorOptions, saved?: SavedState) {
    if (n === 0n) throw new RangeError('Expected an integer other than 0, got 0: every number divides it, so it has no factorisation.')
    this.#n = n
    this.#settings = checkOptions(options)
    this.#workers = this.#settings.workers
    const limit = Math.min(this.#settings.trialDivisionLimit, Number(isqrt(absolute(n))) + 1)
    const dividedHere = this.#settings.distributeFrom === 0 ? 0 : Math.min(limit, LOCAL_TRIAL_LIMIT)
    this.#ranges = new TrialRanges(absolute(n), dividedHere, limit, saved?.trialIssued ?? 0)
    this.#size = new UnitSize(this.#settings.unitSeconds, this.#settings.distributeFrom === 0, saved?.ratio)
    this.#books = saved === undefined ? this.#open(dividedHere) : Factorization.reopen(saved.primes, saved.composites)
    this.#ledger = new UnitLedger(saved?.outstanding)
    if (saved === undefined) return
    this.#counts = { ...saved.counts, curvesOfLevel: [...saved.counts.curvesOfLevel] }
    this.#stopped = saved.stopped
  }

  /** From what `save` gave. Throws RangeError when it is nothing of the kind. */
  static restore(saved: unknown): FactorCoordinator {
    const state = readState(saved)
    return new FactorCoordinator(state.n, state.options, state)
  }

  /** Plain JSON; integers beyond 2^53 as decimal strings. */
  save(): unknown {
    return writeState({
      n: this.#n,
      options: this.#settings,
      primes: this.#books.primes,
      composites: this.#books.composites,
      trialIssued: this.#ranges.issued,
      outstanding: this.outstanding,
      counts: this.#counts,
      ratio: this.#size.ratio,
      stopped: this.#stopped,
    })
  }

  /** The next unit for a worker; undefined when all is done, when answers must come first, or when only `stepLocal` can go on. */
  next(): NextUnit | undefined {
    if (this.done) return undefined
    const unit = this.#ranges.next() ?? (this.#rangesLeft > 0 ? undefined : this.#nextCurves())
    if (unit !== undefined) this.#ledger.issue(unit)
    return unit
  }

  /** One bounded piece of local work (at most about 0.1 s by default); false when there is none. Call it between events until it says so. */
  stepLocal(): boolean {
    const composite = this.#localComposite
    if (composite === undefined) return false
    const level = this.#levelOf(composite)
    const outcome = localStep(composite, level, this.#settings.seed)
    if (outcome.level !== undefined) {
      this.#books.take(composite.value, level, 1)
      this.#books.credit(composite.value, level, 1)
      this.#counts.curvesLocal++
      this.#counts.curvesOfLevel[level]!++
    }
    this.#books.split(outcome.divisors)
    return true
  }

  /** What a worker answered, of any shape. Divisors are checked by division; an answer with a false one, or of a wrong shape, is no effort. */
  result(key: string, output: unknown): Effect {
    const input = this.#ledger.awaited(key)
    const modulus = input?.n ?? absolute(this.#n)
    const answer = readOutput(input, output)
    const divisors = answer.factors.filter((g) => g > 1n && g < modulus && modulus % g === 0n)
    const honest = answer.wellFormed && divisors.length === answer.factors.length
    this.#counts.rejectedFactors += answer.factors.length - divisors.length
    if (!answer.wellFormed) this.#counts.rejectedOutputs++
    this.#close(key, input, honest ? answer.curves : undefined)
    this.#books.split(divisors)
    return this.#cancelObsolete()
  }

  /** A unit nobody could compute. A range of trial division is then divided here; curves are simply not counted. */
  failed(key: string): Effect {
    this.#close(key, this.#ledger.awaited(key), undefined)
    return this.#cancelObsolete()
  }

  /** The answer was taken back and another will come: its curves no longer count. Divisors stay, since they do divide. */
  retracted(key: string): Effect {
    const answered = this.#answered.get(key)
    if (answered === undefined) return { cancel: [] }
    const { input, curves } = answered
    this.#answered.delete(key)
    this.#ledger.issue({ key, input })
    if (input.kind === 'ecm') this.#count(input, -curves)
    return this.#cancelObsolete()
  }

  /** Seconds one unit computed at a volunteer; before or after its `result`. Sizes later units, nothing else. */
  measured(key: string, seconds: number): void {
    const input = this.#ledger.awaited(key)
    const answered = this.#answered.get(key)
    const unit = input?.kind === 'ecm' ? input : answered?.input.kind === 'ecm' ? { ...answered.input, curves: answered.curves } : undefined
    if (unit !== undefined && unit.curves > 0) this.#size.measured(modelSeconds(unit.n, unit.b1, unit.b2) * unit.curves, seconds)
  }

  /** How many threads share the work; units shrink as it grows. */
  set workers(count: number) {
    this.#workers = Math.max(1, count)
  }

  /** Ends it with what is known; `factors` says whether that is everything. */
  stop(): Effect {
    this.#stopped = true
    return this.#cancelObsolete()
  }

  /** Whether nothing will change any more: everything is prime, or it was stopped, or the budget is spent and no answer is due. */
  get done(): boolean {
    if (this.#books.composites.length === 0 || this.#stopped) return true
    return (
      this.#rangesLeft === 0 &&
      this.#ledger.outstanding.length === 0 &&
      this.#curvesAllowed() < 1 &&
      !this.#books.composites.some((c) => c.value < DIVISION_BELOW)
    )
  }

  /** Units handed out and neither answered nor cancelled: what a restarted client adds again. */
  get outstanding(): NextUnit[] {
    return this.#ledger.outstanding
  }

  /** Whether `stepLocal` would do something. */
  get hasLocalWork(): boolean {
    return this.#localComposite !== undefined
  }

  /** Prime and exponent, increasing; [-1, 1] first for a negative number; nothing for 1. */
  get primeFactors(): [bigint, number][] {
    const primes = this.#books.primes.map(([p, e]): [bigint, number] => [p, e])
    return this.#n < 0n ? [[-1n, 1], ...primes] : primes
  }

  /** Parts known to be composite and their exponents, increasing. */
  get compositeFactors(): [bigint, number][] {
    return this.#books.composites.map(({ value, exponent }) => [value, exponent])
  }

  /** The answer at any time; `complete` says whether it is the whole factorisation. */
  get factors(): FactorResult {
    return factorResult(this.#n, this.#books)
  }

  get progress(): FactorProgress {
    const divided = this.#ranges.count === 0 ? 1 : 1 - this.#rangesLeft / this.#ranges.count
    this.#progress = Math.max(this.#progress, fractionOf(this.#n, this.#books, divided))
    return { fraction: this.#progress, curves: LEVELS.map(({ digits }, i) => ({ digits, done: this.#counts.curvesOfLevel[i]! })) }
  }

  /** Curves run here, and at workers; both count whether or not they found something. */
  get curvesLocal(): number {
    return this.#counts.curvesLocal
  }
  get curvesDistributed(): number {
    return this.#counts.curvesDistributed
  }
  /** Claimed divisors that did not divide, and answers of a wrong shape. */
  get rejectedFactors(): number {
    return this.#counts.rejectedFactors
  }
  get rejectedOutputs(): number {
    return this.#counts.rejectedOutputs
  }

  #open(dividedBelow: number): Factorization {
    const n = absolute(this.#n)
    const small = trialDivision(n, 2, dividedBelow)
    const algebraic = this.#settings.algebra ? algebraicDivisors(n) : []
    return new Factorization(splitBy(n, 1, [...small, ...this.#settings.divisors, ...algebraic]))
  }

  /** Ranges of the trial division that are not answered yet. */
  get #rangesLeft(): number {
    return this.#ranges.count - this.#ranges.issued + this.#ledger.trialUnits
  }

  #nextCurves(): NextUnit | undefined {
    const candidates = this.#books.composites.filter((c) => !this.#isLocal(c)).map((c) => ({ c, level: this.#levelOf(c) }))
    const chosen = candidates.sort((a, b) => a.level - b.level)[0]
    const allowed = this.#curvesAllowed()
    if (chosen === undefined || allowed < 1) return undefined
    const { c, level } = chosen
    const { digits, b1, b2, curves } = LEVELS[level]!
    const left = curves - this.#spent(c, level)
    const size = this.#size.curves(modelSeconds(c.value, b1, b2), Math.min(allowed, left > 0 ? left : curves), this.#workers)
    const firstIndex = this.#books.take(c.value, level, size)
    const input: EcmUnit = { kind: 'ecm', n: c.value, level: digits, firstIndex, curves: size, b1, b2, seed: this.#settings.seed }
    return { key: ecmKey(input), input }
  }

  /** Curves of a level that are run or handed out for this composite. */
  #spent(composite: Composite, level: number): number {
    return composite.done[level]! + this.#ledger.curves(composite.value, level)
  }

  /** The first level that still needs curves; the last one never has enough. */
  #levelOf(composite: Composite): number {
    const level = LEVELS.findIndex(({ curves }, i) => this.#spent(composite, i) < curves)
    return level === -1 ? LEVELS.length - 1 : level
  }

  #isLocal(composite: Composite): boolean {
    return composite.value < DIVISION_BELOW || digitCount(composite.value) < this.#settings.distributeFrom
  }

  /** The smallest composite that can be worked on here and now. */
  get #localComposite(): Composite | undefined {
    if (this.done || this.#rangesLeft > 0) return undefined
    const mayRunCurves = this.#curvesAllowed() > 0
    return this.#books.composites.find((c) => c.value < DIVISION_BELOW || (mayRunCurves && this.#isLocal(c)))
  }

  /** Curves the budget still has, not counting those that are on their way. */
  #curvesAllowed(): number {
    return this.#settings.maximumCurves - this.#counts.curvesLocal - this.#counts.curvesDistributed - this.#ledger.curves()
  }

  /** Ends a unit with the curves that count for it; undefined when its answer is worth nothing. */
  #close(key: string, input: FactorUnit | undefined, curves: number | undefined): void {
    this.#ledger.close(key)
    if (input === undefined) return
    this.#answered.set(key, { input, curves: curves ?? 0 })
    if (input.kind === 'trial') {
      if (curves === undefined) this.#books.split(trialDivision(input.n, input.from, input.to))
    } else if (curves !== undefined) this.#count(input, curves)
  }

  #count(input: EcmUnit, curves: number): void {
    const level = levelIndex(input)
    this.#books.credit(input.n, level, curves)
    this.#counts.curvesDistributed += curves
    this.#counts.curvesOfLevel[level]! += curves
  }

  #cancelObsolete(): Effect {
    const over = this.#stopped || this.#books.composites.length === 0
    return { cancel: this.#ledger.cancelUnless((input) => !over && (input.kind === 'trial' || this.#books.has(input.n))) }
  }
}
