import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import type { JobSpec } from '../../sdk/protocol.ts'
import { decideUnit } from '../../server/engine-batch.ts'
import { openStore } from '../../server/store/open-store.ts'
import { digestOf } from '../../server/store/payloads.ts'
import type { DeviceRecord, JobRecord, LeaseReport, ReportOutcome, Store } from '../../server/store/store.ts'
import { PARKED } from '../../server/store/trust-of-units.ts'
import { makeMigratedSqlite } from './migrated-sqlite.ts'
import { freshPostgresql } from './postgresql.ts'

export type Row = Record<string, unknown>
/** A store of one database, and a way into the database beside it. */
export interface StoreKit {
  readonly store: Store
  /** Ends the store as a restart would and opens another over the same database, `store` from then on. */
  reopen(): Promise<void>
  /** Another server's store over the same database; absent where one process alone can hold it. */
  readonly another?: () => Promise<Store>
  /** Runs SQL beside the store; identifiers in double quotes, no parameters. */
  rows(sql: string): Promise<Row[]>
  /** Lets time pass for leases and jobs: what ended or is due, was so this much earlier. */
  age(milliseconds: number): Promise<void>
  close(): Promise<void>
}
type MakeStore = () => Promise<StoreKit>

const sqliteKit: MakeStore = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dsage-store-'))
  const file = join(directory, 'store.db')
  makeMigratedSqlite(file)
  let ahead = 0
  const open = () => openStore({ database: 'sqlite', file, synchronous: 'NORMAL' }, () => Date.now() + ahead)
  let store = await open()
  const beside = new BetterSqlite3(file, { timeout: 20_000 })
  return {
    get store() {
      return store
    },
    reopen: async () => {
      await store.close()
      store = await open()
    },
    rows: async (sql) => {
      const statement = /^\s*(SELECT|EXPLAIN|WITH|PRAGMA)/i.test(sql) ? beside.prepare(sql) : undefined
      if (statement) return statement.all() as Row[]
      beside.exec(sql)
      return []
    },
    age: async (milliseconds) => {
      ahead += milliseconds
    },
    close: async () => {
      beside.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export const postgresqlKit: MakeStore = async () => {
  const url = await freshPostgresql()
  const open = () => openStore({ database: 'postgresql', url, poolSize: 6 }, Date.now)
  const stores = [await open()]
  const beside = new pg.Client(url)
  await beside.connect()
  return {
    get store() {
      return stores[0]!
    },
    reopen: async () => {
      await stores[0]!.close()
      stores[0] = await open()
    },
    another: async () => {
      const store = await open()
      stores.push(store)
      return store
    },
    rows: async (sql) => {
      const answer = await beside.query(sql)
      return (Array.isArray(answer) ? answer.at(-1) : answer).rows as Row[]
    },
    // The clock is the database's own: the rows are moved instead.
    age: async (milliseconds) => {
      await beside.query(
        `UPDATE "Lease" SET "endedAt" = "endedAt" - ${milliseconds}, deadline = deadline - ${milliseconds}, "issuedAt" = "issuedAt" - ${milliseconds}`,
      )
      await beside.query(`UPDATE "Job" SET "finishedAt" = "finishedAt" - ${milliseconds}, "pilotUntil" = "pilotUntil" - ${milliseconds}`)
      await beside.query(`UPDATE "Recheck" SET "dueAt" = "dueAt" - ${milliseconds} WHERE "dueAt" < ${PARKED}`)
    },
    close: async () => {
      await beside.end()
      for (const store of stores) await store.close()
    },
  }
}

export const hex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
export const CODE = Buffer.from('export const work = (x) => x')

export const jobSpec = (change: Partial<JobSpec> = {}): JobSpec => ({
  ...{ job: hex(16), name: 'squares', purpose: 'a test', kind: 'map', bundle: digestOf(CODE), redundancy: { quorum: 2 } },
  ...{ ownDevices: false, onError: 'continue', priority: 2, timeoutSeconds: 600, memoryMegabytes: 64 },
  ...change,
})

export const unitSpecs = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: String(from + i), input: Buffer.from(`input ${from + i}`), inputs: 1 }))

/** The verbs a test says in one line. */
export class Scene {
  readonly store: Store
  constructor(store: Store) {
    this.store = store
  }

  async job(units: number, change: Partial<JobSpec> = {}, owner = 'owner'): Promise<JobRecord> {
    const ownerId = await this.store.ensureAccount(owner, 'researcher')
    const { value: job } = await this.store.transact((tx) => tx.createJob(jobSpec(change), CODE, ownerId))
    for (let from = 0; from < units; from += 1000) {
      await this.store.transact((tx) => tx.addUnits(job, unitSpecs(from, Math.min(1000, units - from))))
    }
    return job
  }

  device(account: number | null = null, ownFor: DeviceRecord['ownFor'] = 'nobody'): Promise<DeviceRecord> {
    const identity = { device: hex(16), secretHash: new Uint8Array(32), accountId: account, ownFor }
    return this.store.createDevice({ ...identity, kind: 'headless', engine: 'v8-13', name: 'a test' })
  }

  async devices(count: number): Promise<DeviceRecord[]> {
    const made: DeviceRecord[] = []
    for (let i = 0; i < count; i++) made.push(await this.device())
    return made
  }

  /** Leases up to `count` units for the device; answers with their leases and keys. */
  async lease(
    job: JobRecord,
    device: DeviceRecord,
    count: number,
    change: { onlyOpinions?: boolean; wanted?: number; holder?: string } = {},
  ) {
    const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count, wanted: job.quorum, onlyOpinions: false, deadlineMs: 30_000 }
    const { value } = await this.store.transact((tx) => tx.leaseUnits([{ ...wish, ...change }]))
    return value[0]!
  }

  async settle(reports: readonly LeaseReport[]): Promise<readonly ReportOutcome[]> {
    const { value } = await this.store.transact((tx) => tx.settleUnits(reports, decideUnit))
    return value
  }
}

/** Deletes what belongs to forgotten jobs until nothing is left of them; answers with the number of pieces. */
export async function deleteAll(store: Store): Promise<number> {
  for (let pieces = 0; ; pieces++) if (!(await store.deleteForgotten())) return pieces
}

/** What a device says of one lease; `letter` stands for its answer. */
export const outputOf = (lease: string, device: DeviceRecord, letter = 'a', errors = 0): LeaseReport => ({
  lease,
  by: device.id,
  report: { kind: 'output', output: Buffer.from(letter), items: 1, errors, seconds: 0.01 },
})
export const erroredOf = (lease: string, device: DeviceRecord): LeaseReport => ({
  lease,
  by: device.id,
  report: { kind: 'errored', reason: 'crashed', message: 'the child died' },
})
export const gaveUp = (lease: string, kind: 'released' | 'expired' | 'revoked' = 'released'): LeaseReport => ({
  lease,
  by: null,
  report: { kind },
})

/** The same suite over each database: `suite` gets the kit of a fresh one, opened before its first test and closed after its last. */
export function describeStore(suite: (kit: () => StoreKit) => void): void {
  for (const [name, makeStore] of Object.entries({ SQLite: sqliteKit, PostgreSQL: postgresqlKit })) {
    describe(name, () => {
      let kit: StoreKit | undefined
      beforeAll(async () => {
        kit = await makeStore()
      })
      afterAll(() => kit?.close())
      suite(() => kit!)
    })
  }
}
