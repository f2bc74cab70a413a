import type { Page, StrikeRow } from '../../sdk/protocol.ts'
import type { Holding } from '../core/networks.ts'
import { cursorOf, pageOf, type Row } from './pages.ts'
import { hexOf } from './payload-ref.ts'
import type { ReadConnection } from './reads.ts'
import type { StoredStrike, StoredTrust, WaitingVote } from './trust-read-store.ts'

const CLASSES = 20

/** By the key of events, then of leases. */
export const RESULT_LEASE = `SELECT l.id FROM "Event" e JOIN "Lease" l ON l.row = e."leaseRow"
  WHERE e."jobId" = $1 AND e.n = $2 AND e."unitKey" = $3 AND e.kind IN ('accepted', 'sealed')`
/** By the index of units that wait for an opinion, then of leases by unit. */
export const WAITING_VOTES = `SELECT l."unitId", l.holder, l."deviceId", l.output, coalesce(t.checks, 0) AS checks FROM (
    SELECT id FROM "WorkUnit" WHERE "jobId" = $1 AND requirement = $2 AND state = 'open' AND live > 0 AND live < wanted ORDER BY id LIMIT 50) u
  JOIN "Lease" l ON l."unitId" = u.id LEFT JOIN "Trust" t ON t.id = l."trustId"
  WHERE l.state IN ('pending', 'agreed', 'disagreed') AND l.votes = 1 AND l.output IS NOT NULL AND l.epoch >= coalesce(t.epoch, 0)`
/** By the index of units that nobody has, then of leases by unit; whether any is out or to be checked by the indexes of these. */
export const UNTAKEN_UNITS = `SELECT u.id AS "unitId", l.holder, l."deviceId" FROM (
    SELECT id FROM "WorkUnit" WHERE "jobId" = $1 AND requirement = $2 AND state = 'open' AND live = 0 ORDER BY id LIMIT 50) u
  LEFT JOIN "Lease" l ON l."unitId" = u.id AND l.state NOT IN ('released', 'expired', 'errored', 'revoked')
  WHERE NOT EXISTS (SELECT 1 FROM "Lease" WHERE "jobId" = $1 AND state = 'issued')
    AND NOT EXISTS (SELECT 1 FROM "Lease" WHERE "jobId" = $1 AND state = 'checking')`
/** By the unique index of device and class. */
export const TRUST_OF = `SELECT t.* FROM "Trust" t JOIN "Device" d ON d.id = t."deviceId" WHERE d.uid = $1 ORDER BY t.id DESC LIMIT ${CLASSES}`
/** By the index of device and id. */
export const STRIKES_OF = `SELECT s.*, t."engineClass", j.uid AS job, j.name AS "jobName", u.key, l.kind AS given
  FROM "Strike" s JOIN "Device" d ON d.id = s."deviceId" JOIN "Trust" t ON t.id = s."trustId"
  LEFT JOIN "Job" j ON j.id = s."jobId" LEFT JOIN "WorkUnit" u ON u.id = s."unitId" LEFT JOIN "Lease" l ON l.row = s."leaseRow"
  WHERE d.uid = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3`

/** What is known of how results were checked, and of whose word counts. */
export class TrustReads {
  readonly #connection: ReadConnection
  readonly #payload: (ref: Uint8Array) => Promise<Uint8Array | null>

  constructor(connection: ReadConnection, payload: (ref: Uint8Array) => Promise<Uint8Array | null>) {
    this.#connection = connection
    this.#payload = payload
  }

  async resultLease(jobId: number, key: string, n: number): Promise<string | undefined> {
    const [row] = await this.#connection.query(RESULT_LEASE, [jobId, n, key])
    return row && hexOf(row.id as Uint8Array)
  }

  async waitingVotes({ id, requirement }: { readonly id: number; readonly requirement: number }): Promise<WaitingVote[]> {
    return (await this.#connection.query(WAITING_VOTES, [id, requirement])).map(voteOf)
  }

  async untakenUnits({ id, requirement }: { readonly id: number; readonly requirement: number }): Promise<Holding[][]> {
    const rows = await this.#connection.query(UNTAKEN_UNITS, [id, requirement])
    return [...Map.groupBy(rows, ({ unitId }) => Number(unitId)).values()].map((ofUnit) =>
      ofUnit.flatMap(({ holder, deviceId }) => (holder === null ? [] : [{ holder: holder as string, deviceId: Number(deviceId) }])),
    )
  }

  async trustOf(device: string): Promise<StoredTrust[]> {
    return (await this.#connection.query(TRUST_OF, [device])).map(trustOf)
  }

  async strikesOf(device: string, after: string | undefined, limit: number): Promise<Page<StoredStrike>> {
    const rows = await this.#connection.query(STRIKES_OF, [device, cursorOf(after), limit + 1])
    const page = pageOf(rows, limit, (row) => row)
    const strikes: StoredStrike[] = []
    for (const row of page.rows)
      strikes.push({
        ...aboutStrike(row),
        output: await this.#payload(row.output as Uint8Array),
        accepted: await this.#payload(row.accepted as Uint8Array),
      })
    return { ...page, rows: strikes }
  }
}

const trustOf = (row: Row): StoredTrust => ({
  ...{ engineClass: row.engineClass as string, suspect: Number(row.suspect) === 1, checks: Number(row.checks) },
  ...{ strikes: Number(row.strikes), checked: Number(row.checked), returned: Number(row.returned), auditsPassed: Number(row.auditsPassed) },
})

const voteOf = (row: Row): WaitingVote => ({
  ...{ unit: Number(row.unitId), holder: row.holder as string, deviceId: Number(row.deviceId) },
  ...{ output: hexOf(row.output as Uint8Array), checks: Number(row.checks) },
})

const aboutStrike = (row: Row): Omit<StrikeRow, 'output' | 'accepted'> => ({
  ...{ strike: String(row.id), at: Number(row.createdAt), engineClass: row.engineClass as string },
  ...(row.job ? { job: { job: row.job as string, name: row.jobName as string } } : {}),
  ...(row.key === null ? {} : { unit: row.key as string }),
  ...{ given: (row.given ?? 'copy') as StrikeRow['given'], reverted: Number(row.reverted) === 1 },
})
