import { LIMITS } from '../../sdk/protocol.ts'
import { Checkpoints, type CheckpointsOptions } from './checkpoints.ts'
import type { Clock } from './clock.ts'
import type { HeldUnit } from './pool.ts'

/** A unit that keeps where it is for so long is worth a message; then at most one each `BETWEEN_MS`. */
const FIRST_MS = 10_000
const BETWEEN_MS = 30_000

export interface MovingCheckpointsOptions extends CheckpointsOptions {
  readonly clock: Clock
  /** Whether the server keeps it. */
  readonly send: (lease: string, bytes: Uint8Array) => Promise<boolean>
  /** What the server has of the unit of this lease; undefined when it cannot be had now. */
  readonly fetch: (lease: string) => Promise<Uint8Array | undefined>
}

interface Newest {
  readonly bytes: Uint8Array
  /** Before that it is not sent, unless its unit is given back. */
  readonly dueAt: number
  readonly isSent: boolean
}

/** What units kept: on this device, and now and then at the server, from where another device that may go on gets it. */
export class MovingCheckpoints {
  readonly #options: MovingCheckpointsOptions
  readonly #here: Checkpoints
  /** By lease, of those that fit into a message. */
  readonly #newest = new Map<string, Newest>()

  constructor(options: MovingCheckpointsOptions) {
    this.#options = options
    this.#here = new Checkpoints(options)
  }

  open(device: string): Promise<void> {
    return this.#here.open(device)
  }

  /** From where the unit goes on; undefined without asking anybody while nothing is kept. */
  get(unit: HeldUnit): Promise<Uint8Array | undefined> | undefined {
    const { lease, checkpoint } = unit.leased
    const here = this.#here.get(unit)
    if (checkpoint === undefined) return here
    // What another device kept came after what this one did.
    return checkpoint === 'elsewhere' ? this.#fetched(lease).then((bytes) => bytes ?? here) : this.#hereFirst(here, lease)
  }

  keep(unit: HeldUnit, bytes: Uint8Array): void {
    this.#here.keep(unit, bytes)
    const { lease } = unit.leased
    const now = this.#options.clock.now()
    const dueAt = this.#newest.get(lease)?.dueAt ?? now + FIRST_MS
    if (bytes.byteLength > LIMITS.movedCheckpointBytes) return
    this.#newest.set(lease, { bytes, dueAt, isSent: false })
    if (now >= dueAt) void this.#send(lease, bytes)
  }

  /** The unit is over here. */
  forget(unit: HeldUnit): void {
    this.#newest.delete(unit.leased.lease)
    this.#here.forget(unit)
  }

  /** The server has taken them back already. */
  abandon(leases: readonly string[]): void {
    for (const lease of leases) this.#newest.delete(lease)
  }

  /** Whether something of it would be lost if it was given back now. */
  hasNews(lease: string): boolean {
    return this.#newest.get(lease)?.isSent === false
  }

  /** Sends what is not sent yet of units that are about to be given back; settles when all that arrives has. */
  async handOver(leases: readonly string[]): Promise<void> {
    for (const lease of leases) {
      const newest = this.#newest.get(lease)
      this.#newest.delete(lease)
      if (newest && !newest.isSent) await this.#options.send(lease, newest.bytes)
    }
  }

  /** Settles when all that was asked for so far is written. */
  written(): Promise<void> {
    return this.#here.written()
  }

  async #send(lease: string, bytes: Uint8Array): Promise<void> {
    const dueAt = this.#options.clock.now() + BETWEEN_MS
    this.#newest.set(lease, { bytes, dueAt, isSent: true })
    const isKept = await this.#options.send(lease, bytes)
    const newest = this.#newest.get(lease)
    if (!isKept && newest?.bytes === bytes) this.#newest.set(lease, { ...newest, isSent: false })
  }

  async #hereFirst(here: Promise<Uint8Array | undefined> | undefined, lease: string): Promise<Uint8Array | undefined> {
    return (await here) ?? this.#fetched(lease)
  }

  async #fetched(lease: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#options.fetch(lease)
    if (!(bytes instanceof Uint8Array) || bytes.byteLength > LIMITS.movedCheckpointBytes) return undefined
    return new Uint8Array(bytes) // what came is a view of the whole message
  }
}
