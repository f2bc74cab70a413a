import { setImmediate as turn } from 'node:timers/promises'
import type { Metrics } from './metrics.ts'

export interface BatcherOptions<Item, Outcome> {
  /** Does all items in one transaction and answers each in order; a rejection undoes all of them. */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome[]>
  /** Bytes an item carries. */
  readonly bytesOf: (item: Item) => number
  /** How much of the transaction an item takes: units, results or leases. @default 1 */
  readonly weightOf?: (item: Item) => number
  /** The outcome of an item whose own transaction failed. */
  readonly failed: (error: unknown) => Outcome
  /** Whether the failure was nobody's fault and the batch may be run again as it is. */
  readonly isRetryable: (error: unknown) => boolean
  readonly metrics: Metrics
  /** @default 1000 */
  readonly maxItems?: number
  /** @default 8 MiB */
  readonly maxBytes?: number
}
interface Call<Item, Outcome> {
  readonly items: readonly Item[]
  readonly outcomes: Outcome[]
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly since: number
}
interface Slot<Item, Outcome> {
  readonly item: Item
  readonly call: Call<Item, Outcome>
}
const RETRIES = 5

/**
 * Gathers the calls that arrive while the previous transaction is under way and runs one transaction for all of them; idle, a call goes
 * at once. A batch that fails is halved until the offending item stands alone: that item gets the error, the others are committed.
 */
export class Batcher<Item, Outcome> {
  readonly #options: BatcherOptions<Item, Outcome>
  readonly #waiting: Slot<Item, Outcome>[] = []
  #head = 0
  #bytes = 0
  #running: Promise<void> | undefined

  constructor(options: BatcherOptions<Item, Outcome>) {
    this.#options = options
  }

  /** Items that wait for their transaction. */
  get size(): number {
    return this.#waiting.length - this.#head
  }

  /** Bytes these carry. */
  get bytes(): number {
    return this.#bytes
  }

  /** Milliseconds the oldest item has waited. */
  queueAgeMs(now: number): number {
    const oldest = this.#waiting[this.#head]
    return oldest ? now - oldest.call.since : 0
  }

  /** Resolves after the commit with one outcome per item; never rejects. */
  submit(items: readonly Item[]): Promise<readonly Outcome[]> {
    if (items.length === 0) return Promise.resolve([])
    return new Promise((resolve) => {
      const call = { items, outcomes: [], resolve, since: performance.now() }
      for (const item of items) {
        this.#waiting.push({ item, call })
        this.#bytes += this.#options.bytesOf(item)
      }
      this.#running ??= this.#drain()
    })
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #drain(): Promise<void> {
    // Whatever has arrived on any socket shares the transaction: without this turn of the event loop each message would get its own,
    // for with SQLite a transaction runs to its end without the loop being asked for more.
    for (await turn(); this.size > 0; await turn()) await this.#settleBatch(this.#take())
    this.#running = undefined
  }

  #take(): Slot<Item, Outcome>[] {
    const { maxItems = 1000, maxBytes = 8 * 1024 * 1024, bytesOf, weightOf = () => 1 } = this.#options
    let bytes = 0
    let weight = 0
    let end = this.#head
    for (let slot = this.#waiting[end]; slot; slot = this.#waiting[++end]) {
      bytes += bytesOf(slot.item)
      weight += weightOf(slot.item)
      if (end > this.#head && (bytes > maxBytes || weight > maxItems)) break
    }
    const batch = this.#waiting.slice(this.#head, end)
    this.#head = end
    this.#bytes -= batch.reduce((sum, { item }) => sum + bytesOf(item), 0)
    if (this.#head > 10_000 || this.#head === this.#waiting.length) this.#compact()
    return batch
  }

  #compact(): void {
    this.#waiting.splice(0, this.#head)
    this.#head = 0
  }

  async #settleBatch(batch: readonly Slot<Item, Outcome>[]): Promise<void> {
    const outcomes = await this.#runHalving(batch.map((slot) => slot.item))
    const finished = new Set<Call<Item, Outcome>>()
    batch.forEach(({ call }, i) => {
      call.outcomes.push(outcomes[i] as Outcome)
      if (call.outcomes.length === call.items.length) finished.add(call)
    })
    for (const call of finished) call.resolve(call.outcomes)
  }

  async #runHalving(items: readonly Item[]): Promise<readonly Outcome[]> {
    const { metrics, isRetryable, failed } = this.#options
    for (let attempt = 1; ; attempt++) {
      const started = performance.now()
      try {
        const outcomes = await this.#options.run(items)
        metrics.batch(items.length, performance.now() - started)
        return outcomes
      } catch (error) {
        if (isRetryable(error) && attempt < RETRIES) continue
        if (items.length === 1) return [failed(error)]
        const middle = items.length >> 1
        const first = await this.#runHalving(items.slice(0, middle))
        return [...first, ...(await this.#runHalving(items.slice(middle)))]
      }
    }
  }
}
