import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openPostgresql, openSqlite } from '../../server/store/open.ts'
import { freshPostgresql } from '../support/postgresql.ts'

const COMMITTED = 60
const ROLLED_BACK = 60
const SINGLE = 400

const directory = mkdtempSync(join(tmpdir(), 'dsage-contract-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const account = (name: string) => ({ data: { name, createdAt: 0n } })
class Changed extends Error {}

/** Writes two rows with a statement between them, so that others get every chance to slip in; then ends as told. */
async function transact(database: Database, name: string, ending: 'commit' | 'roll back'): Promise<void> {
  await database.$transaction(async (tx) => {
    await tx.account.create(account(`${name}-first`))
    await tx.account.count()
    await tx.account.create(account(`${name}-second`))
    if (ending === 'roll back') throw new Changed(name)
  })
}

/** A write outside, then a read outside: what it sees must be committed and whole. */
async function writeAndLook(database: Database, name: string, seen: string[]): Promise<void> {
  await database.account.create(account(name))
  const rows = await database.account.findMany({ where: { name: { startsWith: 'tx-' } }, select: { name: true } })
  seen.push(...rows.map((row) => row.name))
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

function describeDatabase(provider: string, open: () => Promise<Database>): void {
  describe(`S1 ${provider}`, () => {
    let database: Database
    beforeAll(async () => {
      database = await open()
    })
    afterAll(() => database.$disconnect())

    test('S1 nothing acknowledged is lost and nobody reads what is not committed', async () => {
      const seen: string[] = []
      const outcomes = await Promise.allSettled([
        ...range(Math.max(COMMITTED, ROLLED_BACK)).flatMap((n) => [
          transact(database, `tx-rolled-back-${n}`, 'roll back'),
          transact(database, `tx-committed-${n}`, 'commit'),
        ]),
        ...range(SINGLE).map((n) => writeAndLook(database, `single-${n}`, seen)),
      ])
      const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
      expect(failures.filter((failure) => !(failure instanceof Changed))).toEqual([])
      expect(failures).toHaveLength(ROLLED_BACK)

      const expected = [
        ...range(COMMITTED).flatMap((n) => [`tx-committed-${n}-first`, `tx-committed-${n}-second`]),
        ...range(SINGLE).map((n) => `single-${n}`),
      ]
      const stored = await database.account.findMany({ select: { name: true } })
      expect(stored.map(({ name }) => name).sort()).toEqual(expected.sort())

      expect(seen.filter((name) => name.startsWith('tx-rolled-back'))).toEqual([])
      const halves = range(COMMITTED).map((n) =>
        ['first', 'second'].map((half) => seen.filter((name) => name === `tx-committed-${n}-${half}`)),
      )
      expect(halves.filter(([first, second]) => first?.length !== second?.length)).toEqual([])
    })

    test('S1 a transaction that throws, or is given up for its time, leaves the database free for the next', async () => {
      const before = await database.account.count()
      const late = database.$transaction(
        async (tx) => {
          await tx.account.create(account('too-late'))
          for (;;) {
            await tx.account.count()
            await setImmediate()
          }
        },
        { timeout: 50, maxWait: 30_000 },
      )
      await expect(late).rejects.toMatchObject({ code: 'P2028' })
      await expect(transact(database, 'tx-thrown', 'roll back')).rejects.toThrow(Changed)
      expect(await database.account.count()).toBe(before)
      await transact(database, 'tx-next', 'commit')
      expect(await database.account.count()).toBe(before + 2)
    })
  })
}

describeDatabase('SQLite', () => openSqlite({ file: join(directory, 'contract.db'), synchronous: 'FULL' }))
describeDatabase('PostgreSQL', async () => openPostgresql({ url: await freshPostgresql(), poolSize: 10 }))
