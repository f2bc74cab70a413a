import { deviceBanned } from './auth/device-banned.ts'
import type { Coordinator } from './coordinator.ts'
import { PlatformError } from './errors.ts'
import type { Live } from './live.ts'
import { unknownDevice } from './reading.ts'
import type { KnownDevice, Store } from './store/store.ts'

export interface AdministrationOptions {
  readonly store: Store
  readonly coordinator: Coordinator
  readonly live: Live
  /** Told of each act after its commit: the audit log. */
  readonly onAct: (act: Readonly<Record<string, string>>) => void
}

/** What an admin does to devices. Each act may be repeated: the second time it changes nothing. */
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
   * Bans a device with a reason it is told: its socket ends, its units are given to others, and it is refused until it is un-banned.
   * @throws PlatformError `unknown-device`
   */
  async ban(device: string, reason: string): Promise<void> {
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
