import { deviceBanned } from './auth/device-banned.ts'
import type { Coordinator } from './coordinator.ts'
import { PlatformError } from './errors.ts'
import type { Live } from './live.ts'
import { unknownBundle, unknownDevice } from './reading.ts'
import type { KnownDevice, Store } from './store/store.ts'

export interface ReopenRequest {
  /** The device whose answers they are; absent for those of a bundle, by its SHA-256. */
  readonly device?: string | undefined
  readonly bundle?: string | undefined
  /** Milliseconds since 1970. */
  readonly since: number
  readonly after?: string | undefined
}
export interface Reopened {
  /** Answers that do not stand any more. */
  readonly reopened: number
  /** Where the next piece begins; absent after the last one. */
  readonly next?: string
}
export interface AdministrationOptions {
  readonly store: Store
  readonly coordinator: Coordinator
  readonly live: Live
  /** Told of each act after its commit: the audit log. */
  readonly onAct: (act: Readonly<Record<string, string>>) => void
}

/** What an admin does to devices. Each act may be repeated: the second time it changes nothing, unless a ban has another reason. */
export class Administration {
  readonly #options: AdministrationOptions
  readonly #banListeners: ((device: string, reason: string) => void)[] = []

  constructor(options: AdministrationOptions) {
    this.#options = options
  }

  /** Called after a ban of this server, for the others. */
  onBan(listener: (device: string, reason: string) => void): void {
    this.#banListeners.push(listener)
  }

  /**
   * Bans a device with a reason it is told: its socket ends, its units are given to others, and it is refused until it is un-banned. One that is banned
   * already is told this reason from now on. @throws PlatformError `unknown-device`
   */
  async ban(device: string, reason: string): Promise<void> {
    await this.banOnce(device, reason)
    const { id } = await this.#find(device)
    if (await this.#options.store.restateBan(id, reason)) this.#options.onAct({ act: 'ban', device, reason })
  }

  /** As `ban`, but one that is banned already keeps its reason: for the server itself, which may not replace an admin's. */
  async banOnce(device: string, reason: string): Promise<void> {
    const { store, coordinator, live, onAct } = this.#options
    const known = await this.#find(device)
    if (await store.banDevice(known.id, reason)) {
      onAct({ act: 'ban', device, reason })
      live.revoke(known.id, { leases: [...(await store.leasesOfDevice(known.id))], reason: 'device-banned' })
      this.dismiss(device, reason)
      for (const listener of this.#banListeners) listener(device, reason)
    }
    // Repeated with the ban: what a server that died in between has left is taken back by asking again.
    await coordinator.revokeAll(known)
  }

  /** Makes a banned device a suspect one, which may come back. @throws PlatformError `unknown-device` */
  async unban(device: string): Promise<void> {
    const known = await this.#find(device)
    if (await this.#options.store.unbanDevice(known.id)) this.#options.onAct({ act: 'unban', device })
  }

  /**
   * Has answers of a device, or of all jobs of a bundle, that were given since an instant computed anew: a piece of them, after where the piece before
   * ended. What they alone had decided is retracted; finished jobs run again (INTEGRITY T5). @throws PlatformError `unknown-device`, `unknown-bundle`
   */
  async reopen({ device, bundle = '', since, after = '' }: ReopenRequest): Promise<Reopened> {
    const { store, coordinator, onAct } = this.#options
    if (device === undefined && !(await store.bundle(bundle))) throw unknownBundle(bundle)
    const of = device === undefined ? { bundle } : { deviceId: (await this.#find(device)).id }
    const { leases, next } = await coordinator.transact((tx) => tx.trust.answersToReopen(of, since, after))
    const outcomes = await coordinator.report(leases.map((lease) => ({ lease, by: null, report: { kind: 'reopened' } })))
    const failure = outcomes.find((outcome) => typeof outcome !== 'string')
    if (failure) throw failure
    const reopened = outcomes.filter((outcome) => outcome === 'recorded').length
    const whose: Readonly<Record<string, string>> = device === undefined ? { bundle } : { device }
    if (reopened > 0) onAct({ act: 'reopen', ...whose, since: new Date(since).toISOString(), results: String(reopened) })
    return { reopened, ...(next !== undefined && { next }) }
  }

  /** Lets a job that gives far more credit a second than others give it; false when it does not wait for that. */
  async releaseCredit(job: string): Promise<boolean> {
    const isReleased = await this.#options.store.credits.release(job)
    if (isReleased) this.#options.onAct({ act: 'release-credit', job })
    return isReleased
  }

  /** Says what an input of a job is worth that a server could not measure. @throws PlatformError `unknown-job`, `bad-transition` when it has a price */
  async price(job: string, creditPerInput: number): Promise<void> {
    const { store, onAct } = this.#options
    const record = await store.findJob(job)
    if (!record) throw new PlatformError('unknown-job', `Expected the id of a job, got ${job}.`)
    if (!(await store.pilots.isUnpriced(job)))
      throw new PlatformError(
        'bad-transition',
        'Expected a job that was tried out and has no price, got another: a price is fixed for good.',
      )
    await store.credits.setPrice(record, [creditPerInput])
    onAct({ act: 'price', job, creditPerInput: String(creditPerInput) })
  }

  /** Ends the device's socket here, if it has one. */
  dismiss(device: string, reason: string): void {
    this.#options.live.dismiss(device, deviceBanned(reason).refusal())
  }

  async #find(device: string): Promise<KnownDevice> {
    const known = await this.#options.store.findDevice(device)
    if (!known) throw unknownDevice(device)
    return known
  }
}
