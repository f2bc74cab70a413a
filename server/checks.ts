import type { Check, JobChange, JobRecord, LeaseReport, Store } from './store/store.ts'
import type { Timers } from './timers.ts'

/** For how long results are this server's to judge, milliseconds: after that any server takes them up. */
const CLAIM_MS = 30_000
/** Results of one job that are taken up at once, at most; their bytes; and the seconds they may take. */
const MOST_CLAIMED = 32
const MOST_CLAIMED_BYTES = 4 * 1024 * 1024
const MOST_CLAIMED_SECONDS = 10
/** Jobs whose results are here at a time. */
const MOST_JOBS = 64
/** Processes end when nothing was to be judged for so long, milliseconds. */
const IDLE_MS = 60_000

type Judgement = Omit<Extract<LeaseReport['report'], { kind: 'checked' }>, 'kind'>
/** A unit's lists of inputs and outputs, and what judges them. */
interface VerifyRequest {
  readonly job: string
  readonly code: string
  /** SHA-256 of `code`, hex. */
  readonly digest: string
  readonly input: Uint8Array
  readonly output: Uint8Array
  readonly createdAt: number
}
/** Runs the `verify` of jobs; undefined where it cannot now. */
export interface Verifier {
  verify(request: VerifyRequest): Promise<Judgement | undefined>
  close(): Promise<void>
}
/** Whose turn it is. */
export interface Quota {
  next(jobs: readonly string[], now: number): string | undefined
  waitMs(jobs: readonly string[], now: number): number
  charge(job: string, seconds: number, now: number): void
}
export interface ChecksOptions {
  readonly store: Pick<Store, 'claimChecks' | 'jobsToCheck' | 'findJob' | 'payload'>
  /** As many results are judged at a time. */
  readonly verifiers: readonly Verifier[]
  readonly quota: Quota
  readonly timers: Timers
  readonly report: (reports: readonly LeaseReport[]) => Promise<unknown>
  readonly onFailure: (error: unknown) => void
}
interface Waiting {
  readonly record: JobRecord
  readonly code: string
  checks: Check[]
  isBusy: boolean
  isClaiming: boolean
  /** There may be more to claim. */
  isStale: boolean
  /** Of one result, as far as known. */
  seconds: number
  bytes: number
}

/**
 * Results that wait for their job's `verify`: taken up in batches by whichever server is free, judged one after the other in each job, and told
 * to the engine, which settles their units a second time. What a killed server had taken up, another takes up again.
 */
export class Checks {
  readonly #options: ChecksOptions
  readonly #jobs = new Map<string, Waiting>()
  readonly #free: Verifier[]
  #cancelTimer = () => {}
  #stopping = false

  constructor(options: ChecksOptions) {
    this.#options = options
    this.#free = [...options.verifiers]
  }

  /** Hears of commits: of results to be judged, and of jobs that need not be judged any more. */
  changed(changes: readonly JobChange[]): void {
    for (const { job, state, toCheck } of changes) {
      if (state !== 'running') this.#jobs.delete(job)
      else if (toCheck > 0) void this.#look(job)
    }
  }

