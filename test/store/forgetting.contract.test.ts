import { afterEach, describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import { postgresqlDialect } from '../../server/store/postgresql/dialect.ts'
import { sqliteDialect } from '../../server/store/sqlite/dialect.ts'
import type { DeviceRecord, JobRecord, Store } from '../../server/store/store.ts'
import { deleteAll, describeStore, gaveUp, outputOf, Scene, type StoreKit, unitSpecs } from '../support/store-kit.ts'
import { expectJobsToEqualRows } from './recount.ts'

const DAY = 86_400_000
/** What one transaction may delete: 200 rows and the ids of their earlier attempts. */
const MOST_ROWS = 250

/** Leases, answers and completes all of the job. */
async function finish(kit: StoreKit, job: JobRecord, device: DeviceRecord, letter = 'a'): Promise<void> {
  const scene = new Scene(kit.store)
  await kit.store.transact((tx) => tx.completeInputs(job))
  for (;;) {
    const { grants } = await scene.lease(job, device, 1000)
    if (grants.length === 0) return
    await scene.settle(grants.map(({ lease }) => outputOf(lease, device, letter)))
  }
}

/** Rows of each table that belong to the job, or to nobody any more. */
async function rowsOf({ rows }: StoreKit, job: JobRecord): Promise<Record<string, number>> {
  const count = (name: string, from: string) => `(SELECT count(*) FROM ${from}) AS "${name}"`
  const ofJob = (table: string) => `"${table}" WHERE "jobId" = ${job.id}`
  const [found] = await rows(
    `SELECT ${[
      count('jobs', `"Job" WHERE id = ${job.id}`),
      count('units', ofJob('WorkUnit')),
      count('leases', ofJob('Lease')),
      count('pastLeases', `"PastLease" p LEFT JOIN "Lease" l ON l."row" = p."row" WHERE l."jobId" = ${job.id} OR l."row" IS NULL`),
      count('traces', `"Trace" t LEFT JOIN "Lease" l ON l."row" = t."leaseRow" WHERE l."jobId" = ${job.id} OR l."row" IS NULL`),
      count('events', ofJob('Event')),
      count('forgotten', ofJob('ForgottenJob')),
    ].join(', ')}`,
  )
  return Object.fromEntries(Object.entries(found ?? {}).map(([name, value]) => [name, Number(value)]))
}
const none = { jobs: 0, units: 0, leases: 0, pastLeases: 0, traces: 0, events: 0, forgotten: 0 }
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, each) => total + each, 0)

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  // Each test begins without jobs that are over.
  afterEach(async () => {
    while ((await kit().store.forgetJobs(-DAY)) > 0);
    await deleteAll(kit().store)
  })
  const device = async () => (await scene().devices(1))[0]!
  const move = (job: JobRecord, to: 'paused' | 'cancelled' | 'rejected' | 'failed') =>
    kit().store.transact((tx) => tx.moveJob(job, to, null))
  const cancelAll = (job: JobRecord, units: number) =>
    kit().store.transact((tx) =>
      tx.cancelUnits(
        job,
        unitSpecs(0, units).map(({ key }) => key),
      ),
    )
  /** A job that ended a while ago, with leases of earlier attempts. */
  async function oldJob(units: number, by?: DeviceRecord): Promise<JobRecord> {
    const job = await scene().job(units, { redundancy: 'none' })
    const who = by ?? (await device())
    const { grants } = await scene().lease(job, who, 3)
    await scene().settle(grants.map(({ lease }) => gaveUp(lease, 'expired')))
    await kit().age(6000)
    await finish(kit(), job, who)
    await kit().age(2 * DAY)
    return job
  }

  describe('S14 forgetting', () => {
    test('S14 all of a job that has been over for longer is gone; other jobs, and what the devices earned, stay', async () => {
      const by = await device()
      const finished = await oldJob(5, by)
      const [cancelled, failed, rejected] = [await scene().job(4), await scene().job(4), await scene().job(0)]
      await move(cancelled, 'cancelled')
      await move(failed, 'failed')
      for (const job of [cancelled, failed]) await cancelAll(job, 4)
      await kit().rows(`UPDATE "Job" SET state = 'awaiting-approval' WHERE id = ${rejected.id}`)
      await move(rejected, 'rejected')
      const [running, paused] = [await scene().job(3), await scene().job(3)]
      await scene().lease(running, by, 2)
      await move(paused, 'paused')
      await kit().age(2 * DAY)
      const young = await scene().job(3, { redundancy: 'none' })
      await finish(kit(), young, by)
      const kept = async () => {
        const counts: unknown[] = [await kit().rows('SELECT * FROM "Device" ORDER BY id')]
        for (const job of [running, paused, young]) counts.push(await rowsOf(kit(), job))
        return counts
      }
      const before = await kept()
      expect((await rowsOf(kit(), finished)).pastLeases).toBe(3)

      expect(await kit().store.forgetJobs(DAY)).toBe(4)
      await deleteAll(kit().store)
      for (const job of [finished, cancelled, failed, rejected]) expect(await rowsOf(kit(), job)).toEqual(none)
      expect(await kept()).toEqual(before)
      expect([await kit().store.forgetJobs(DAY), await deleteAll(kit().store)]).toEqual([0, 0])
      await expectJobsToEqualRows(kit())
    })

    test('S14 a job is unknown from the first moment, and its rows go in pieces of some hundred', async () => {
      const job = await oldJob(1300)
      expect(await kit().store.forgetJobs(DAY)).toBe(1)
      const { reads } = kit().store
      expect([await kit().store.findJob(job.job), await reads.job(job.job), await reads.events(job.job, 0, 10)]).toEqual(
        Array(3).fill(undefined),
      )
      let left = sum(await rowsOf(kit(), job))
      expect(left).toBeGreaterThan(3900)
      while (await kit().store.deleteForgotten()) {
        const now = sum(await rowsOf(kit(), job))
        expect(left - now).toBeLessThanOrEqual(MOST_ROWS)
        left = now
      }
      expect(await rowsOf(kit(), job)).toEqual(none)
    })

    test('S14 a server that is killed in between leaves the rest to the next', async () => {
      const [job, other] = [await oldJob(1300), await scene().job(5)]
      await kit().store.forgetJobs(DAY)
      for (let piece = 0; piece < 10; piece++) await kit().store.deleteForgotten()
      const half = await rowsOf(kit(), job)
      expect([half.events, half.units! > 0 && half.units! < 1300]).toEqual([0, true])
      await kit().reopen()
      await deleteAll(kit().store)
      expect(await rowsOf(kit(), job)).toEqual(none)
      expect((await rowsOf(kit(), other)).units).toBe(5)
    })

    test('S14 a piece that fails changes nothing and is done again', async () => {
      const job = await oldJob(3)
      await kit().store.forgetJobs(DAY)
      await kit().store.deleteForgotten()
      const before = await rowsOf(kit(), job)
      const isSqlite = kit().store.database === 'sqlite'
      await kit().rows(
        isSqlite
          ? `CREATE TRIGGER hold BEFORE DELETE ON "WorkUnit" BEGIN SELECT RAISE(ABORT, 'held'); END`
          : `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'held'; END $$;
             CREATE TRIGGER hold BEFORE DELETE ON "WorkUnit" FOR EACH ROW EXECUTE FUNCTION hold()`,
      )
      await expect(kit().store.deleteForgotten()).rejects.toThrow('held')
      expect(await rowsOf(kit(), job)).toEqual(before)
      await kit().rows(isSqlite ? 'DROP TRIGGER hold' : 'DROP TRIGGER hold ON "WorkUnit"')
      await deleteAll(kit().store)
      expect(await rowsOf(kit(), job)).toEqual(none)
    })

    test('S14 a finished job that was re-opened meanwhile stays', async () => {
      const job = await oldJob(2)
      const reopening = `UPDATE "Job" SET state = 'running', "finishedAt" = NULL, "unitsOpen" = 1, "unitsHalf" = 1, "unitsAccepted" = 1 WHERE id = ${job.id};
        UPDATE "WorkUnit" SET state = 'open', wanted = 2 WHERE "jobId" = ${job.id} AND "key" = '0'`
      if (kit().another) {
        // It is being re-opened just now: the lock decides, and nobody waits for it.
        await kit().rows(`BEGIN; ${reopening}`)
        expect(await kit().store.forgetJobs(DAY)).toBe(0)
        await kit().rows('COMMIT')
      } else await kit().rows(reopening)
      expect([await kit().store.forgetJobs(DAY), await deleteAll(kit().store)]).toEqual([0, 0])
      expect(await rowsOf(kit(), job)).toMatchObject({ jobs: 1, units: 2, events: 2 })
      await kit().store.transact((tx) => tx.cancelUnits(job, ['0']))
    })

    test('S14 what is not over, or has units left to cancel, stays whatever its times say', async () => {
      const jobs = [await scene().job(2), await scene().job(2), await scene().job(2), await scene().job(2)]
      for (const [i, state] of ['running', 'paused', 'awaiting-approval', 'cancelled'].entries())
        await kit().rows(`UPDATE "Job" SET state = '${state}', "finishedAt" = 1 WHERE id = ${jobs[i]!.id}`)
      expect(await kit().store.forgetJobs(DAY)).toBe(0)
      await cancelAll(jobs[3]!, 2)
      expect(await kit().store.forgetJobs(DAY)).toBe(1)
      await kit().rows(`UPDATE "Job" SET state = 'running', "finishedAt" = NULL WHERE "finishedAt" = 1`)
    })

    test('S14 what is to be forgotten is found in indexes', async () => {
      const isSqlite = kit().store.database === 'sqlite'
      const dialect = isSqlite ? sqliteDialect : postgresqlDialect
      const plan = async (statement: string, ...values: readonly (number | string)[]) => {
        let text = statement
        values.forEach((value, i) => {
          text = isSqlite ? text.replace('?', String(value)) : text.replaceAll(`$${i + 1}`, String(value))
        })
        return JSON.stringify(await kit().rows(isSqlite ? `EXPLAIN QUERY PLAN ${text}` : `SET enable_seqscan = off; EXPLAIN ${text}`))
      }
      const plans = [
        [await plan(dialect.overJobs, 1, 100), 'Job_finishedAt_idx'],
        [await plan(dialect.deleteEvents, 1, 100), isSqlite ? 'sqlite_autoindex_Event_1' : 'Event_pkey'],
        [await plan(dialect.forgottenUnits, 1, "'a'", 500), 'WorkUnit_jobId_key_key'],
        [await plan(dialect.deletePastLeases, "'[1]'"), 'PastLease_row_idx'],
        [await plan(dialect.deleteLeases, "'[1]'"), 'Lease_unitId_holder_key'],
      ] as const
      for (const [said, index] of plans) {
        expect(said).toContain(index)
        expect(said).not.toMatch(/SCAN (Job|Event|WorkUnit|PastLease|Lease)\b|Seq Scan/)
      }
    })

    test('S14 several servers that forget at once forget each job once', async () => {
      const servers = [kit().store, (await kit().another?.()) ?? kit().store]
      const jobs: JobRecord[] = []
      for (let n = 0; n < 3; n++) jobs.push(await oldJob(700))
      const other = await scene().job(5)
      const sweep = async (store: Store) => {
        const forgotten = await store.forgetJobs(DAY)
        for (let idle = 0; idle < 3; ) if (!(await store.deleteForgotten())) idle += 1
        return forgotten
      }
      const forgotten = await Promise.all([...servers, ...servers].map(sweep))
      expect(forgotten.reduce((total, each) => total + each, 0)).toBe(3)
      await deleteAll(kit().store)
      for (const job of jobs) expect(await rowsOf(kit(), job)).toEqual(none)
      expect((await rowsOf(kit(), other)).units).toBe(5)
    })

    test('S14 a result that comes too late for its job is no answer, and leaves nothing', async () => {
      const job = await scene().job(400, { redundancy: 'none' })
      const [a, b] = await scene().devices(2)
      const late = (await scene().lease(job, a!, 400)).grants
      await scene().settle(late.map(({ lease }) => gaveUp(lease, 'expired')))
      await finish(kit(), job, b!)
      await kit().age(2 * DAY)
      await kit().reopen() // remembers no job
      await kit().store.forgetJobs(DAY)
      const report = (from: number, to: number) => scene().settle(late.slice(from, to).map(({ lease }) => outputOf(lease, a!)))
      expect(new Set(await report(0, 10))).toEqual(new Set(['unknown-lease']))
      const [outcomes] = await Promise.all([
        Promise.all(Array.from({ length: 39 }, (_, i) => report(10 + 10 * i, 20 + 10 * i))),
        deleteAll(kit().store),
      ])
      expect(new Set(outcomes.flat())).toEqual(new Set(['unknown-lease']))
      await deleteAll(kit().store)
      expect(await rowsOf(kit(), job)).toEqual(none)
      expect(new Set(await report(0, 400))).toEqual(new Set(['unknown-lease']))
    })

    test('S14 a server that remembers a forgotten job records nothing that stays, and adds nothing to it', async () => {
      const job = await scene().job(2, { redundancy: 'none' })
      const [a, b] = await scene().devices(2)
      const late = (await scene().lease(job, a!, 2)).grants
      await scene().settle(late.map(({ lease }) => gaveUp(lease, 'expired')))
      await finish(kit(), job, b!)
      await kit().age(2 * DAY)
      await kit().store.forgetJobs(DAY)
      await kit().store.transact((tx) => tx.settleUnits([outputOf(late[0]!.lease, a!)], decideUnit))
      await expect(kit().store.transact((tx) => tx.addUnits(job, unitSpecs(7, 1)))).rejects.toMatchObject({ code: 'unknown-job' })
      await expect(move(job, 'cancelled')).rejects.toMatchObject({ code: 'unknown-job' })
      await deleteAll(kit().store)
      expect(await rowsOf(kit(), job)).toEqual(none)
    })
  })
})
