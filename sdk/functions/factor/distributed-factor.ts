/**
 * Factors an integer on volunteers' devices: the original's DistributedFactor. What to compute and what an answer means is FactorCoordinator's;
 * this joins it to the network. Work too small to send is done here, between the events, a tenth of a second at a time.
 */

import {
  DistributedFunction,
  type DistributedFunctionOptions,
  type KeyedUnit,
  type NextJob,
  type ProcessedUnit,
} from '../../distributed-function.ts'
import type { DSage } from '../../dsage.ts'
import { BadArgument } from '../../errors.ts'
import { requireKnownNames } from '../../known-names.ts'
import { workModuleBeside } from '../work-module.ts'
import { FactorCoordinator } from './coordinator.ts'
import { parseExpression } from './expression.ts'
import type { FactorOptions } from './factor-options.ts'
import type { FactorProgress, FactorResult } from './factor-result.ts'
import type { FactorOutput, FactorUnit } from './work.ts'

export interface DistributedFactorOptions extends DistributedFunctionOptions, Partial<Omit<FactorOptions, 'divisors'>> {
  /** Text of the ES module that exports `work`. @default bundled from this package, which needs Node */
  readonly bundle?: string
}

/** The options that no other distributed function has; a type that has another does not compile. */
const OWN: Readonly<Record<Exclude<keyof DistributedFactorOptions, keyof DistributedFunctionOptions>, true>> = {
  ...{
    seed: true,
    algebra: true,
    trialDivisionLimit: true,
    distributeFrom: true,
    budget: true,
    workers: true,
    unitSeconds: true,
    bundle: true,
  },
}

/** 64 random bits: two people who factor one number shall not run the same curves. */
const randomSeed = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0]!

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

function exactInteger(n: bigint | number): bigint {
  if (typeof n === 'bigint' || Number.isSafeInteger(n)) return BigInt(n)
  throw new RangeError(`Expected an exact integer as a BigInt, a safe number or a text such as "2^61 - 1", got ${String(n)}`)
}

/** A coordinator for n. @throws BadArgument naming what is wrong with n or an option */
function coordinatorOf(n: bigint | number | string, options: DistributedFactorOptions): FactorCoordinator {
  const {
    algebra,
    trialDivisionLimit,
    distributeFrom,
    budget,
    unitSeconds,
    seed = randomSeed(),
    workers = options.concurrent ?? 10,
  } = options
  requireKnownNames('`budget`', budget ?? {}, ['curves'])
  requireKnownNames('`unitSeconds`', unitSeconds ?? {}, ['first', 'target', 'least'])
  try {
    const { value, divisors } = typeof n === 'string' ? parseExpression(n) : { value: exactInteger(n), divisors: [] }
    const given = { algebra, trialDivisionLimit, distributeFrom, budget, unitSeconds }
    const set = Object.fromEntries(Object.entries(given).filter(([, option]) => option !== undefined))
    return new FactorCoordinator(value, { ...set, seed, workers, divisors: algebra === false ? [] : divisors })
  } catch (error) {
    throw new BadArgument((error as Error).message, error)
  }
}

export class DistributedFactor extends DistributedFunction<FactorUnit, FactorOutput, FactorResult> {
  protected readonly work: { readonly bundle: string | (() => Promise<string>) }
  readonly #coordinator: FactorCoordinator
  #localWork: Promise<void> | undefined

  /**
   * @param n an integer other than 0, as a BigInt, as a number that is exact, or as people write it: `11^150+1`
   * @throws BadArgument naming what is wrong with n or an option
   */
  constructor(d: DSage, n: bigint | number | string, options: DistributedFactorOptions = {}) {
    super(d, { name: `factor ${n}`.slice(0, 60), builtin: 'factor', ...options }, Object.keys(OWN))
    this.work = { bundle: options.bundle ?? (() => d.bundleModule(workModuleBeside(import.meta.url))) }
    this.#coordinator = coordinatorOf(n, options)
    this.#note()
  }

  /** Prime and exponent, increasing; [-1, 1] first for a negative number. */
  get primeFactors(): [bigint, number][] {
    return this.#coordinator.primeFactors
  }

  /** Parts known to be composite and their exponents, increasing; empty once all is factored. */
  get compositeFactors(): [bigint, number][] {
    return this.#coordinator.compositeFactors
  }

  /** How far it is, an estimate. */
  get progress(): FactorProgress {
    return this.#coordinator.progress
  }

  /** Curves run by workers, and here; both count whether or not they found something. */
  get curvesDistributed(): number {
    return this.#coordinator.curvesDistributed
  }
  get curvesLocal(): number {
    return this.#coordinator.curvesLocal
  }

  protected override async nextJob(): Promise<NextJob<FactorUnit> | undefined> {
    for (;;) {
      const unit = this.#coordinator.next()
      if (this.#coordinator.hasLocalWork) this.#localWork ??= this.#workHere()
      if (unit !== undefined || this.#localWork === undefined) return unit
      await this.#localWork
    }
  }

  protected override async processResult({ key, output, error, seconds }: ProcessedUnit<FactorUnit, FactorOutput>): Promise<void> {
    if (seconds !== undefined) this.#coordinator.measured(key, seconds)
    const { cancel } = error === undefined ? this.#coordinator.result(key, output) : this.#coordinator.failed(key)
    this.#note()
    if (!this.done) await this.drop(cancel)
  }

  /** Its curves no longer count until the other answer comes; divisors stay, since they were checked by division. */
  protected override async retractResult({ key }: KeyedUnit<FactorUnit>): Promise<void> {
    const { cancel } = this.#coordinator.retracted(key)
    this.#note()
    await this.drop(cancel)
  }

  async #workHere(): Promise<void> {
    while (this.#coordinator.stepLocal()) {
      this.#note()
      await nextTurn()
    }
    this.#note()
    this.#localWork = undefined
  }

  #note(): void {
    this.result = this.#coordinator.factors
    this.done = this.#coordinator.done
  }
}