  /** Takes up what other servers left, or this one before it was killed. */
  async runOnce(): Promise<void> {
    for (const job of await this.#options.store.jobsToCheck()) await this.#look(job)
  }

  /** Nothing new is judged; what is being judged is left to the next server. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#cancelTimer()
    this.#jobs.clear()
    await Promise.all(this.#options.verifiers.map((verifier) => verifier.close()))
  }

  async #look(job: string): Promise<void> {
    try {
      const waiting = this.#jobs.get(job) ?? (await this.#begin(job))
      if (waiting) await this.#goOn(waiting)
    } catch (error) {
      this.#options.onFailure(error)
    }
    this.#go()
  }

  async #begin(job: string): Promise<Waiting | undefined> {
    const { store } = this.#options
    const record = this.#jobs.size < MOST_JOBS ? await store.findJob(job) : undefined
    const code = record?.verify && (await store.payload(record.verify))
    if (!record || !code || this.#stopping) return undefined
    const begun = {
      ...{ record, code: Buffer.from(code).toString(), checks: [] },
      ...{ isBusy: false, isClaiming: false, isStale: false },
      ...{ seconds: 0.1, bytes: MOST_CLAIMED_BYTES / 8 },
    }
    const waiting = this.#jobs.get(job) ?? begun
    this.#jobs.set(job, waiting)
    return waiting
  }

  /** One claim at a time in each job; what was committed during one is looked for again. */
  async #claim(waiting: Waiting): Promise<void> {
    waiting.isStale = true
    if (waiting.isClaiming) return
    waiting.isClaiming = true
    try {
      for (let room = roomIn(waiting); waiting.isStale && room > 0 && !this.#stopping; room = roomIn(waiting)) {
        waiting.isStale = false
        take(waiting, await this.#options.store.claimChecks(waiting.record, room, CLAIM_MS))
      }
    } finally {
      waiting.isClaiming = false
    }
  }

  /** Gives every free verifier a result. */
  #go(): void {
    this.#cancelTimer()
    for (let next = this.#next(); next !== undefined; next = this.#next())
      void this.#judge(this.#jobs.get(next) as Waiting, this.#free.pop() as Verifier)
  }

  /** The job whose turn it is; where there is none, when to ask again. */
  #next(): string | undefined {
    const { quota, timers, verifiers } = this.#options
    const ready = [...this.#jobs].filter(([, { checks, isBusy }]) => checks.length > 0 && !isBusy).map(([job]) => job)
    const now = performance.now()
    if (this.#free.length === 0) return undefined
    const next = quota.next(ready, now)
    if (next !== undefined) return next
    if (ready.length > 0) this.#cancelTimer = timers.after(quota.waitMs(ready, now), () => this.#go())
    else if (this.#free.length === verifiers.length)
      this.#cancelTimer = timers.after(IDLE_MS, () => void Promise.all(verifiers.map((verifier) => verifier.close())))
    return undefined
  }

  async #judge(waiting: Waiting, verifier: Verifier): Promise<void> {
    const { job } = waiting.record
    const check = waiting.checks.shift() as Check
    waiting.isBusy = true
    const startedAt = performance.now()
    const judgement = check.isWanted ? await verifier.verify(requestOf(waiting, check)) : MOOT
    waiting.seconds = (performance.now() - startedAt) / 1000
    this.#options.quota.charge(job, waiting.seconds, performance.now())
    // Whose `verify` does not end has nothing else judged: its job pauses.
    if (judgement?.verdict === 'unfinished') this.#jobs.delete(job)
    if (judgement && !this.#stopping) await this.#tell(check, judgement)
    this.#free.push(verifier)
    waiting.isBusy = false
    if (this.#stopping) return
    if (this.#jobs.get(job) === waiting && waiting.checks.length === 0) await this.#look(job)
    else this.#go()
  }

  /** What came meanwhile, or the end of the job's stay here. */
  async #goOn(waiting: Waiting): Promise<void> {
    const { job } = waiting.record
    await this.#claim(waiting)
    const isOver = waiting.checks.length === 0 && !waiting.isBusy && !waiting.isClaiming
    if (isOver && this.#jobs.get(job) === waiting) this.#jobs.delete(job)
  }

  async #tell({ lease }: Check, judgement: Judgement): Promise<void> {
    await this.#options.report([{ lease, by: null, report: { kind: 'checked', ...judgement } }]).then(undefined, this.#options.onFailure)
  }
}

function roomIn({ checks, bytes, seconds }: Waiting): number {
  const most = Math.min(MOST_CLAIMED, MOST_CLAIMED_BYTES / bytes, MOST_CLAIMED_SECONDS / seconds)
  return Math.max(1, Math.floor(most)) - checks.length
}

/** A claim that lapsed here is taken up anew: what waits still is not judged twice. */
function take(waiting: Waiting, claimed: readonly Check[]): void {
  const known = new Set(waiting.checks.map(({ lease }) => lease))
  waiting.checks.push(...claimed.filter(({ lease }) => !known.has(lease)))
  const bytes = claimed.reduce((sum, { input, output }) => sum + input.length + output.length, 0)
  if (claimed.length > 0) waiting.bytes = bytes / claimed.length + 1
}

const MOOT: Judgement = { verdict: 'moot', why: '' }

const requestOf = ({ record, code }: Waiting, { input, output }: Check): VerifyRequest => ({
  ...{ job: record.job, code, digest: record.verify ?? '', createdAt: record.createdAt, input, output },
})
