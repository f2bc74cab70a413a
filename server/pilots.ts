import type { Quota } from './checks.ts'
import type { JobRecord, OpenJob, Store } from './store/store.ts'
import type { Timers } from './timers.ts'
import type { Trial, TrialRequest } from './trial.ts'
import { trialKey, trialRequest } from './trial-request.ts'

/** For how long a job is this server's to try out, milliseconds: after that any server takes it up. */
const CLAIM_MS = 60_000
/** Jobs that wait here to be tried out; others are asked for again. */
const MOST_WANTED = 256
/** A machine that cannot run code so often lets the job go untried. */
const ATTEMPTS = 3
/** The process ends when nothing was to be tried out for so long, milliseconds. */
const IDLE_MS = 60_000

/** How often jobs without a price are looked for, milliseconds. */
const PRICING_MS = 30_000
const MOST_PRICED = 100

/** Runs units of a job before strangers do. */
export interface Pilot {
  /** Why this one is not tried out here; undefined where it is. */
  refusal(limits: { readonly memoryMegabytes: number; readonly fileBytes: number }): Trial | undefined
  /** Undefined where it cannot now. */
  try(request: TrialRequest): Promise<Trial | undefined>
  close(): Promise<void>
}
export interface PilotsOptions {
  readonly store: Pick<Store, 'pilots' | 'credits' | 'findJob' | 'bundle' | 'files' | 'reads'>
  readonly pilot: Pilot
  /** Which owner's job is tried next. */
  readonly quota: Quota
  readonly timers: Timers
  /** Pauses the job with a reason that everybody may read. */
  readonly pause: (job: string, reason: string) => Promise<void>
  /** A job may be given to strangers. */
  readonly onTried: () => Promise<void>
  readonly onFailure: (error: unknown) => void
}

const NO_SANDBOX: Trial = {
  ...{ verdict: 'unmeasured', isolation: 'unit', isGeneral: false, creditPerInput: null, unitSeconds: 0, reason: null },
  note: 'the server could not start what tries jobs out',
}

/**
 * Jobs that a stranger would be given, one after the other tried out by whichever server is asked first: before that they are given to their
 * owner's devices only. What a killed server had taken up, another takes up again.
 */
export class Pilots {
  readonly #options: PilotsOptions
  readonly #wanted = new Map<number, OpenJob>()
  readonly #failures = new Map<number, number>()
  #running: Promise<void> | undefined
  readonly #stopPricing: () => void
  #cancelTimer = () => {}
  #stopping = false

  constructor(options: PilotsOptions) {
    this.#options = options
    this.#stopPricing = options.timers.every(PRICING_MS, () => void this.#price().catch(options.onFailure))
  }

  /** A stranger waits for the job. */
  want = (job: OpenJob): void => {
    if (this.#stopping || this.#wanted.size >= MOST_WANTED || this.#wanted.has(job.id)) return
    this.#wanted.set(job.id, job)
    this.#go()
  }

  /** What is being tried is left to the next server. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#stopPricing()
    this.#cancelTimer()
    this.#wanted.clear()
    await this.#options.pilot.close()
    await this.#running
  }

  /** What could not be measured here is worth what it took an own device of everybody's, whose clock the operator vouches for. */
  async #price(): Promise<void> {
    const { store } = this.#options
    for (const job of await store.pilots.unpriced(MOST_PRICED)) {
      const own = await store.reads.ownSeconds(job)
      const record = own && (await store.findJob(job))
      if (record) await store.credits.setPrice(record, [own.secondsPerInput * (own.speed || 1)])
    }
  }

  #go(): void {
    if (this.#running || this.#stopping) return
    this.#cancelTimer()
    const { pilot, quota, timers } = this.#options
    const owners = [...new Set([...this.#wanted.values()].map(ownerOf))]
    const now = performance.now()
    const owner = quota.next(owners, now)
    const next = [...this.#wanted.values()].find((job) => ownerOf(job) === owner)
    if (next) this.#running = this.#run(next)
    else if (owners.length > 0) this.#cancelTimer = timers.after(quota.waitMs(owners, now), () => this.#go())
    else this.#cancelTimer = timers.after(IDLE_MS, () => void pilot.close())
  }

  /** Never rejects. */
  async #run(job: OpenJob): Promise<void> {
    await this.#tryOut(job).catch(this.#options.onFailure)
    this.#running = undefined
    this.#wanted.delete(job.id)
    this.#go()
  }

  async #tryOut(job: OpenJob): Promise<void> {
    const { store, pause, onTried } = this.#options
    const record = await store.findJob(job.job)
    if (!record) return
    const key = trialKey(record)
    const claimed = await store.pilots.claim(record.id, key, CLAIM_MS)
    if (!claimed || claimed.units.length === 0) return
    const request = async () => trialRequest(store, record, claimed)
    const trial = await this.#trialOf(record, request).catch(async (error: unknown) => {
      await store.pilots.release(record.id)
      throw error
    })
    if (!trial || this.#stopping) return store.pilots.release(record.id)
    // Before it is finished, so that one that was killed in between is tried again and not let go.
    if (trial.reason !== null) await pause(record.job, trial.reason)
    if (trial.creditPerInput !== null) await store.credits.setPrice(record, [trial.creditPerInput])
    await store.pilots.finish(record.id, key, trial)
    await onTried()
  }

  async #trialOf(record: JobRecord, requestOf: () => Promise<TrialRequest | undefined>): Promise<Trial | undefined> {
    const { pilot, quota } = this.#options
    const fileBytes = (record.files ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
    const refused = pilot.refusal({ memoryMegabytes: record.memoryMegabytes, fileBytes })
    const request = refused ? undefined : await requestOf()
    if (!request) return refused
    const startedAt = performance.now()
    const trial = await pilot.try(request)
    quota.charge(ownerOf(record), (performance.now() - startedAt) / 1000, performance.now())
    if (this.#stopping) return undefined
    const failures = trial ? 0 : (this.#failures.get(record.id) ?? 0) + 1
    if (failures > 0 && failures < ATTEMPTS) this.#failures.set(record.id, failures)
    else this.#failures.delete(record.id)
    return trial ?? (failures < ATTEMPTS ? undefined : NO_SANDBOX)
  }
}

const ownerOf = ({ ownerId }: Pick<OpenJob, 'ownerId'>): string => String(ownerId)
