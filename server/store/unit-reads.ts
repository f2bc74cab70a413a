import { LIMITS, type StoredUnit, type UnitState, type UnitsAnswer } from '../../sdk/protocol.ts'
import { hexOf } from './payload-ref.ts'
import type { ReadConnection } from './reads.ts'
import type { LeasePlace, OwnSeconds } from './store.ts'

type Row = Readonly<Record<string, unknown>>
/** The bytes of a reference; null where its row is gone. */
type ReadPayload = (ref: Uint8Array) => Promise<Uint8Array | null>

/** Bytes of inputs that end a page. */
const PAGE_BYTES = 256 * 1024
/** Keys of one statement; fewer are filled up with the last one, so that the text is always the same. */
const KEYS = 50

const UNITS = 'SELECT key, input, inputs, state FROM "WorkUnit"'
/** Both by the index of job and key. */
export const UNITS_AFTER = `${UNITS} WHERE "jobId" = $1 AND key > $2 ORDER BY key LIMIT $3`
export const UNITS_BY_KEY = `${UNITS} WHERE "jobId" = $1 AND key IN (${Array.from({ length: KEYS }, (_, i) => `$${i + 2}`).join(', ')})`
/** By the ids of the leases. */
export const LEASE_PLACES = `SELECT l.id, j.uid AS job, u.key, u.inputs FROM "Lease" l
  JOIN "WorkUnit" u ON u.id = l."unitId" JOIN "Job" j ON j.id = l."jobId"
  WHERE l."deviceId" = $1 AND l.state = 'issued' AND l.id IN (${Array.from({ length: LIMITS.runningUnits }, (_, i) => `$${i + 2}`).join(', ')})`

/**
 * By the primary key of events: the first result that stands on an own device of everybody's alone. The first thousand events are looked at, so that
 * a job without such devices costs no more.
 */
export const OWN_SECONDS = `SELECT e.seconds, u.inputs, d.speed FROM "Event" e JOIN "Lease" l ON l."row" = e."leaseRow"
  JOIN "Device" d ON d.id = l."deviceId" JOIN "WorkUnit" u ON u.id = e."unitId"
  WHERE e."jobId" = $1 AND e.n <= 1000 AND e.seconds > 0 AND e.holders = 1 AND d.own = 2 ORDER BY e.n LIMIT 1`

/** Units of a job with their inputs, a page of bytes at a time. What it gives is undefined where an input is gone. */
export class UnitReads {
  readonly #connection: ReadConnection
  readonly #payload: ReadPayload

  constructor(connection: ReadConnection, payload: ReadPayload) {
    this.#connection = connection
    this.#payload = payload
  }

  async after(jobId: number, key: string, limit: number): Promise<UnitsAnswer | undefined> {
    const rows = await this.#connection.query(UNITS_AFTER, [jobId, key, limit + 1])
    const units = await this.#withInputs(rows.slice(0, limit))
    const last = units?.at(-1)
    return units && { units, ...(last && units.length < rows.length ? { next: last.key } : {}) }
  }

  async byKey(jobId: number, keys: readonly string[]): Promise<readonly StoredUnit[] | undefined> {
    const found: StoredUnit[] = []
    let bytes = 0
    for (let from = 0; from < keys.length && bytes < PAGE_BYTES; from += KEYS) {
      const some = keys.slice(from, from + KEYS)
      const filled = Array.from({ length: KEYS }, (_, i) => some[Math.min(i, some.length - 1)] as string)
      const units = await this.#withInputs(await this.#connection.query(UNITS_BY_KEY, [jobId, ...filled]))
      if (!units) return undefined
      found.push(...units)
      bytes += units.reduce((sum, { input }) => sum + input.length, 0)
    }
    return found
  }

  async ownSeconds(jobId: number): Promise<OwnSeconds | undefined> {
    const [row] = await this.#connection.query(OWN_SECONDS, [jobId])
    return row && { secondsPerInput: Number(row.seconds) / Number(row.inputs), speed: Number(row.speed) }
  }

  async placesOf(deviceId: number, leases: readonly string[]): Promise<readonly LeasePlace[]> {
    if (leases.length === 0) return []
    const filled = Array.from({ length: LIMITS.runningUnits }, (_, i) => Buffer.from(leases[Math.min(i, leases.length - 1)]!, 'hex'))
    const rows = await this.#connection.query(LEASE_PLACES, [deviceId, ...filled])
    return rows.map(({ id, job, key, inputs }) => ({
      ...{ lease: hexOf(id as Uint8Array), job: job as string, key: key as string, inputs: Number(inputs) },
    }))
  }

  /** As many of the rows, from the first, as a page holds. */
  async #withInputs(rows: readonly Row[]): Promise<StoredUnit[] | undefined> {
    const units: StoredUnit[] = []
    let bytes = 0
    for (const row of rows) {
      const input = await this.#payload(row.input as Uint8Array)
      if (input === null) return undefined
      bytes += input.length
      if (bytes > PAGE_BYTES && units.length > 0) break
      units.push({ key: row.key as string, input, inputs: Number(row.inputs), state: row.state as UnitState })
    }
    return units
  }
}
