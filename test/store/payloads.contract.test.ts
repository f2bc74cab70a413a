import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { digestOf } from '../../server/store/payloads.ts'
import { postgresqlDialect } from '../../server/store/postgresql/dialect.ts'
import { sqliteDialect } from '../../server/store/sqlite/dialect.ts'
import type { DeviceRecord, JobRecord, LeaseReport } from '../../server/store/store.ts'
import { deleteAll, describeStore, jobSpec, outputOf, postgresqlKit, Scene, type StoreKit } from '../support/store-kit.ts'

const DAY = 86_400_000
const MEBIBYTE = 1024 * 1024

interface Content {
  readonly code?: Uint8Array
  readonly input?: Uint8Array
  readonly output?: Uint8Array
}

/** A job of one unit with these bytes, and the verbs of its life. */
class SmallJob {
  readonly #kit: StoreKit
  readonly #job: JobRecord
  readonly #device: DeviceRecord
  readonly #output: Uint8Array

  private constructor(kit: StoreKit, job: JobRecord, device: DeviceRecord, output: Uint8Array) {
    this.#kit = kit
    this.#job = job
    this.#device = device
    this.#output = output
  }

  static async submit(
    kit: StoreKit,
    { code = randomBytes(80), input = randomBytes(80), output = randomBytes(80) }: Content,
    store = kit.store,
    within = async () => {},
  ): Promise<SmallJob> {
    const [device, owner] = [await new Scene(kit.store).device(), await kit.store.ensureAccount('owner', 'researcher')]
    for (;;) {
      try {
        const { value: job } = await store.transact(async (tx) => {
          const job = await tx.createJob(jobSpec({ bundle: digestOf(code), redundancy: 'none' }), code, owner)
          await tx.addUnits(job, [{ key: '0', input, inputs: 1 }])
          await tx.completeInputs(job)
          await within()
          return job
        })
        return new SmallJob(kit, job, device, output)
      } catch (error) {
        if (!store.isRetryable(error)) throw error
      }
    }
  }

