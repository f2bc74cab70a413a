import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LEADERS, LEDGER } from '../../server/store/credit-reads.ts'
import { openStore } from '../../server/store/open-store.ts'
import { SqliteReadConnection } from '../../server/store/read-sqlite.ts'
import { type ReadConnection, SqlReads } from '../../server/store/reads.ts'
import type { JobRecord, LeaseReport, Store } from '../../server/store/store.ts'
import { deleteAll, outputOf, Scene } from '../support/store-kit.ts'

let directory: string
let store: Store
let connection: ReadConnection
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-reads-'))
  const file = join(directory, 'reads.db')
  store = await openStore({ database: 'sqlite', file, synchronous: 'NORMAL' }, Date.now)
  connection = new SqliteReadConnection(file)
})
afterEach(async () => {
  await connection.close()
  await store.close()
  rmSync(directory, { recursive: true, force: true })
})

/** A finished job, whose outputs have this many bytes. */
async function finishedJob(units: number, bytes: number): Promise<JobRecord> {
  const scene = new Scene(store)
  const [job, device] = [await scene.job(units, { redundancy: 'none' }), await scene.device()]
  await store.transact((tx) => tx.completeInputs(job))
  const { grants } = await scene.lease(job, device, units)
  await scene.settle(
    grants.map(({ lease }) => {
      const { report, by } = outputOf(lease, device)
      return { lease, by, report: { ...report, output: randomBytes(bytes) } as LeaseReport['report'] }
    }),
  )
  return job
}

/** Reads in whose midst, before the first query of `table`, something happens. */
function readsDuring(table: string, happen: () => Promise<unknown>): SqlReads {
  let happened = false
  return new SqlReads({
    query: async (text, parameters) => {
      if (!happened && text.includes(`FROM "${table}"`)) {
        happened = true
        await happen()
      }
      return connection.query(text, parameters)
    },
    close: async () => {},
  })
}
const forget = async (pieces: number) => {
  expect(await store.forgetJobs(-1000)).toBe(1)
  for (let piece = 0; piece < pieces; piece++) await store.deleteForgotten()
}

test('S14 who reads the events of a job while it is forgotten sees no gap', async () => {
  const job = await finishedJob(900, 8)
  const answer = await readsDuring('Event', () => forget(1)).events(job.job, 0, 1000)
  const seen = answer?.events.map(({ n }) => n) ?? []
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.length).toBeLessThan(900)
  expect(seen).toEqual(seen.map((_, i) => i + 1))
})

test('S14 who reads large outputs of a job while it is forgotten is told that it is unknown', async () => {
  const job = await finishedJob(3, 1000)
  const reads = readsDuring('Payload', async () => {
    await forget(0)
    await deleteAll(store)
  })
  expect(await reads.events(job.job, 0, 1000)).toBeUndefined()
})

test('S11 an output that is gone though its job is there is a damaged database, not an empty answer', async () => {
  const job = await finishedJob(3, 1000)
  await expect(readsDuring('Payload', damage).events(job.job, 0, 1000)).rejects.toThrow('damaged')
})

/** Loses every payload, as no verb of the store does. */
async function damage(): Promise<void> {
  const beside = new BetterSqlite3(join(directory, 'reads.db'))
  beside.exec('DELETE FROM Payload')
  beside.close()
}

test('G10 leaders and the ledger are read from indexes, whatever there is', async () => {
  const totals = 'SEARCH t USING INDEX CreditTotal_kind_microcredits_subject_idx'
  const plans = [...Object.values(LEADERS).map((text) => [text, totals] as const), [LEDGER, 'SEARCH c USING INTEGER PRIMARY KEY'] as const]
  for (const [text, first] of plans) {
    const steps = (await connection.query(`EXPLAIN QUERY PLAN ${text}`, [1, 1, 1].slice(0, text.includes('$3') ? 3 : 2))).map(
      ({ detail }) => String(detail),
    )
    expect(steps[0]).toContain(first)
    expect(steps.filter((step) => step.startsWith('SCAN') || step.includes('TEMP B-TREE'))).toEqual([])
  }
})
