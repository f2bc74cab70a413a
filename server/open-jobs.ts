import { HALF_LIMIT } from './core/policy.ts'
import { Stride } from './core/stride.ts'
import type { JobChange, OpenJob, Store } from './store/store.ts'

/**
 * The jobs that have units to lease, as far as this server knows: a view kept fresh by its own commits and by `refresh`, so that a
 * request costs no query to choose a job. Losing it loses nothing.
 */
export class OpenJobs {
  readonly #store: Store
  readonly #jobs = new Map<number, OpenJob>()
  readonly #dry = new Set<number>()
  readonly stride = new Stride()

  constructor(store: Store) {
    this.#store = store
  }

  get size(): number {
    return this.#jobs.size
  }

  /** Jobs that may have something, in the order in which they should be served. */
  inOrder(): OpenJob[] {
    return this.stride.order([...this.#jobs.values()].filter((job) => !this.#dry.has(job.id)))
  }

  all(): OpenJob[] {
    return [...this.#jobs.values()]
  }

  /** Whether so many units wait for an opinion that nothing fresh may be started. */
  onlyOpinions = (job: OpenJob): boolean => (this.#jobs.get(job.id)?.unitsHalf ?? 0) >= HALF_LIMIT

  /** The job had nothing for anybody; it is not asked again before it changes. */
  markDry(job: number): void {
    this.#dry.add(job)
  }

  /** Takes over what a commit changed. */
  changed(changes: readonly JobChange[]): void {
    for (const change of changes) this.#set(change)
  }

  /** Reads the open jobs anew: other servers' jobs, and units that may be given again after their pause. */
  async refresh(): Promise<void> {
    const open = await this.#store.openJobs()
    const ids = new Set(open.map((job) => job.id))
    for (const id of this.#jobs.keys()) if (!ids.has(id)) this.#remove(id)
    for (const job of open) this.#set(job)
  }

  #set(job: OpenJob): void {
    this.#dry.delete(job.id)
    if (hasWork(job)) this.#jobs.set(job.id, job)
    else this.#remove(job.id)
  }

  #remove(id: number): void {
    this.#jobs.delete(id)
    this.#dry.delete(id)
  }
}

/** Something is open, or something decided is to be computed once more, also of a job that did not wait for it. */
const hasWork = ({ state, unitsOpen, unitsToRecheck }: OpenJob): boolean =>
  (state === 'running' && unitsOpen > 0) || ((state === 'running' || state === 'finished') && unitsToRecheck > 0)
