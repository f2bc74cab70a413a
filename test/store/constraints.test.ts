import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openPostgresql, openSqlite } from '../../server/store/open.ts'
import { LEADERBOARD, LISTED_JOBS } from '../../server/store/reads.ts'
import { freshPostgresql } from '../support/postgresql.ts'

const directory = mkdtempSync(join(tmpdir(), 'dsage-constraints-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const bytes = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(Math.random() * 256))
const job = (change: object) => ({
  data: {
    ...{
      uid: `job-${Math.random()}`,
      ownerId: 1,
      name: '',
      purpose: '',
      kind: 'map',
      state: 'running',
      bundle: bytes(32),
      seed: bytes(16),
    },
    ...{ quorum: 2, ownDevices: 0, onError: 'continue', priority: 2, timeoutSeconds: 60, memoryMegabytes: 256, createdAt: 0n, ...change },
  },
})
const unit = (change: object) => ({ data: { jobId: 1, key: `${Math.random()}`, input: bytes(1), inputs: 1, wanted: 1, ...change } })
const lease = (change: object) => ({
  data: { id: bytes(16), unitId: 1, jobId: 1, holder: `d:${Math.random()}`, deviceId: 1, issuedAt: 0n, deadline: 0n, ...change },
})
const device = (change: object) => ({
  data: { uid: `${Math.random()}`, secretHash: bytes(32), kind: 'browser', engine: '', name: '', createdAt: 0n, seenAt: 0n, ...change },
})
const event = (change: object) => ({
  data: {
    ...{
      jobId: 1,
      n: 1 + Math.floor(Math.random() * 1e9),
      kind: 'accepted',
      unitId: 1,
      unitKey: '0',
      confidence: 1,
      holders: 1,
      createdAt: 0n,
    },
    ...change,
  },
})

type Rule = readonly [name: string, create: (database: Database, broken: boolean) => Promise<unknown>]
const COUNTS = ['unitsOpen', 'unitsAccepted', 'unitsSealed', 'unitsFailed', 'unitsCancelled', 'unitsHalf']
const RULES: readonly Rule[] = [
  ['job_state_known', (db, broken) => db.job.create(job({ state: broken ? 'done' : 'awaiting-approval' }))],
  ['job_kind_known', (db, broken) => db.job.create(job({ kind: broken ? 'reduce' : 'function' }))],
  ['job_priority_0_to_5', (db, broken) => db.job.create(job({ priority: broken ? 6 : 5 }))],
  ['job_priority_0_to_5', (db, broken) => db.job.create(job({ priority: broken ? -1 : 0 }))],
  ['job_quorum_at_least_1', (db, broken) => db.job.create(job({ quorum: broken ? 0 : 1 }))],
  ['job_on_error_known', (db, broken) => db.job.create(job({ onError: broken ? 'ignore' : 'stop' }))],
  ['job_visibility_known', (db, broken) => db.job.create(job({ visibility: broken ? 'secret' : 'unlisted' }))],
  [
    'device_ban_reason_only_of_banned',
    (db, broken) => db.device.create(device({ state: broken ? 'suspect' : 'banned', banReason: 'a reason' })),
  ],
  ...COUNTS.map((name): Rule => ['job_counts_not_negative', (db, broken) => db.job.create(job({ [name]: broken ? -1 : 0 }))]),
  ['unit_state_known', (db, broken) => db.workUnit.create(unit({ state: broken ? 'done' : 'cancelled' }))],
  ['unit_live_not_negative', (db, broken) => db.workUnit.create(unit({ live: broken ? -1 : 0 }))],
  ['unit_wanted_at_least_1', (db, broken) => db.workUnit.create(unit({ wanted: broken ? 0 : 1 }))],
  ['lease_state_known', (db, broken) => db.lease.create(lease({ state: broken ? 'returned' : 'checking' }))],
  ['lease_attempt_at_least_1', (db, broken) => db.lease.create(lease({ attempt: broken ? 0 : 1 }))],
  ['device_state_known', (db, broken) => db.device.create(device({ state: broken ? 'old' : 'banned' }))],
  ['device_kind_known', (db, broken) => db.device.create(device({ kind: broken ? 'phone' : 'headless' }))],
  ['event_kind_known', (db, broken) => db.event.create(event({ kind: broken ? 'reopened' : 'retracted' }))],
  ['event_n_at_least_1', (db, broken) => db.event.create(event({ n: broken ? 0 : 1 }))],
  [
    'account_role_known',
    (db, broken) => db.account.create({ data: { name: `${Math.random()}`, role: broken ? 'guest' : 'admin', createdAt: 0n } }),
  ],
  [
    'payload_size_is_length',
    (db, broken) => db.payload.create({ data: { sha256: bytes(32), bytes: bytes(5), size: broken ? 4 : 5, createdAt: 0n } }),
  ],
]

describe.each([
  ['SQLite', () => openSqlite({ file: join(directory, 'constraints.db'), synchronous: 'NORMAL' })],
  ['PostgreSQL', async () => openPostgresql({ url: await freshPostgresql(), poolSize: 2 })],
] as const)('S2 %s', (_name, open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.$disconnect())

  test.each(RULES)('S2 a row that breaks %s is refused by that name, one at its edge is taken', async (name, create) => {
    await create(database, false)
    await expect(create(database, true)).rejects.toThrow(name)
  })
})

test('S2 the queries of the queues are answered from the partial indexes', async () => {
  const database = await openSqlite({ file: join(directory, 'plans.db'), synchronous: 'NORMAL' })
  const plan = async (sql: string) =>
    JSON.stringify(await database.$queryRawUnsafe(`EXPLAIN QUERY PLAN ${sql}`), (_, v) =>
      String(v) && v?.detail ? v.detail : typeof v === 'bigint' ? Number(v) : v,
    )
  const units = 'SELECT id FROM "WorkUnit" WHERE "jobId" = 1 AND "requirement" = 0 AND "state" = \'open\' AND'
  expect(await plan(`${units} "live" > 0 AND "live" < "wanted" ORDER BY id LIMIT 200`)).toMatch(/INDEX WorkUnit_half/)
  expect(await plan(`${units} "live" = 0 ORDER BY id LIMIT 200`)).toMatch(/INDEX WorkUnit_fresh/)
  expect(await plan(`SELECT "row" FROM "Lease" WHERE "state" = 'issued' AND "deadline" < 5`)).toMatch(/INDEX Lease_due/)
  expect(await plan(`SELECT "row" FROM "Lease" WHERE "state" = 'issued' AND "deviceId" = 5`)).toMatch(/INDEX Lease_of_device/)
  const oldest = `SELECT "unitId" FROM "Lease" WHERE "state" = 'issued' AND "jobId" = 5 AND "issuedAt" < 5 ORDER BY "issuedAt" LIMIT 200`
  expect(await plan(oldest)).toMatch(/INDEX Lease_oldest/)
  await database.$disconnect()
})

test('V16, V20 lists of strangers and the leaderboard are read from their indexes, without sorting what is not shown', async () => {
  const database = await openSqlite({ file: join(directory, 'lists.db'), synchronous: 'NORMAL' })
  const plan = async (sql: string) => {
    const text = `EXPLAIN QUERY PLAN ${sql.replaceAll(/\$\d/g, '5')}`
    return (await database.$queryRawUnsafe<{ detail: string }[]>(text)).map(({ detail }) => detail)
  }
  const jobs = await plan(LISTED_JOBS)
  expect(jobs.filter((step) => step.includes('INDEX Job_visibility_id_idx (visibility=? AND id<?)'))).toHaveLength(2)
  const board = await plan(LEADERBOARD)
  expect(board.join()).toMatch(/INDEX Device_agreed .*agreed.*INDEX Lease_of_device/)
  expect([...jobs, ...board].filter((step) => step.startsWith('SCAN') && !/SCAN (\(subquery|public|owner|listed)/.test(step))).toEqual([])
  expect(board.join()).not.toContain('TEMP B-TREE')
  await database.$disconnect()
})