  /** Computes it; answers with its input. */
  async finish(): Promise<Uint8Array> {
    const scene = new Scene(this.#kit.store)
    const [grant] = (await scene.lease(this.#job, this.#device, 1)).grants
    const { report } = outputOf(grant!.lease, this.#device)
    await scene.settle([{ lease: grant!.lease, by: this.#device.id, report: { ...report, output: this.#output } as LeaseReport['report'] }])
    return grant!.input
  }

  /** What its researcher reads. */
  async read(): Promise<Uint8Array | undefined> {
    return (await this.#kit.store.reads.events(this.#job.job, 0, 10))?.events[0]?.output
  }
}

/** Lets all jobs that are over be forgotten. */
async function forget(kit: StoreKit): Promise<void> {
  await kit.age(2 * DAY)
  expect(await kit.store.forgetJobs(DAY)).toBeGreaterThan(0)
}
const isThere = async (kit: StoreKit, bytes: Uint8Array): Promise<boolean> => (await kit.store.payload(digestOf(bytes))) !== undefined

describeStore((kit) => {
  afterEach(async () => {
    while ((await kit().store.forgetJobs(-DAY)) > 0);
    await deleteAll(kit().store)
    expect(await kit().rows('SELECT size FROM "Payload"'), 'payloads that nothing refers to').toEqual([])
  })

  describe('S15 payloads', () => {
    const roles = ['code', 'input', 'output'] as const
    test.each(roles.flatMap((first) => roles.map((second) => [first, second] as const)))(
      'S15 bytes that are the %s of a forgotten job stay while they are the %s of another, and go with it',
      async (first, second) => {
        const bytes = randomBytes(1000)
        await (await SmallJob.submit(kit(), { [first]: bytes })).finish()
        await kit().age(2 * DAY)
        const other = await SmallJob.submit(kit(), { [second]: bytes })
        if (second === 'output') await other.finish()
        expect(await kit().store.forgetJobs(DAY)).toBe(1)
        await deleteAll(kit().store)
        expect(await isThere(kit(), bytes)).toBe(true)
        if (second === 'output') expect(Buffer.from((await other.read())!)).toEqual(bytes)
        else await other.finish()
        await forget(kit())
        await deleteAll(kit().store)
        expect(await isThere(kit(), bytes)).toBe(false)
      },
    )

    test('S15 a submission under way keeps the bytes it was told are there', async () => {
      const [input, code] = [randomBytes(1000), randomBytes(1000)]
      await (await SmallJob.submit(kit(), { input, code })).finish()
      await forget(kit())
      const [written, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const another = await kit().another?.()
      const submitting = SmallJob.submit(kit(), { input, code }, another, () => {
        written.resolve()
        return gate.promise
      })
      await written.promise
      const deleting = deleteAll(kit().store)
      // Where the databases can, the deletion runs while the submission is open, and does not wait for it.
      if (another) await deleting
      gate.resolve()
      const job = await submitting
      await deleting
      await deleteAll(kit().store)
      expect(Buffer.from(await job.finish())).toEqual(input)
      expect(await isThere(kit(), code)).toBe(true)
    })

    test('S15 a result under way keeps the bytes it returns', async () => {
      const output = randomBytes(1000)
      await (await SmallJob.submit(kit(), { output })).finish()
      await forget(kit())
      const job = await SmallJob.submit(kit(), { output })
      await Promise.all([job.finish(), deleteAll(kit().store)])
      await deleteAll(kit().store)
      expect(Buffer.from((await job.read())!)).toEqual(output)
    })

    test('S15 submissions and deletions of the same bytes, at any moment of each other, lose nothing', async () => {
      const another = (await kit().another?.()) ?? kit().store
      const inputs = Array.from({ length: 5 }, () => randomBytes(500))
      for (let round = 0; round < 8; round++) {
        for (const input of inputs) await (await SmallJob.submit(kit(), { input })).finish()
        await forget(kit())
        const [jobs] = await Promise.all([
          Promise.all(inputs.map((input) => SmallJob.submit(kit(), { input }, another))),
          deleteAll(kit().store),
          deleteAll(kit().store),
        ])
        for (const [i, job] of jobs.entries()) expect(Buffer.from(await job.finish())).toEqual(inputs[i])
        await forget(kit())
        await deleteAll(kit().store)
      }
    })

    test('S15 large payloads go a few mebibytes at a time', async () => {
      for (let n = 0; n < 6; n++)
        await (await SmallJob.submit(kit(), { input: randomBytes(MEBIBYTE), output: randomBytes(MEBIBYTE) })).finish()
      const bytes = async () => Number((await kit().rows('SELECT coalesce(sum(size), 0) AS bytes FROM "Payload"'))[0]?.bytes)
      await forget(kit())
      for (let left = await bytes(); await kit().store.deleteForgotten(); ) {
        const now = await bytes()
        expect(left - now).toBeLessThanOrEqual(4 * MEBIBYTE)
        left = now
      }
      expect(await bytes()).toBe(0)
    })

    test('S15 whether a payload is still referred to is answered from indexes', async () => {
      const isSqlite = kit().store.database === 'sqlite'
      const { deletePayloads } = isSqlite ? sqliteDialect : postgresqlDialect
      const text = deletePayloads.replace(/\?|\$1::jsonb/, `'["${'ab'.repeat(32)}"]'${isSqlite ? '' : '::jsonb'}`)
      const plan = await kit().rows(isSqlite ? `EXPLAIN QUERY PLAN ${text}` : `SET enable_seqscan = off; EXPLAIN ${text}`)
      const said = JSON.stringify(plan)
      for (const index of ['Job_bundle_idx', 'WorkUnit_input_digest', 'Lease_output_digest', 'Event_output_digest'])
        expect(said).toContain(index)
      expect(said).not.toMatch(/SCAN [juleJWLEP]\b|SCAN (Job|WorkUnit|Lease|Event|Payload)|Seq Scan/)
    })
  })
})

describe('S15 PostgreSQL', () => {
  let kit: StoreKit
  beforeAll(async () => {
    kit = await postgresqlKit()
  })
  afterAll(() => kit.close())

  test('S15 a submission that meets the deletion of its bytes waits for it and writes them anew', async () => {
    const input = randomBytes(1000)
    await (await SmallJob.submit(kit, { input })).finish()
    const row = `"Payload" WHERE sha256 = '\\x${digestOf(input)}'::bytea`
    await kit.rows(`BEGIN; SELECT 1 FROM ${row} FOR UPDATE`)
    const submitting = SmallJob.submit(kit, { input })
    const waiting = 'SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))'
    await expect.poll(async () => Number((await kit.rows(waiting))[0]?.waiting)).toBe(1)
    await kit.rows(`DELETE FROM ${row}; COMMIT`)
    expect(Buffer.from(await (await submitting).finish())).toEqual(input)
  })
})
