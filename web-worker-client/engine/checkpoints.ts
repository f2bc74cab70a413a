import type { Log } from './log.ts'
import { type ByteFolder, entryName, memoryFolder } from './outbox-store.ts'
import type { HeldUnit } from './pool.ts'
import { sha256 } from './sha256.ts'

/** Checkpoints that are kept at most, each of at most `LIMITS.checkpointBytes`: of one more, the one written longest ago goes. */
const MOST_KEPT = 64

export interface CheckpointsOptions {
  /** Where they outlive the process; one device sees its own only. @default in memory */
  readonly folder: ByteFolder | undefined
  /** Undefined until this device has a name. */
  readonly device: () => string | undefined
  readonly log: Log
}

/**
 * What units kept on this device, by unit. No id of a unit crosses the wire; its job, code, input and seed together are one, also when another
 * lease brings it back. Writing is behind the caller, one after the other; of one unit only the newest that is not written yet is.
 */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  readonly #folder: ByteFolder
  /** Written longest ago first. */
  readonly #kept = new Set<string>()
  readonly #keys = new WeakMap<object, Promise<string>>()
  /** Leases of units that are over: what those still say is not kept. */
  readonly #over = new WeakSet<object>()
  readonly #toWrite = new Map<string, Uint8Array | undefined>()
  #writing: Promise<void> | undefined

  constructor(options: CheckpointsOptions) {
    this.#options = options
    this.#folder = options.folder ?? memoryFolder()
  }

  /** Learns what earlier runs of this device left. */
  async open(device: string): Promise<void> {
    const names = await this.#folder.list().catch((error: Error) => this.#warn('read', error, [] as string[]))
    for (const name of names) if (name.startsWith(`${device}.`)) this.#kept.add(name)
  }

  /** What the unit kept last; undefined without asking anybody while nothing is kept. */
  get(unit: HeldUnit): Promise<Uint8Array | undefined> | undefined {
    return this.#kept.size === 0 ? undefined : this.#read(unit)
  }

  keep(unit: HeldUnit, bytes: Uint8Array): void {
    void this.#nameOf(unit).then((name) => {
      if (name === undefined || this.#over.has(unit.leased)) return
      this.#kept.delete(name)
      this.#kept.add(name)
      this.#put(name, bytes)
      const [oldest] = this.#kept
      if (this.#kept.size > MOST_KEPT) this.#remove(oldest!)
    })
  }

  /** The unit is over here. */
  forget(unit: HeldUnit): void {
    this.#over.add(unit.leased)
    if (this.#kept.size === 0 && !this.#keys.has(unit.leased)) return
    void this.#nameOf(unit).then((name) => {
      if (name !== undefined && this.#kept.has(name)) this.#remove(name)
    })
  }

  /** Settles when all that was asked for so far is written. */
  async written(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #read(unit: HeldUnit): Promise<Uint8Array | undefined> {
    const name = await this.#nameOf(unit)
    if (name === undefined || !this.#kept.has(name)) return undefined
    return this.#toWrite.get(name) ?? this.#folder.read(name).catch((error: Error) => this.#warn('read', error, undefined))
  }

  async #nameOf({ leased, brief }: HeldUnit): Promise<string | undefined> {
    const device = this.#options.device()
    if (device === undefined) return undefined
    const known = this.#keys.get(leased) ?? keyOf(brief.job, brief.bundle, leased.seed, leased.input)
    this.#keys.set(leased, known)
    return entryName(device, await known)
  }

  #remove(name: string): void {
    this.#kept.delete(name)
    this.#put(name, undefined)
  }

  #put(name: string, bytes: Uint8Array | undefined): void {
    this.#toWrite.set(name, bytes)
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  async #write(): Promise<void> {
    for (const [name, bytes] of this.#toWrite) {
      const change = bytes === undefined ? this.#folder.remove(name) : this.#folder.write(name, bytes)
      await change.catch((error: Error) => this.#warn('written', error, undefined))
      if (this.#toWrite.get(name) === bytes) this.#toWrite.delete(name)
    }
    if (this.#toWrite.size > 0) await this.#write()
  }

  #warn<Instead>(what: 'read' | 'written', error: Error, instead: Instead): Instead {
    this.#options.log.warn(`Checkpoints could not be ${what}, units begin anew after a restart: ${error.message}`)
    return instead
  }
}

/** One name for the same unit whenever it comes. */
function keyOf(job: string, bundle: string, seed: Uint8Array, input: Uint8Array): Promise<string> {
  const names = new TextEncoder().encode(`${job} ${bundle} `)
  const bytes = new Uint8Array(names.length + seed.length + input.length)
  bytes.set(names)
  bytes.set(seed, names.length)
  bytes.set(input, names.length + seed.length)
  return sha256(bytes)
}
