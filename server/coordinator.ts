import { randomInt } from 'node:crypto'
import type { AddRequest, JobAction, LeaseRequest, Revocation, SubmitRequest } from '../sdk/protocol.ts'
import { Batcher } from './batcher.ts'
import { type CommitListeners, tellOfCommit } from './commit-news.ts'
import { DISPUTED_UNITS } from './core/policy.ts'
import type { DeadlineLimits } from './core/sizing.ts'
import { type EngineItem, type EngineOutcome, type EngineOutcomes, runBatch } from './engine-batch.ts'
import { PlatformError } from './errors.ts'
import type { LeaseTerms } from './lease-terms.ts'
import { type Leased, Leasing } from './leasing.ts'
import { OpenJobs } from './open-jobs.ts'
import { Parking } from './parking.ts'
import { storageFailed } from './refusal.ts'
import { isStorageFailure } from './store/storage-error.ts'
import type {
  Committed,
  DeviceRecord,
  EngineTransaction,
  JobChange,
  JobRecord,
  LeaseReport,
  OpenJob,
  ReportOutcome,
  RevokedLease,
  Store,
} from './store/store.ts'
import type { TrustNews } from './store/trust-verbs.ts'
import type { Timers } from './timers.ts'

export type { DeviceRecord, JobRecord, LeaseReport } from './store/store.ts'

/** How long a request that found nothing is kept, milliseconds. */
const PARK_MS = 20_000
/** Items that may wait for a transaction before submissions, then leases, are refused; what was computed never is. */
const BUSY_SUBMISSIONS = 20_000
const BUSY_LEASES = 40_000
/** Bytes that may wait before submissions are refused. */
const BUSY_BYTES = 256 * 1024 * 1024
/** A request whose units another transaction holds is asked again after so long, milliseconds. */
const BUSY_RETRY_MS = 100
const REVOKED_AT_ONCE = 1000
/** Times a transaction that met another server's is run. */
const MOST_TRIES = 5
const unforeseen = (): number => randomInt(2 ** 32) / 2 ** 32

export interface CoordinatorOptions extends DeadlineLimits, CommitListeners {
  readonly store: Store
  readonly timers: Timers
  /** What jobs and the crowd say of a request. @default nothing: whoever asks is given something */
  readonly terms?: LeaseTerms
  /** Told of each job that was submitted, before its owner is answered. */
  readonly onSubmitted?: (job: JobRecord) => void
  /** Share of the disk that is free, 0 to 1, as last measured. */
  readonly freeDisk: () => number
  /** Told what each transaction changed of jobs. */
  readonly onCommit?: (changes: readonly JobChange[], trust: TrustNews) => void
  /** Asked to try a job out before a stranger is given units of it; absent where strangers are given them at once. */
  readonly wantPilot?: ((job: OpenJob) => void) | undefined
  /** Told of every failed transaction that was nobody's request's fault. */
  readonly onFailure: (error: unknown) => void
}

/** The verbs behind every transport: each call waits for its transaction's commit and is answered after it. */
export class Coordinator {
  readonly jobs: OpenJobs
  readonly parking: Parking
  readonly #options: CoordinatorOptions
  readonly #batcher: Batcher<EngineItem, EngineOutcome>
  #stopping = false

