import type { JobWaiting } from '../sdk/protocol.ts'
import type { ReachOfCrowd } from './reach-of-crowd.ts'
import type { JobRecord, OpenJob, Store } from './store/store.ts'

/** Looks, a second apart, in which nothing changed. */
const STUCK_LOOKS = 3

/** What the open jobs wait for, as far as this server sees: kept for whoever reads a job, so that reading costs no look at the crowd. */
export class WaitingJobs {
  readonly #store: Pick<Store, 'findJob' | 'reads'>
  readonly #reach: ReachOfCrowd
  readonly #records = new Map<number, JobRecord>()
  readonly #waiting = new Map<string, JobWaiting>()
  readonly #still = new Map<number, Pick<OpenJob, 'events' | 'unitsHalf' | 'unitsOpen'> & { readonly looks: number }>()

  constructor(store: Pick<Store, 'findJob' | 'reads'>, reach: ReachOfCrowd) {
    this.#store = store
    this.#reach = reach
  }

  /** Undefined where it waits for nothing. */
  of(job: string): JobWaiting | undefined {
    return this.#waiting.get(job)
  }

  /** Looks at a job that was submitted just now. */
  look(record: JobRecord): void {
    this.#keep(record, this.#reach.waitingOf(record, { sameEngine: record.sameEngine === true, engineClass: null }))
  }

  /**
   * Looks at all open jobs; answers with those that wait for something else than before.
   * @param idle requests that wait for a unit
   */
  async lookAtAll(jobs: readonly OpenJob[], idle: number): Promise<OpenJob[]> {
    const open = new Set(jobs.map(({ id }) => id))
    const uids = new Set(jobs.map(({ job }) => job))
    for (const known of [this.#records, this.#still]) for (const id of known.keys()) if (!open.has(id)) known.delete(id)
    for (const job of this.#waiting.keys()) if (!uids.has(job)) this.#waiting.delete(job)
    const changed: OpenJob[] = []
    for (const job of jobs) {
      const record = this.#records.get(job.id) ?? (await this.#store.findJob(job.job))
      if (!record) continue
      this.#records.set(job.id, record)
      // Samples of what is decided wait for nobody in particular.
      const now = job.unitsOpen > 0 ? await this.#waitingOf(record, job, this.#isStill(job, idle)) : undefined
      if (this.#keep(record, now)) changed.push(job)
    }
    return changed
  }

  /** Somebody is idle, and nothing happened for a while. */
  #isStill({ id, unitsOpen, unitsHalf, events }: OpenJob, idle: number): boolean {
    const before = this.#still.get(id)
    const isAsBefore = before?.events === events && before.unitsHalf === unitsHalf && before.unitsOpen === unitsOpen
    const looks = idle > 0 && isAsBefore ? before.looks + 1 : 0
    this.#still.set(id, { events, unitsHalf, unitsOpen, looks })
    return looks >= STUCK_LOOKS
  }

  async #waitingOf(record: JobRecord, job: OpenJob, isStill: boolean): Promise<JobWaiting | undefined> {
    const least = isStill ? await this.#leastOf(record, job) : 0
    const now = this.#reach.waitingOf(record, job, [], least)
    if (now === undefined || job.unitsHalf === 0) return now
    return this.#reach.waitingOf(record, job, await this.#store.reads.waitingVotes(job), least)
  }

  /**
   * Newcomers without whom a still job goes no further: where an opinion is all that it waits for everybody here has given theirs, and what nobody has
   * may be refused to everybody here. Who is told already that more are needed costs no read.
   */
  async #leastOf(record: JobRecord, job: OpenJob): Promise<number> {
    if (job.unitsHalf === job.unitsOpen) return 1
    if (this.#reach.waitingOf(record, job)) return 0
    return this.#reach.newcomersForUntaken(record, job, await this.#store.reads.untakenUnits(job))
  }

  /** Whether it is something else than before. */
  #keep(record: JobRecord, now: JobWaiting | undefined): boolean {
    const before = this.#waiting.get(record.job)
    if (now) this.#waiting.set(record.job, now)
    else this.#waiting.delete(record.job)
    return before?.needed !== now?.needed || before?.present !== now?.present
  }
}
