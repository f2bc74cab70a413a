import type { HeldJob, LedgerRow, Page } from '../../sdk/protocol.ts'
import type { CreditReads, EarnerKind, EarnerTotal, StoredTotal } from './credit-store.ts'
import { cursorOf, pageOf, type Row } from './pages.ts'
import type { ReadConnection } from './reads.ts'

/** Leases of one engine of a device that are looked at, the newest: bounds what a look at somebody's page costs. */
const NEWEST_LEASES = 2000
const TOTAL = 't.microcredits, t.results, t.recent, t."recentAt"'
const ACCOUNT = `a.id, a.name AS account, g.name AS team, ${TOTAL}`
const DEVICE = `d.id, d.uid AS device, d.name, d.kind, d.own, ${TOTAL}`
const TEAM = `g.id, g.uid AS team, g.name, g."createdAt", (SELECT count(*) FROM "Account" m WHERE m."teamId" = g.id) AS members, ${TOTAL}`
const of = (kind: EarnerKind, id: string) => `"CreditTotal" t ON t.kind = '${kind}' AND t.subject = ${id}`
const TEAM_OF_ACCOUNT = 'LEFT JOIN "Team" g ON g.id = a."teamId"'

/** By the index of totals, from the end. */
const leaders = (kind: EarnerKind, columns: string, joined: string) =>
  `SELECT ${columns}, CAST(t.microcredits AS TEXT) AS amount, t.subject FROM "CreditTotal" t ${joined}
   WHERE t.kind = '${kind}' AND t.microcredits > 0 AND (t.microcredits, t.subject) < (CAST($1 AS BIGINT), CAST($2 AS BIGINT))
   ORDER BY t.microcredits DESC, t.subject DESC LIMIT $3`
export const LEADERS: Readonly<Record<EarnerKind, string>> = {
  account: leaders('account', ACCOUNT, `JOIN "Account" a ON a.id = t.subject ${TEAM_OF_ACCOUNT}`),
  device: leaders('device', DEVICE, `JOIN "Device" d ON d.id = t.subject AND d.state <> 'banned'`),
  team: leaders('team', TEAM, 'JOIN "Team" g ON g.id = t.subject'),
}
const MOST = '9223372036854775807'

export const LEDGER = `SELECT c.*, j.uid AS job, d.uid AS device, a.name AS account, g.uid AS team FROM "Credit" c
  JOIN "Device" d ON d.id = c."deviceId" LEFT JOIN "Job" j ON j.id = c."jobId" AND j.visibility <> 'unlisted'
  LEFT JOIN "Account" a ON a.id = c."accountId" LEFT JOIN "Team" g ON g.id = c."teamId"
  WHERE c."row" > CAST($1 AS BIGINT) ORDER BY c."row" LIMIT $2`

const HELD = `SELECT j.id, j.uid AS job, j.name, a.name AS owner, j."creditPerInput", j."unitSeconds" FROM "Job" j
  JOIN "Account" a ON a.id = j."ownerId" WHERE j."creditHold" = 1 AND j.id < $1 ORDER BY j.id DESC LIMIT $2`

const TRUSTS_OF_ACCOUNT = 'SELECT t.id FROM "Device" d JOIN "Trust" t ON t."deviceId" = d.id WHERE d."accountId" = $1'
const TRUSTS_OF_DEVICE = 'SELECT t.id FROM "Device" d JOIN "Trust" t ON t."deviceId" = d.id WHERE d.uid = $1'
/** By the index of leases by device and engine; what is sealed and not booked yet is pending too, what is for one's own jobs never. */
const PENDING = `SELECT coalesce(sum(j."creditPerInput" * u.inputs), 0) AS pending FROM (
    SELECT "row", "unitId", "jobId", "deviceId", state FROM "Lease" WHERE "trustId" = $1 ORDER BY "row" DESC LIMIT ${NEWEST_LEASES}) l
  JOIN "WorkUnit" u ON u.id = l."unitId" JOIN "Job" j ON j.id = l."jobId" JOIN "Device" d ON d.id = l."deviceId"
  WHERE l.state = 'agreed' AND j."creditPerInput" IS NOT NULL AND (d."accountId" IS NULL OR d."accountId" <> j."ownerId")
    AND (u.state = 'accepted' OR (u.state = 'sealed'
      AND coalesce((SELECT c.n FROM "Credit" c WHERE c."leaseRow" = l."row" ORDER BY c.n DESC LIMIT 1), 1) % 2 = 1))`

/** The same SQL on both databases. */
export class SqlCreditReads implements CreditReads {
  readonly #connection: ReadConnection

  constructor(connection: ReadConnection) {
    this.#connection = connection
  }

  async leaders<Kind extends EarnerKind>(kind: Kind, after: string | undefined, limit: number): Promise<Page<EarnerTotal<Kind>>> {
    const [amount = MOST, subject = MOST] = after?.split('-') ?? []
    const rows = await this.#connection.query(LEADERS[kind], [amount, subject, limit + 1])
    return pageOf(rows, limit, totalOf(kind), (row) => `${row.amount}-${row.subject}`)
  }

