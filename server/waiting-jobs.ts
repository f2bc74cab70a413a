import type { JobWaiting } from '../sdk/protocol.ts'
import type { ReachOfCrowd } from './reach-of-crowd.ts'
import type { JobRecord, OpenJob, Store } from './store/store.ts'

type NewJob = Pick<OpenJob, 'sameEngine' | 'engineClass'>

/** What the open jobs wait for, as far as this server sees: kept for whoever reads a job, so that reading costs no look at the crowd. */
export class WaitingJobs {
  readonly #store: Pick<Store, 'findJob'>
  readonly #reach: ReachOfCrowd
  readonly #records = new Map<number, JobRecord>()
  readonly #waiting = new Map<string, JobWaiting>()

  constructor(store: Pick<Store, 'findJob'>, reach: ReachOfCrowd) {
    this.#store = store
    this.#reach = reach
  }

  /** Undefined where it waits for nothing. */
  of(job: string): JobWaiting | undefined {
    return this.#waiting.get(job)
  }

  /** Looks at a job that was submitted just now. */
  look(record: JobRecord): void {
    this.#keep(record, { sameEngine: record.sameEngine === true, engineClass: null })
  }

  /** Looks at all open jobs; answers with those that wait for something else than before. */
  async lookAtAll(jobs: readonly OpenJob[]): Promise<OpenJob[]> {
    const open = new Set(jobs.map(({ id }) => id))
    const uids = new Set(jobs.map(({ job }) => job))
    for (const id of this.#records.keys()) if (!open.has(id)) this.#records.delete(id)
    for (const job of this.#waiting.keys()) if (!uids.has(job)) this.#waiting.delete(job)
    const changed: OpenJob[] = []
    for (const job of jobs) {
      const record = this.#records.get(job.id) ?? (await this.#store.findJob(job.job))
      if (!record) continue
      this.#records.set(job.id, record)
      if (this.#keep(record, job)) changed.push(job)
    }
    return changed
  }

  /** Whether it is something else than before. */
  #keep(record: JobRecord, open: NewJob): boolean {
    const before = this.#waiting.get(record.job)
    const now = this.#reach.waitingOf(record, open)
    if (now) this.#waiting.set(record.job, now)
    else this.#waiting.delete(record.job)
    return before?.needed !== now?.needed || before?.present !== now?.present
  }
}
