import { LIMITS, type ReturnedUnit } from '../../sdk/protocol.ts'
import type { Log } from './log.ts'
import type { OutboxStore } from './outbox-store.ts'

interface Entry {
  readonly device: string
  readonly result: ReturnedUnit
  readonly bytes: number
  inFlight: boolean
  kept: boolean
}

/** Above this the engine starts no more units until results are delivered, bytes. Nothing is ever dropped for lack of room. */
const FULL_BYTES = 128 * 1024 * 1024
/** Names, numbers and framing of one result, bytes; generous. */
const ITEM_OVERHEAD_BYTES = 256

/**
 * Results the server has not acknowledged, oldest first. An entry leaves only by `remove`. `keep` writes it to the store, so that it
 * survives the process; the store is written in order and behind the caller, who never waits for it.
 */
export class Outbox {
  readonly #store: OutboxStore
  readonly #log: Log
  readonly #entries = new Map<string, Entry>()
  #bytes = 0
  #writes: Promise<void> = Promise.resolve()

  constructor(store: OutboxStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  get size(): number {
    return this.#entries.size
  }

  get full(): boolean {
    return this.#bytes >= FULL_BYTES
  }

  get leases(): readonly string[] {
    return [...this.#entries.keys()]
  }

  /** Takes over what an earlier run of this device could not deliver, at most as many as one `hello` may list. */
  async open(device: string): Promise<void> {
    try {
      for (const result of (await this.#store.load(device)).slice(0, LIMITS.itemsPerMessage)) this.#insert(device, result, true)
    } catch (error) {
      this.#log.warn(`The outbox could not be read: ${(error as Error).message}`)
    }
  }

  /** @param keep whether to write it to the store at once */
  add(device: string, result: ReturnedUnit, keep: boolean): void {
    this.#insert(device, result, false)
    if (keep) this.#keep(this.#entries.get(result.lease)!)
  }

  /** Up to `most` results and 8 MiB that are not in flight; they are now. */
  take(most: number): ReturnedUnit[] {
    const taken: ReturnedUnit[] = []
    let bytes = 0
    for (const entry of this.#entries.values()) {
      if (taken.length >= most) break
      if (entry.inFlight) continue
      if (taken.length > 0 && bytes + entry.bytes > LIMITS.messageBytes) break
      entry.inFlight = true
      bytes += entry.bytes
      taken.push(entry.result)
    }
    return taken
  }

  /** The inverse of `take`: they will be sent again. */
  putBack(results: readonly ReturnedUnit[]): void {
    for (const { lease } of results) {
      const entry = this.#entries.get(lease)
      if (entry) entry.inFlight = false
    }
  }

  remove(lease: string): void {
    const entry = this.#entries.get(lease)
    if (!entry) return
    this.#entries.delete(lease)
    this.#bytes -= entry.bytes
    if (entry.kept) this.#write(() => this.#store.remove(entry.device, lease))
  }

  /** Writes down everything that is not yet. */
  keepAll(): void {
    for (const entry of this.#entries.values()) this.#keep(entry)
  }

  /** Settles when the store has taken all that was asked of it so far. */
  written(): Promise<void> {
    return this.#writes
  }

  #insert(device: string, result: ReturnedUnit, kept: boolean): void {
    if (this.#entries.has(result.lease)) return
    const bytes = sizeOf(result)
    this.#entries.set(result.lease, { device, result, bytes, inFlight: false, kept })
    this.#bytes += bytes
  }

  #keep(entry: Entry): void {
    if (entry.kept) return
    entry.kept = true
    this.#write(() => this.#store.put(entry.device, entry.result))
  }

  #write(change: () => Promise<void>): void {
    this.#writes = this.#writes
      .then(change)
      .catch((error: Error) => this.#log.warn(`The outbox could not be written, a restart may lose results: ${error.message}`))
  }
}

/** An upper bound of what the result weighs in a message; a UTF-16 unit is at most three bytes of UTF-8. */
function sizeOf(result: ReturnedUnit): number {
  const bytes = 'output' in result ? result.output.byteLength : 0
  const text = 'output' in result ? (result.console?.length ?? 0) + (result.stack?.length ?? 0) : result.message.length
  return bytes + 3 * text + ITEM_OVERHEAD_BYTES
}
