import type {
  EventsAnswer,
  JobDifferences,
  JobManifest,
  JobSnapshot,
  JobsRequest,
  JobWaiting,
  Page,
  StoredUnit,
  UnitsAnswer,
} from '../sdk/protocol.ts'
import { redundancyOf } from './core/policy.ts'
import { differingAnswers } from './differing.ts'
import { PlatformError } from './errors.ts'
import type { JobRecord, Store, StoredDevice, UnitRecords } from './store/store.ts'

const OWNERS_REMEMBERED = 1000

/** What portal, REST and SDK read; never on the engine's connection. */
export class Reading {
  readonly #store: Store
  readonly #waitingOf: (job: string) => JobWaiting | undefined
  readonly #owners = new Map<number, string>()

  /** @param waitingOf why a job does not go on, as far as the server sees */
  constructor(store: Store, waitingOf: (job: string) => JobWaiting | undefined = () => undefined) {
    this.#store = store
    this.#waitingOf = waitingOf
  }

  /** @throws PlatformError `unknown-job` */
  async job(job: string): Promise<JobSnapshot> {
    const snapshot = await this.#store.reads.job(job)
    if (!snapshot) throw unknownJob(job)
    return this.#withWaiting(snapshot)
  }

  /** With what the code printed where `withConsole` says so. @throws PlatformError `unknown-job` */
  async events(job: string, after: number, limit: number, withConsole = false): Promise<EventsAnswer> {
    const answer = await this.#store.reads.events(job, after, limit, withConsole)
    if (!answer) throw unknownJob(job)
    return { ...answer, snapshot: this.#withWaiting(answer.snapshot) }
  }

  /** The last events, at most `limit`, in their order. @throws PlatformError `unknown-job` */
  async newestEvents(job: string, limit: number): Promise<EventsAnswer> {
    const answer = await this.#store.reads.newestEvents(job, limit)
    if (!answer) throw unknownJob(job)
    return answer
  }

  #withWaiting(snapshot: JobSnapshot): JobSnapshot {
    const waiting = snapshot.state === 'running' ? this.#waitingOf(snapshot.job) : undefined
    return waiting ? { ...snapshot, waiting } : snapshot
  }

  #pageWithWaiting({ rows, ...rest }: Page<JobSnapshot>): Page<JobSnapshot> {
    return { rows: rows.map((row) => this.#withWaiting(row)), ...rest }
  }

  /** Newest first; those that are not listed only where `unlisted` is true. */
  async jobs(after: string | undefined, limit: number, unlisted: boolean): Promise<Page<JobSnapshot>> {
    return this.#pageWithWaiting(await this.#store.reads.jobs(after, limit, unlisted))
  }

  /** Jobs of one account, newest first. */
  async ownJobs(ownerId: number, request: JobsRequest): Promise<Page<JobSnapshot>> {
    return this.#pageWithWaiting(await this.#store.reads.ownJobs(ownerId, request))
  }

  /** What its owner is told of a pilot that did not pass. */
  pilotNote(job: string): Promise<string | undefined> {
    return this.#store.pilots.note(job)
  }

  /** What the job was submitted as. @throws PlatformError `unknown-job` when it was forgotten meanwhile */
  async manifest(record: JobRecord): Promise<JobManifest> {
    const { id, ownerId, isOperators, quorum, targetError, requirement, seed, createdAt, verify: digest, ...columns } = record
    const code = await this.#store.bundle(record.bundle)
    const verify = digest && (await this.#store.payload(digest))
    if (!code || (digest && !verify)) throw unknownJob(record.job)
    return {
      spec: { ...columns, redundancy: redundancyOf({ quorum, targetError }), ...(verify && { verify: Buffer.from(verify).toString() }) },
      code,
    }
  }

  /** A page of its units. @throws PlatformError `unknown-job` */
  async units(job: string, after: string, limit: number): Promise<UnitsAnswer> {
    const answer = await this.#store.reads.units(job, after, limit)
    if (!answer) throw unknownJob(job)
    return answer
  }

  /** A page of its units with their results and holders. @throws PlatformError `unknown-job` */
  async unitRecords(job: string, after: string, limit: number): Promise<UnitRecords> {
    const answer = await this.#store.reads.unitRecords(job, after, limit)
    if (!answer) throw unknownJob(job)
    return answer
  }

  /** Why it is not deterministic, for people. @throws PlatformError `unknown-job` */
  async differences(job: string): Promise<JobDifferences> {
    const [differing, pilotNote] = await Promise.all([this.#store.reads.differing(job), this.pilotNote(job)])
    if (differing === undefined) throw unknownJob(job)
    return { ...(differing && { differing: differingAnswers(differing) }), ...(pilotNote !== undefined && { pilotNote }) }
  }

  /** Those of its units that have these keys, as many as a page holds. @throws PlatformError `unknown-job` */
  async inputs(job: string, keys: readonly string[]): Promise<{ readonly units: readonly StoredUnit[] }> {
    const units = await this.#store.reads.unitsByKey(job, keys)
    if (!units) throw unknownJob(job)
    return { units }
  }

  /** @throws PlatformError `unknown-device` */
  async device(device: string): Promise<StoredDevice> {
    const row = await this.#store.reads.device(device)
    if (!row) throw unknownDevice(device)
    return row
  }

  /** Newest first. */
  devices(after: string | undefined, limit: number): Promise<Page<StoredDevice>> {
    return this.#store.reads.devices(after, limit)
  }

  /** Those with these row ids, in the order of the ids. */
  devicesOf(ids: readonly number[]): Promise<readonly StoredDevice[]> {
    return this.#store.reads.devicesOf(ids)
  }

  /** Who submitted a job, by the account's id. Names do not change, so they are remembered. */
  async owner(accountId: number): Promise<string> {
    const known = this.#owners.get(accountId)
    if (known !== undefined) return known
    const name = await this.#store.accountName(accountId)
    if (this.#owners.size >= OWNERS_REMEMBERED) this.#owners.clear()
    this.#owners.set(accountId, name)
    return name
  }

  /** Devices with accepted results, the most first. */
  leaderboard(after: string | undefined, limit: number): Promise<Page<StoredDevice>> {
    return this.#store.reads.leaderboard(after, limit)
  }

  /** The bundle with this SHA-256; what else stands under a digest, inputs and outputs of others, is nobody's to ask for. @throws PlatformError `unknown-bundle` */
  async bundle(bundle: string): Promise<Uint8Array> {
    const code = await this.#store.bundle(bundle)
    if (!code) throw unknownBundle(bundle)
    return code
  }
}

export const unknownBundle = (bundle: string): PlatformError =>
  new PlatformError('unknown-bundle', `Expected the SHA-256 of a bundle, got ${bundle}.`)

export const unknownDevice = (device: string): PlatformError =>
  new PlatformError('unknown-device', `Expected the id of a device, got ${JSON.stringify(device.slice(0, 50))}.`)

const unknownJob = (job: string): PlatformError =>
  new PlatformError('unknown-job', `Expected the id of a job, got ${JSON.stringify(job.slice(0, 50))}.`)
