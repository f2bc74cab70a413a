import { hexOf } from './payload-ref.ts'
import type { ReadConnection } from './reads.ts'

/** By the key of events, then of leases. */
export const RESULT_LEASE = `SELECT l.id FROM "Event" e JOIN "Lease" l ON l.row = e."leaseRow"
  WHERE e."jobId" = $1 AND e.n = $2 AND e."unitKey" = $3 AND e.kind IN ('accepted', 'sealed')`

/** What is known of how results were checked. */
export class TrustReads {
  readonly #connection: ReadConnection

  constructor(connection: ReadConnection) {
    this.#connection = connection
  }

  async resultLease(jobId: number, key: string, n: number): Promise<string | undefined> {
    const [row] = await this.#connection.query(RESULT_LEASE, [jobId, n, key])
    return row && hexOf(row.id as Uint8Array)
  }
}
