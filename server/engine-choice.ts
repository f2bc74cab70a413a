import type { EngineTransaction, JobChange, JobRecord, Store } from './store/store.ts'

export interface EngineChoiceOptions {
  readonly store: Pick<Store, 'findJob'>
  /** The class that may compute the job alone, by who is here; undefined where none leads. */
  readonly leadingClass: (job: JobRecord) => string | undefined
  readonly transact: <Value>(steps: (tx: EngineTransaction) => Promise<Value>) => Promise<Value>
  readonly onFailure: (error: unknown) => void
}

/**
 * Gives jobs in which engines differ one that computes them alone (INTEGRITY T2): the one that leads among the devices here when answers differ.
 * Where none leads nothing is chosen, and the next difference asks again; meanwhile whoever loses too often is kept from the job.
 */
export class EngineChoice {
  readonly #options: EngineChoiceOptions
  readonly #choosing = new Set<number>()

  constructor(options: EngineChoiceOptions) {
    this.#options = options
  }

  /** Hears of commits. */
  committed(jobs: readonly JobChange[]): void {
    for (const { id, job, differing } of jobs) {
      if (differing.length === 0 || this.#choosing.has(id)) continue
      this.#choosing.add(id)
      void this.#choose(job, differing)
        .catch(this.#options.onFailure)
        .finally(() => this.#choosing.delete(id))
    }
  }

  async #choose(job: string, differing: readonly number[]): Promise<void> {
    const { store, leadingClass, transact } = this.#options
    const record = await store.findJob(job)
    const engineClass = record && leadingClass(record)
    if (record && engineClass) await transact((tx) => tx.trust.pinDiffering(record, engineClass, differing))
  }
}