  constructor(options: CoordinatorOptions) {
    this.#options = options
    this.jobs = new OpenJobs(options.store)
    this.parking = new Parking(options.timers)
    const leasing = new Leasing(this.jobs, options.terms, options, () => options.live.threads, unforeseen, options.wantPilot)
    this.#batcher = new Batcher({
      run: async (items) => {
        const committed = await options.store.transact((tx) => runBatch(tx, items, leasing))
        this.#committed(committed, items, committed.value)
        return committed.value
      },
      ...{ bytesOf, weightOf, metrics: options.metrics },
      isRetryable: (error) => options.store.isRetryable(error),
      failed: (error) => {
        options.onFailure(error)
        return { error: isStorageFailure(error) ? storageFailed() : error }
      },
    })
  }

  get waiting(): number {
    return this.#batcher.size
  }

  queueAgeMs(now: number): number {
    return this.#batcher.queueAgeMs(now)
  }

  async submit(ownerId: number, request: SubmitRequest): Promise<JobRecord> {
    this.#expectRoom()
    const job = await this.#one({ kind: 'submit', ownerId, request })
    this.#options.onSubmitted?.(job)
    return job
  }

  async add(ownerId: number, { job, units, inputsComplete }: AddRequest): Promise<EngineOutcomes['add']> {
    this.#expectRoom()
    return this.#one({ kind: 'add', job: await this.jobOf(ownerId, job), units, complete: inputsComplete })
  }

  async control(ownerId: number, job: string, action: JobAction): Promise<void> {
    const record = await this.jobOf(ownerId, job)
    await this.#one({ kind: 'control', job: record, action, reason: null })
    if (action === 'cancel') await this.sweepLeftovers()
  }

  async drop(ownerId: number, job: string, keys: readonly string[]): Promise<number> {
    return this.#drop(await this.jobOf(ownerId, job), keys)
  }

  /** The server itself pauses the job. Never rejects. */
  async pause(job: string, reason: string): Promise<void> {
    const record = await this.#options.store.findJob(job)
    if (record) await this.#one({ kind: 'control', job: record, action: 'pause', reason }).catch(this.#options.onFailure)
  }

  /** Records what came back; one outcome per report. */
  async report(reports: readonly LeaseReport[]): Promise<(ReportOutcome | PlatformError)[]> {
    const outcomes = await this.#batcher.submit(reports.map((report) => ({ kind: 'report', report }) as const))
    return outcomes.map((outcome) => {
      if ('ok' in outcome) return outcome.ok as ReportOutcome
      return outcome.error instanceof PlatformError
        ? outcome.error
        : new PlatformError('internal', 'The result could not be recorded: send it again.')
    })
  }

  /**
   * Leases units; with nothing to give it waits for up to `parkMs` and then says why. A request whose asker is `gone` gets nothing: it would
   * keep units until their deadline that nobody computes.
   */
  async lease(device: DeviceRecord, request: LeaseRequest, parkMs = PARK_MS, gone?: AbortSignal): Promise<Leased> {
    const until = performance.now() + parkMs
    let inTime = parkMs > 0
    for (;;) {
      if (gone?.aborted) return { grants: [], reason: 'no-open-units' }
      const answer = await this.#leaseOnce(device, request)
      const left = until - performance.now()
      if (answer.grants.length > 0 || answer.reason === 'holds-enough' || !inTime || left <= 0 || this.#stopping) return answer
      if (answer.reason === 'busy') await this.parking.wait(Math.min(left, BUSY_RETRY_MS), gone)
      else inTime = await this.parking.wait(left, gone)
    }
  }

  /** The owner's job of this id. */
  async jobOf(ownerId: number, job: string): Promise<JobRecord> {
    const record = await this.#options.store.findJob(job)
    if (record?.ownerId !== ownerId) throw new PlatformError('unknown-job', `Expected the id of one of your jobs, got ${job}.`)
    return record
  }

  /** The device holds these leases and no others: the rest are given away; answers with those that are still expected. */
  async reconcile(device: DeviceRecord, held: readonly string[]): Promise<string[]> {
    const issued = new Set(await this.#options.store.leasesOfDevice(device.id))
    const kept = held.filter((lease) => issued.delete(lease))
    await this.release([...issued])
    return kept
  }

  /** The server takes leases back for others. */
  async release(leases: readonly string[]): Promise<void> {
    await this.report(leases.map((lease) => ({ lease, by: null, report: { kind: 'released' } })))
  }

  /** All leases of a device that is gone are given to others. */
  async releaseAll(device: DeviceRecord): Promise<void> {
    await this.reconcile(device, [])
  }

  /** All leases of a device that is not wanted any more are taken back and given to others. */
  async revokeAll(device: DeviceRecord): Promise<void> {
    const leases = await this.#options.store.leasesOfDevice(device.id)
    await this.report(leases.map((lease) => ({ lease, by: null, report: { kind: 'revoked' } })))
  }

  /** Cancels what is left open of jobs that are over; returns how many units. */
  async sweepLeftovers(): Promise<number> {
    let dropped = 0
    for (const [job, keys] of await this.#options.store.leftoverUnits(1000)) {
      const record = await this.#options.store.findJob(job)
      if (record && keys.length > 0) dropped += await this.#drop(record, keys)
    }
    return dropped
  }

  /** Says for clients that have been gone for so long that no more inputs come: their jobs finish with what they have. */
  async completeAbandoned(waitedMs: number): Promise<void> {
    for (const job of await this.#options.store.abandonedJobs(waitedMs)) {
      const record = await this.#options.store.findJob(job)
      if (record) await this.#one({ kind: 'add', job: record, units: [], complete: true })
    }
  }

  /** A transaction of its own, between those of the batches. */
  async transact<Value>(steps: (tx: EngineTransaction) => Promise<Value>): Promise<Value> {
    for (let tries = 1; ; tries++) {
      try {
        const committed = await this.#options.store.transact(steps)
        this.#committed(committed, [], [])
        return committed.value
      } catch (error) {
        if (tries >= MOST_TRIES || !this.#options.store.isRetryable(error)) throw error
      }
    }
  }

  /** Takes leases back from devices that are not to compute them, and tells these. */
  async takeBack(leases: readonly RevokedLease[], reason: Revocation['reason'] = 'cancelled'): Promise<void> {
    for (const [device, ofDevice] of Map.groupBy(leases, (lease) => lease.deviceId)) this.#revoke(device, ofDevice, reason)
    await this.report(leases.map(({ lease }) => ({ lease, by: null, report: { kind: 'revoked' } })))
  }

  /** No new work is given; parked requests are answered; resolves when everything under way is committed. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.parking.wake(Number.POSITIVE_INFINITY)
    await this.#batcher.idle()
  }

  async #drop(job: JobRecord, keys: readonly string[]): Promise<number> {
    const { cancelled, revoked } = await this.#one({ kind: 'drop', job, keys })
    for (const [device, leases] of Map.groupBy(revoked, (lease) => lease.deviceId)) this.#revoke(device, leases)
    this.#options.onEnded?.(revoked.map(({ lease }) => lease))
    return cancelled
  }

  #revoke(device: number, leases: readonly RevokedLease[], reason: Revocation['reason'] = 'cancelled'): void {
    for (let i = 0; i < leases.length; i += REVOKED_AT_ONCE) {
      const ids = leases.slice(i, i + REVOKED_AT_ONCE).map(({ lease }) => lease)
      this.#options.live.revoke(device, { leases: ids, reason })
    }
  }

  async #leaseOnce(device: DeviceRecord, request: LeaseRequest): Promise<Leased> {
    if (this.#stopping) return { grants: [], reason: 'server-stopping' }
    if (device.state === 'banned') return { grants: [], reason: 'device-banned' }
    if (this.waiting > BUSY_LEASES) return { grants: [], reason: 'busy' }
    const isIdle = request.held === 0 && this.jobs.size > 0 && this.#options.terms?.mayHelp(device)
    if (this.jobs.inOrder().length === 0 && !isIdle) return { grants: [], reason: this.jobs.size > 0 ? 'no-open-units' : 'no-jobs' }
    return this.#one({ kind: 'lease', asking: { device, request } })
  }

  async #one<Kind extends EngineItem['kind']>(item: EngineItem & { kind: Kind }): Promise<EngineOutcomes[Kind]> {
    const [outcome] = await this.#batcher.submit([item])
    if (outcome && 'ok' in outcome) return outcome.ok as EngineOutcomes[Kind]
    throw outcome?.error
  }

  #expectRoom(): void {
    if (this.#stopping) throw new PlatformError('server-stopping', 'The server is stopping: try again in a moment.', 2000)
    if (this.#options.freeDisk() < 0.05) {
      throw new PlatformError('storage-full', 'Expected at least 5 % of the disk to be free: free some space, then submit again.', 30_000)
    }
    if (this.waiting > BUSY_SUBMISSIONS || this.#batcher.bytes > BUSY_BYTES)
      throw new PlatformError('server-busy', 'Too much waits to be written: try again in a second.', 1000)
  }

  #committed(
    { jobs, trust, overtaken }: Omit<Committed<unknown>, 'value'>,
    items: readonly EngineItem[],
    outcomes: readonly EngineOutcome[],
  ): void {
    this.#options.onCommit?.(jobs, trust)
    this.jobs.changed(jobs)
    for (const change of jobs) {
      const isDisputed = change.state === 'running' && change.disputed > 0 && change.unitsDisputed >= DISPUTED_UNITS
      if (isDisputed) void this.pause(change.job, `non-deterministic: ${change.unitsDisputed} units got three or more different answers`)
    }
    tellOfCommit(this.#options, this.parking, jobs, items, outcomes)
    if (overtaken.length > 0) void this.takeBack(overtaken, 'decided').catch(this.#options.onFailure)
  }
}

function bytesOf(item: EngineItem): number {
  if (item.kind === 'report') return reportBytes(item.report)
  if (item.kind === 'submit') return item.request.code.length + item.request.units.reduce((sum, unit) => sum + unit.input.length, 0)
  if (item.kind === 'add') return item.units.reduce((sum, unit) => sum + unit.input.length, 0)
  return 100
}

function reportBytes({ report }: LeaseReport): number {
  if (report.kind !== 'output') return 100
  return report.output.length + (report.console?.length ?? 0) + (report.stack?.length ?? 0)
}

function weightOf(item: EngineItem): number {
  if (item.kind === 'submit') return item.request.units.length + 1
  if (item.kind === 'add') return item.units.length + 1
  return item.kind === 'lease' ? Math.min(item.asking.request.most ?? 100, 100) : 1
}
