import type { ClientRow, DeviceRow, Page, WorkerCount } from '../sdk/protocol.ts'
import type { Live } from './live.ts'
import type { Reading } from './reading.ts'

/** Devices whose rows are read at a time to count the busy ones. */
const COUNTED_AT_A_TIME = 500
/** Counting grows with the number of devices, so it is done at most once in this time, milliseconds. */
const COUNT_FRESH_MS = 1000

/** Who is connected to this server now. Of several servers over one database each knows its own. */
export class Connected {
  readonly #reading: Reading
  readonly #live: Live
  readonly #operator: number
  #count: Promise<WorkerCount> | undefined
  #countedAt = 0

  /** @param operator row id of the account that sees everybody */
  constructor(reading: Reading, live: Live, operator: number) {
    this.#reading = reading
    this.#live = live
    this.#operator = operator
  }

  /** Devices, newest first, paged by row id. */
  async workers(after: string | undefined, limit: number): Promise<Page<DeviceRow>> {
    const ids = this.#ids(after === undefined ? Number.POSITIVE_INFINITY : Number(after))
    const rows = await this.#reading.devicesOf(ids.slice(0, limit))
    return {
      // A ban is told to the device and the admin alone, and who is banned is not connected for long.
      rows: rows.map(({ banReason, appeal, ...row }) => ({ ...row, connected: true, threads: this.#live.threadsOf(row.device) })),
      ...(ids.length > limit ? { next: String(ids[limit - 1]) } : {}),
    }
  }

  /** How many devices hold units to compute, and how many none. */
  workerCount(now = performance.now()): Promise<WorkerCount> {
    if (!this.#count || now - this.#countedAt > COUNT_FRESH_MS) {
      this.#countedAt = now
      this.#count = this.#countWorkers()
    }
    return this.#count
  }

  /** The account's own connections, newest first; to the operator everybody's. */
  async clients(accountId: number, limit: number): Promise<ClientRow[]> {
    const shown = this.#live.clients().filter((link) => accountId === this.#operator || link.accountId === accountId)
    const links = shown.slice(-limit).reverse()
    return Promise.all(
      links.map(async ({ accountId, connectedAt, watchedJobs }) => ({
        ...{ account: await this.#reading.owner(accountId), connectedAt, jobs: watchedJobs() },
      })),
    )
  }

  /** Row ids below `below`, the greatest first. */
  #ids(below: number): number[] {
    return this.#live
      .deviceIds()
      .filter((id) => id < below)
      .sort((a, b) => b - a)
  }

  async #countWorkers(): Promise<WorkerCount> {
    const ids = this.#ids(Number.POSITIVE_INFINITY)
    let busy = 0
    for (let from = 0; from < ids.length; from += COUNTED_AT_A_TIME) {
      const rows = await this.#reading.devicesOf(ids.slice(from, from + COUNTED_AT_A_TIME))
      busy += rows.filter((row) => row.busy).length
    }
    return { busy, free: ids.length - busy }
  }
}
