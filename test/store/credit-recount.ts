import { expect } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import type { Row, StoreKit } from '../support/store-kit.ts'

const HALF_LIFE_MS = 7 * 86_400_000
const number = (value: unknown): number => Number(value ?? 0)
const SEALED = `SELECT l."row", l.holder, l."deviceId", j."creditPerInput" * u.inputs * 1000000 AS amount
  FROM "WorkUnit" u JOIN "Job" j ON j.id = u."jobId" JOIN "Lease" l ON l."unitId" = u.id
  WHERE u.state = 'sealed' AND l.state = 'agreed' AND j."creditPerInput" IS NOT NULL AND j."creditHold" <> 1 ORDER BY l."row"`

/** What the ledger says stands, in the order of lease rows. */
async function standing(rows: StoreKit['rows']): Promise<Row[]> {
  const last = `SELECT c."leaseRow", max(c.n) AS n, sum(c.microcredits) AS amount FROM "Credit" c GROUP BY c."leaseRow"`
  return rows(`SELECT k.*, c."accountId", c."deviceId", c.microcredits FROM (${last}) k
    JOIN "Credit" c ON c."leaseRow" = k."leaseRow" AND c.n = k.n WHERE k.n % 2 = 0 ORDER BY k."leaseRow"`)
}

/** The ledger once nothing is due: it says of every lease of a sealed unit what that earned and of no other anything, and totals are its sums. */
export async function expectLedgerToEqualRows({ rows }: Pick<StoreKit, 'rows'>): Promise<void> {
  const earned = await rows(SEALED)
  const stands = await standing(rows)
  const of = (lease: unknown, holder: unknown, device: unknown, amount: unknown) => [number(lease), holder, number(device), number(amount)]
  expect(
    stands.map((row) => of(row.leaseRow, row.accountId === null ? `d:${row.deviceId}` : `a:${row.accountId}`, row.deviceId, row.amount)),
  ).toEqual(earned.map((row) => of(row.row, row.holder, row.deviceId, Math.round(number(row.amount)))))
  await expectTurns(rows)
  await expectTotals(rows)
}

/** Each lease's entries are numbered from 0 without a gap, and each reversal takes back just what the grant before it gave. */
async function expectTurns(rows: StoreKit['rows']): Promise<void> {
  const entries = Map.groupBy(await rows('SELECT * FROM "Credit" ORDER BY "leaseRow", n'), ({ leaseRow }) => number(leaseRow))
  for (const ofLease of entries.values()) {
    expect(ofLease.map(({ n }) => number(n))).toEqual(ofLease.map((_, i) => i))
    for (const [i, entry] of ofLease.entries()) {
      if (i % 2 === 0) continue
      const { row: _row, n: _n, createdAt: _createdAt, microcredits, ...same } = entry
      expect(ofLease[i - 1]).toMatchObject(same)
      expect(number(ofLease[i - 1]?.microcredits)).toBe(0 - number(microcredits))
    }
  }
}

async function expectTotals(rows: StoreKit['rows']): Promise<void> {
  const entries = await rows('SELECT * FROM "Credit"')
  const expected = new Map<string, Row[]>()
  const put = (key: string, entry: Row) => expected.set(key, [...(expected.get(key) ?? []), entry])
  for (const entry of entries) {
    put(`job ${entry.jobId}`, entry)
    put('all 0', entry)
    if (entry.kind === 'own') continue
    put(`device ${entry.deviceId}`, entry)
    if (entry.accountId !== null) put(`account ${entry.accountId}`, entry)
    if (entry.teamId !== null) put(`team ${entry.teamId}`, entry)
  }
  const totals = await rows('SELECT * FROM "CreditTotal"')
  expect(totals.map(({ kind, subject }) => `${kind} ${subject}`).sort()).toEqual([...expected.keys()].sort())
  for (const total of totals) {
    const ofTotal = expected.get(`${total.kind} ${total.subject}`) ?? []
    expect(number(total.microcredits)).toBe(ofTotal.reduce((sum, { microcredits }) => sum + number(microcredits), 0))
    expect(number(total.results)).toBe(ofTotal.reduce((sum, { n }) => sum + (number(n) % 2 === 0 ? 1 : -1), 0))
    const size = 1 + ofTotal.reduce((sum, { microcredits }) => sum + Math.abs(number(microcredits)), 0)
    expect((number(total.recent) - recentOf(ofTotal, number(total.recentAt))) / size).toBeCloseTo(0, 9)
  }
}

const recentOf = (entries: readonly Row[], at: number): number =>
  entries.reduce((sum, { microcredits, grantedAt }) => {
    return sum + ((number(microcredits) * Math.LN2) / 7) * 2 ** ((number(grantedAt) - at) / HALF_LIFE_MS)
  }, 0)

/** Sweeps until nothing is due. */
export async function sweepAll(store: Store): Promise<void> {
  while (await store.credits.sweep());
}
