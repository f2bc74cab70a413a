/**
 * The example of the original's slides: the sum of 1 to n, each summand fetched from a volunteer. Two slips of the slide are mended: it waited for
 * n + 1 results, and it added code after the return that never ran.
 */
import {
  DistributedFunction,
  type DistributedFunctionOptions,
  type KeyedUnit,
  type NextJob,
  type ProcessedUnit,
} from '../distributed-function.ts'
import type { DSage } from '../dsage.ts'
import { BadArgument, JobFailed } from '../errors.ts'

export class DistributedFunctionTest extends DistributedFunction<number, number, number> {
  override result = 0
  protected readonly work = (summand: number) => summand
  readonly #n: number
  readonly #summands = new Map<string, number>()
  #next = 1

  /** @throws BadArgument unless n is a whole number from 0 */
  constructor(d: DSage, n: number, options: DistributedFunctionOptions = {}) {
    super(d, options)
    if (!(Number.isSafeInteger(n) && n >= 0)) throw new BadArgument(`Expected n to be a whole number from 0, got ${String(n)}.`)
    this.#n = n
    this.done = n === 0
  }

  protected override nextJob(): NextJob<number> | undefined {
    if (this.#next > this.#n) return undefined
    const input = this.#next++
    return { key: String(input), input }
  }

  protected override processResult({ key, output, error }: ProcessedUnit<number, number>): void {
    if (error !== undefined) throw new JobFailed({ job: 'DistributedFunctionTest', unit: key, error })
    this.#summands.set(key, output!)
    this.result += output!
    this.done = this.#summands.size === this.#n
  }

  protected override retractResult({ key }: KeyedUnit<number>): void {
    this.result -= this.#summands.get(key)!
    this.#summands.delete(key)
  }
}