  account(id: number): Promise<EarnerTotal<'account'> | undefined> {
    return this.#one(
      'account',
      `SELECT ${ACCOUNT} FROM "Account" a ${TEAM_OF_ACCOUNT} LEFT JOIN ${of('account', 'a.id')} WHERE a.id = $1`,
      id,
    )
  }

  device(device: string): Promise<EarnerTotal<'device'> | undefined> {
    return this.#one('device', `SELECT ${DEVICE} FROM "Device" d LEFT JOIN ${of('device', 'd.id')} WHERE d.uid = $1`, device)
  }

  team(team: string): Promise<EarnerTotal<'team'> | undefined> {
    return this.#one('team', `SELECT ${TEAM} FROM "Team" g LEFT JOIN ${of('team', 'g.id')} WHERE g.uid = $1`, team)
  }

  async #one<Kind extends EarnerKind>(kind: Kind, text: string, id: string | number): Promise<EarnerTotal<Kind> | undefined> {
    const [row] = await this.#connection.query(text, [id])
    return row && totalOf(kind)(row)
  }

  async teams(after: string | undefined, limit: number): Promise<Page<EarnerTotal<'team'>>> {
    const text = `SELECT ${TEAM} FROM "Team" g LEFT JOIN ${of('team', 'g.id')} WHERE g.id < $1 ORDER BY g.id DESC LIMIT $2`
    return pageOf(await this.#connection.query(text, [cursorOf(after), limit + 1]), limit, totalOf('team'))
  }

  pendingOfAccount(id: number): Promise<number> {
    return this.#pending(TRUSTS_OF_ACCOUNT, id)
  }

  pendingOfDevice(device: string): Promise<number> {
    return this.#pending(TRUSTS_OF_DEVICE, device)
  }

  async #pending(trustsOf: string, id: number | string): Promise<number> {
    let pending = 0
    for (const trust of await this.#connection.query(trustsOf, [id])) {
      const [row] = await this.#connection.query(PENDING, [Number(trust.id)])
      pending += Number(row?.pending ?? 0)
    }
    return pending
  }

  async ledger(after: string | undefined, limit: number): Promise<Page<LedgerRow>> {
    const rows = await this.#connection.query(LEDGER, [after ?? '0', limit + 1])
    return pageOf(rows, limit, ledgerRowOf, (row) => String(row.row))
  }

  async held(after: string | undefined, limit: number): Promise<Page<HeldJob>> {
    return pageOf(await this.#connection.query(HELD, [cursorOf(after), limit + 1]), limit, heldOf)
  }

  async allWork(): Promise<number> {
    const [row] = await this.#connection.query(`SELECT microcredits FROM "CreditTotal" WHERE kind = 'all' AND subject = 0`, [])
    return Number(row?.microcredits ?? 0)
  }
}

const sumsOf = (row: Row): StoredTotal => ({
  ...{ microcredits: Number(row.microcredits ?? 0), results: Number(row.results ?? 0) },
  ...{ recent: Number(row.recent ?? 0), recentAt: Number(row.recentAt ?? 0) },
})
const earnerOf: { readonly [Kind in EarnerKind]: (row: Row) => Extract<EarnerTotal, { earner: Kind }> } = {
  account: (row) => ({ earner: 'account', account: row.account as string, team: row.team as string | null, ...sumsOf(row) }),
  device: (row) => ({
    ...{ earner: 'device', device: row.device as string, name: row.name as string },
    ...{ kind: row.kind as 'browser' | 'headless', own: Number(row.own) === 2, ...sumsOf(row) },
  }),
  team: (row) => ({
    ...{ earner: 'team', team: row.team as string, name: row.name as string, members: Number(row.members) },
    ...{ createdAt: Number(row.createdAt), ...sumsOf(row) },
  }),
}
const totalOf = <Kind extends EarnerKind>(kind: Kind): ((row: Row) => EarnerTotal<Kind>) =>
  earnerOf[kind] as (row: Row) => EarnerTotal<Kind>

const ledgerRowOf = (row: Row): LedgerRow => ({
  ...{ row: Number(row.row), lease: Number(row.leaseRow), n: Number(row.n) },
  ...{
    job: row.job as string | null,
    device: row.device as string,
    account: row.account as string | null,
    team: row.team as string | null,
  },
  ...{ kind: row.kind as LedgerRow['kind'], microcredits: Number(row.microcredits) },
  ...{ grantedAt: Number(row.grantedAt), createdAt: Number(row.createdAt) },
})
const heldOf = (row: Row): HeldJob => ({
  ...{ job: row.job as string, name: row.name as string, owner: row.owner as string },
  ...{ creditPerInput: Number(row.creditPerInput), unitSeconds: Number(row.unitSeconds) },
})
