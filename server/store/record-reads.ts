import type { LeaseState, RecordedLease, UnitState } from '../../sdk/protocol.ts'
import { hexOf, readRef } from './payload-ref.ts'
import { digestOf } from './payloads.ts'
import type { ReadConnection } from './reads.ts'
import type { UnitRecord, UnitRecords } from './store.ts'

type Row = Readonly<Record<string, unknown>>
/** The bytes of a reference; null where its row is gone. */
type ReadPayload = (ref: Uint8Array) => Promise<Uint8Array | null>

/** Bytes of inputs and outputs that end a page. */
const PAGE_BYTES = 256 * 1024
/** Units of a page; their leases are asked for in one statement, filled up with the last unit, so that its text is always the same. */
const UNITS = 100

/** By the index of job and key. */
export const RECORDED_UNITS = `SELECT id, key, input, inputs, state FROM "WorkUnit" WHERE "jobId" = $1 AND key > $2 ORDER BY key LIMIT $3`
/** By the index of unit and holder. */
export const RECORDED_LEASES = `SELECT l.*, d.uid AS device, d.engine FROM "Lease" l JOIN "Device" d ON d.id = l."deviceId"
  WHERE l."unitId" IN (${Array.from({ length: UNITS }, (_, i) => `$${i + 1}`).join(', ')}) ORDER BY l.row`

/** Units with their results and holders. What it gives is undefined where an input or output is gone. */
export class RecordReads {
  readonly #connection: ReadConnection
  readonly #payload: ReadPayload

  constructor(connection: ReadConnection, payload: ReadPayload) {
    this.#connection = connection
    this.#payload = payload
  }

  async after(jobId: number, key: string, limit: number): Promise<UnitRecords | undefined> {
    const most = Math.min(limit, UNITS)
    const rows = await this.#connection.query(RECORDED_UNITS, [jobId, key, most + 1])
    const units = await this.#recordsOf(rows.slice(0, most))
    const last = units?.at(-1)
    return units && { units, ...(last && units.length < rows.length ? { next: last.key } : {}) }
  }

  /** As many of the rows, from the first, as a page holds. */
  async #recordsOf(rows: readonly Row[]): Promise<UnitRecord[] | undefined> {
    const leases = await this.#leasesOf(rows.map(({ id }) => Number(id)))
    const accounts = await this.#accountsOf([...leases.values()].flat())
    const units: UnitRecord[] = []
    let bytes = 0
    for (const row of rows) {
      const ofUnit = leases.get(Number(row.id)) ?? []
      const input = await this.#payload(row.input as Uint8Array)
      const agreed = decided(row) ? ofUnit.find(({ state, output }) => state === 'agreed' && output !== null) : undefined
      const output = agreed && (await this.#payload(agreed.output as Uint8Array))
      if (input === null || output === null) return undefined
      bytes += input.length + (output?.length ?? 0)
      if (bytes > PAGE_BYTES && units.length > 0) break
      units.push({
        ...{ key: row.key as string, input, inputs: Number(row.inputs), state: row.state as UnitState },
        ...(output ? { output } : {}),
        leases: ofUnit.map((lease) => leaseOf(lease, accounts)),
      })
    }
    return units
  }

  async #leasesOf(units: readonly number[]): Promise<Map<number, Row[]>> {
    if (units.length === 0) return new Map()
    const filled = Array.from({ length: UNITS }, (_, i) => units[Math.min(i, units.length - 1)]!)
    return Map.groupBy(await this.#connection.query(RECORDED_LEASES, filled), ({ unitId }) => Number(unitId))
  }

  /** Names of the accounts among the holders. */
  async #accountsOf(leases: readonly Row[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>()
    for (const holder of new Set(leases.map(({ holder }) => holder as string))) {
      if (!holder.startsWith('a:')) continue
      const [row] = await this.#connection.query('SELECT name FROM "Account" WHERE id = $1', [Number(holder.slice(2))])
      names.set(holder, (row?.name as string | undefined) ?? '')
    }
    return names
  }
}

const decided = ({ state }: Row): boolean => state === 'accepted' || state === 'sealed'

/** Row ids stay here: a holder is named by its account, or its device. */
const leaseOf = (row: Row, accounts: ReadonlyMap<string, string>): RecordedLease => ({
  holder: accounts.has(row.holder as string) ? `a:${accounts.get(row.holder as string)}` : `d:${row.device}`,
  ...{ device: row.device as string, engine: row.engine as string, state: row.state as LeaseState, issuedAt: Number(row.issuedAt) },
  ...(row.endedAt === null ? {} : { endedAt: Number(row.endedAt) }),
  ...(row.output === null ? {} : { output: digestIn(row.output as Uint8Array) }),
  ...(row.note ? { note: row.note as string } : {}),
})

function digestIn(ref: Uint8Array): string {
  const read = readRef(hexOf(ref))
  return 'digest' in read ? read.digest : digestOf(read.bytes)
}
