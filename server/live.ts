import type { Hint, Refusal, Revocation } from '../sdk/protocol.ts'
import type { JobChange } from './store/store.ts'
import type { Timers } from './timers.ts'

/** Milliseconds between two hints of one job. */
const HINT_INTERVAL = 50

/** A device's socket, as the engine sees it. */
export interface DeviceLink {
  /** The device's id on the wire. */
  readonly device: string
  readonly threads: number
  revoke(message: Revocation): void
  /** Asks whether anybody is at the other end: says yes when they answer, no when the socket ends first, and else nothing. */
  ask(hear: (isAlive: boolean) => void): void
  /** A newer socket speaks for the device: this one is told and ended. */
  supersede(): void
  /** Tells the device why it is not wanted, and ends its socket. */
  dismiss(why: Refusal): void
}

/** A researcher's socket. */
export interface ClientLink {
  readonly accountId: number
  readonly connectedAt: number
  /** Jobs whose hints it gets. */
  watchedJobs(): number
}

/**
 * What this server holds of the connected, and whom it tells of commits. Hints carry no truth: whoever misses one reads the same events
 * a moment later.
 */
export class Live {
  readonly #timers: Timers
  readonly #devices = new Map<number, DeviceLink>()
  readonly #links = new Map<string, DeviceLink>()
  readonly #pending = new Map<string, Hint | null>()
  readonly #elsewhereListeners: ((device: number, message: Revocation) => void)[] = []
  readonly #offerListeners: (() => void)[] = []
  readonly #listeners: ((hint: Hint) => void)[] = []
  readonly #clients = new Set<ClientLink>()
  #threads = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  get devices(): number {
    return this.#devices.size
  }

  get threads(): number {
    return this.#threads
  }

  /** Row ids of the devices that are connected. */
  deviceIds(): number[] {
    return [...this.#devices.keys()]
  }

  get researchers(): number {
    return this.#clients.size
  }

  /** Researchers' sockets, the oldest first. */
  clients(): ClientLink[] {
    return [...this.#clients]
  }

  /** A researcher's socket is here; returns what ends it. */
  join(client: ClientLink): () => void {
    this.#clients.add(client)
    return () => this.#clients.delete(client)
  }

  isConnected(device: number): boolean {
    return this.#devices.has(device)
  }

  /** The same by the device's id on the wire. */
  isConnectedId(device: string): boolean {
    return this.#links.has(device)
  }

  /** The socket that speaks for the device here. */
  linkOf(device: number): DeviceLink | undefined {
    return this.#devices.get(device)
  }

  /** Threads the device lends; 0 while it is not connected. */
  threadsOf(device: string): number {
    return this.#links.get(device)?.threads ?? 0
  }

  /** The device's newest socket counts, an older one is superseded; returns what ends it. */
  connect(device: number, link: DeviceLink): () => void {
    const older = this.#devices.get(device)
    this.#threads += link.threads - (older?.threads ?? 0)
    this.#devices.set(device, link)
    this.#links.set(link.device, link)
    older?.supersede()
    return () => {
      if (this.#devices.get(device) !== link) return
      this.#devices.delete(device)
      this.#links.delete(link.device)
      this.#threads -= link.threads
    }
  }

  /** Tells the device, here or where else it is connected. */
  revoke(device: number, message: Revocation): void {
    if (this.revokeHere(device, message)) return
    for (const listener of this.#elsewhereListeners) listener(device, message)
  }

  /** Whether the device is connected to this server. */
  revokeHere(device: number, message: Revocation): boolean {
    const link = this.#devices.get(device)
    link?.revoke(message)
    return link !== undefined
  }

  /** Called with what a device must be told that this server does not see: another one may. */
  onElsewhere(listener: (device: number, message: Revocation) => void): void {
    this.#elsewhereListeners.push(listener)
  }

  /** Ends the device's socket. */
  dismiss(device: string, why: Refusal): void {
    this.#links.get(device)?.dismiss(why)
  }

  /** Called when units can be leased that could not before. */
  onOffer(listener: () => void): void {
    this.#offerListeners.push(listener)
  }

  offered(): void {
    for (const listener of this.#offerListeners) listener()
  }

  onHint(listener: (hint: Hint) => void): void {
    this.#listeners.push(listener)
  }

  /** Tells of commits: the first at once, then at most one a job and 50 ms. */
  changed(changes: readonly Pick<JobChange, 'job' | 'events' | 'state' | 'isNews'>[]): void {
    for (const { job, events, state, isNews } of changes) {
      if (!isNews) continue
      const hint = { job, events, state }
      if (this.#pending.has(job)) this.#pending.set(job, hint)
      else this.#tell(hint)
    }
  }

  #tell(hint: Hint): void {
    this.#pending.set(hint.job, null)
    for (const listener of this.#listeners) listener(hint)
    this.#timers.after(HINT_INTERVAL, () => {
      const next = this.#pending.get(hint.job)
      this.#pending.delete(hint.job)
      if (next) this.#tell(next)
    })
  }
}
