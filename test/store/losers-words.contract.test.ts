import { expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const RARE = 'javascriptcore-18'
const K = 60

describeStore((kit) => {
  const scene = () => new Scene(kit().store)

  async function device(checks: number, engineClass = 'v8-13'): Promise<DeviceRecord> {
    const made = await scene().device()
    await kit().rows(`UPDATE "Trust" SET checks = ${checks}, "engineClass" = '${engineClass}' WHERE id = ${made.trustId}`)
    return made
  }

  async function lease(job: JobRecord, { id, trustId }: DeviceRecord, count: number, wanted: number, unitsToRecheck = 0) {
    const checking = { audits: 0, recheck: 'now' as const, trustId, suspect: false, unitsToRecheck, events: 0 }
    const wish = { job, deviceId: id, holder: `d:${id}`, count, wanted, checking, onlyOpinions: false, deadlineMs: 30_000 }
    return (await kit().store.transact((tx) => tx.leaseUnits([wish]))).value[0]!.grants
  }

  /** Three units on the word of the author, and a fourth in which it loses; with it whoever says the same. The first is not believed alone. */
  async function lost(engine: string, reused: boolean, others: readonly DeviceRecord[]) {
    const job = await scene().job(4, { redundancy: { targetError: 1e-2 }, ownDevices: false })
    const author = await device(K, engine)
    const [first, second, third] = [await device(5), await device(K), await device(K)]
    const own = await lease(job, author, 3, 1)
    await scene().settle(own.map(({ lease }) => outputOf(lease, author, 'a')))
    const wrong = [...others, author].map((one): [DeviceRecord, string] => [one, 'b'])
    const voters: [DeviceRecord, string][] = [[first, 'a'], ...wrong, [second, 'a'], [third, 'a']]
    for (const [voter, letter] of voters) {
      const [grant] = await lease(job, voter, 1, 2)
      const said = outputOf(grant!.lease, voter, letter)
      await scene().settle([{ ...said, report: { ...said.report, ...(reused && { reused: true }) } } as typeof said])
    }
    await kit().store.transact((tx) => tx.completeInputs(job))
    return { job, author, first }
  }

  const trustOf = async ({ trustId }: DeviceRecord) =>
    (
      await kit().rows(
        `SELECT t.checks, t.strikes, t.suspect, d.state FROM "Trust" t JOIN "Device" d ON d.id = t."deviceId" WHERE t.id = ${trustId}`,
      )
    )[0]
  const unitsOf = async ({ job }: JobRecord) => (await kit().store.reads.job(job))?.units
  const due = async ({ id }: JobRecord) =>
    (await kit().rows(`SELECT "unitId" FROM "Recheck" WHERE "jobId" = ${id} AND kind = 'sample'`)).length
  const draw = (job: JobRecord) => kit().store.transact((tx) => tx.trust.drawSamples(job.id, decideUnit))

  test.each([
    ['of an engine that nobody else has', RARE, false, false, 0],
    ['of an engine of which another says the same', RARE, false, true, K],
    ['where realms were shared', 'v8-13', true, false, K],
  ] as const)('T2 Q15 a loser %s is not struck, and all that stands on its word in the job is decided by copies', async (...row) => {
    const [, engine, reused, isSupported, checks] = row
    const { job, author, first } = await lost(engine, reused, isSupported ? [await device(0, RARE)] : [])
    expect(await trustOf(author)).toMatchObject({ checks, strikes: 0, suspect: 0, ...(checks === 0 && { state: 'new' }) })
    expect([await unitsOf(job), await due(job)]).toMatchObject([{ accepted: 3, sealed: 1 }, 3])
    // Neither does it outlast its checks, nor does a sample speak for it that ended without a voice.
    await kit().rows(`UPDATE "Trust" SET checks = 1000 WHERE id = ${author.trustId}`)
    await kit().store.transact((tx) => tx.trust.sealProven([author.trustId!]))
    await kit().rows(`DELETE FROM "Recheck" WHERE "jobId" = ${job.id}`)
    await draw(job)
    await draw(job)
    expect([await unitsOf(job), await due(job)]).toMatchObject([{ accepted: 3, sealed: 1 }, 3])
    const samples = await lease(job, first, 3, 1, 3)
    await scene().settle(samples.map(({ lease }) => outputOf(lease, first, 'a')))
    expect([await unitsOf(job), await due(job)]).toMatchObject([{ accepted: 0, sealed: 4 }, 0])
  })

  test('T2 what it says alone afterwards in a job in which it differs by its engine is held as well', async () => {
    const { job, author } = await lost(RARE, false, [await device(0, RARE)])
    await kit().rows(`UPDATE "SingleWord" SET "sealAt" = 1, sampled = 0 WHERE "trustId" = ${author.trustId}`)
    await kit().rows(`DELETE FROM "Recheck" WHERE "jobId" = ${job.id}`)
    await draw(job)
    await kit().store.transact((tx) => tx.trust.sealProven([author.trustId!]))
    expect([await unitsOf(job), await due(job)]).toMatchObject([{ accepted: 3, sealed: 1 }, 3])
  })
})
