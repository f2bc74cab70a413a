import type { DeviceRow, EventsAnswer, JobSnapshot, Page } from '../sdk/protocol.ts'
import { PlatformError } from './errors.ts'
import type { Store } from './store/store.ts'

const OWNERS_REMEMBERED = 1000

/** What portal, REST and SDK read; never on the engine's connection. */
export class Reading {
  readonly #store: Store
  readonly #owners = new Map<number, string>()

  constructor(store: Store) {
    this.#store = store
  }

  /** @throws PlatformError `unknown-job` */
  async job(job: string): Promise<JobSnapshot> {
    const snapshot = await this.#store.reads.job(job)
    if (!snapshot) throw unknownJob(job)
    return snapshot
  }

  /** @throws PlatformError `unknown-job` */
  async events(job: string, after: number, limit: number): Promise<EventsAnswer> {
    const answer = await this.#store.reads.events(job, after, limit)
    if (!answer) throw unknownJob(job)
    return answer
  }

  /** Newest first. */
  jobs(after: string | undefined, limit: number): Promise<Page<JobSnapshot>> {
    return this.#store.reads.jobs(after, limit)
  }

  /** Newest first. */
  devices(after: string | undefined, limit: number): Promise<Page<Omit<DeviceRow, 'connected'>>> {
    return this.#store.reads.devices(after, limit)
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

  /** The bundle with this SHA-256. @throws PlatformError `unknown-bundle` */
  async bundle(bundle: string): Promise<Uint8Array> {
    const code = await this.#store.payload(bundle)
    if (!code) throw new PlatformError('unknown-bundle', `Expected the SHA-256 of a bundle, got ${bundle}.`)
    return code
  }
}

const unknownJob = (job: string): PlatformError =>
  new PlatformError('unknown-job', `Expected the id of a job, got ${JSON.stringify(job.slice(0, 50))}.`)
