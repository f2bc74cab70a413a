import type { CheckpointStore, KeptCheckpoint, NewCheckpoint } from './checkpoint-store.ts'
import type { Dialect } from './dialect.ts'
import { hexOf } from './payload-ref.ts'
import type { Sql } from './sql.ts'

/** Kept of one device at once, as many as it keeps itself. */
const MOST_OF_DEVICE = 64
/** Looked at in one sweep. */
const LOOKED_AT = 200

type Row = [lease: string, asker: string, holder: string, deviceId: number, engine: string, ownOf: number | null, keptAt: number]
type Spent = [looked: number, last: number | null, spent: [unitId: number, holder: string][]]

/** Rows of their own, so that what computes pays nothing for jobs that keep none: a sweep deletes what is spent, no settlement looks. */
export class Checkpoints implements CheckpointStore {
  readonly #sql: Sql
  readonly #dialect: Dialect
  readonly #now: () => Promise<number>
  /** Where the next sweep begins. */
  #from = 0

  constructor(sql: Sql, dialect: Dialect, now: () => Promise<number>) {
    this.#sql = sql
    this.#dialect = dialect
    this.#now = now
  }

  async keep({ lease, deviceId, engine, bytes }: NewCheckpoint): Promise<boolean> {
    const { keepCheckpoint } = this.#dialect
    const kept = await this.#sql.run(keepCheckpoint, engine, hexOf(bytes), await this.#now(), lease, deviceId, MOST_OF_DEVICE)
    return kept > 0
  }

  async ofLeases(leases: readonly string[]): Promise<KeptCheckpoint[]> {
    const rows = leases.length === 0 ? [] : await this.#sql.json<Row[]>(this.#dialect.checkpointsOf, JSON.stringify(leases))
    return rows
      .map(([lease, asker, holder, deviceId, engine, ownOf, keptAt]) => ({ lease, asker, holder, deviceId, engine, ownOf, keptAt }))
      .sort((a, b) => b.keptAt - a.keptAt)
  }

  async read(lease: string, deviceId: number, holder: string): Promise<Uint8Array | undefined> {
    const [hex] = await this.#sql.json<string[]>(this.#dialect.checkpointBytes, lease, deviceId, holder)
    return hex === undefined ? undefined : Buffer.from(hex, 'hex')
  }

  async deleteSpent(): Promise<number> {
    const [looked, last, spent] = await this.#sql.json<Spent>(this.#dialect.spentCheckpoints, this.#from, LOOKED_AT)
    // The last unit is looked at again: it has more holders perhaps.
    this.#from = looked < LOOKED_AT ? 0 : (last ?? 0)
    return spent.length === 0 ? 0 : this.#sql.run(this.#dialect.deleteCheckpoints, JSON.stringify(spent))
  }
}
