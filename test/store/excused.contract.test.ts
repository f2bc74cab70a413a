import { expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const [RARE, OTHER, COMMON] = ['javascriptcore-18', 'spidermonkey-128', 'v8-13'] as const
const K = 60

describeStore((kit) => {
  const scene = () => new Scene(kit().store)

  async function device(engineClass: string = COMMON): Promise<DeviceRecord> {
    const made = await scene().device()
    await kit().rows(`UPDATE "Trust" SET checks = ${K}, "engineClass" = '${engineClass}' WHERE id = ${made.trustId}`)
    return made
  }

  async function lease(job: JobRecord, { id, trustId }: DeviceRecord, unitsToRecheck = 0) {
    const checking = { audits: 0, recheck: 'now' as const, trustId, suspect: false, unitsToRecheck, events: 0 }
    const wish = { job, deviceId: id, holder: `d:${id}`, count: 1, wanted: 2, checking, onlyOpinions: false, deadlineMs: 30_000 }
    return (await kit().store.transact((tx) => tx.leaseUnits([wish]))).value[0]!.grants[0]!
  }

  /** The next unit, by these one after the other. */
  async function answer(job: JobRecord, ...voters: readonly (readonly [DeviceRecord, string])[]): Promise<string> {
    let key = ''
    for (const [voter, letter] of voters) {
      const grant = await lease(job, voter)
      await scene().settle([outputOf(grant.lease, voter, letter)])
      key = grant.key
    }
    return key
  }

  /** All that follows from what was lost; the leases that were taken away. */
  async function undo(): Promise<number> {
    for (let revoked = 0; ; ) {
      const { value } = await kit().store.transact((tx) => tx.trust.undoStrike(decideUnit))
      if (!value) return revoked
      revoked += value.revoked.length
    }
  }

  const due = async ({ id }: JobRecord) =>
    (
      await kit().rows(
        `SELECT u."key" FROM "Recheck" r JOIN "WorkUnit" u ON u.id = r."unitId" WHERE r."jobId" = ${id} AND r.kind = 'again' ORDER BY u."key"`,
      )
    ).map(({ key }) => key)
  const statesOf = async ({ id }: JobRecord, key: string) =>
    (
      await kit().rows(
        `SELECT l.state FROM "Lease" l JOIN "WorkUnit" u ON u.id = l."unitId" WHERE u."jobId" = ${id} AND u."key" = '${key}' ORDER BY l."row"`,
      )
    ).map(({ state }) => state)
  const eventsOf = async ({ job }: JobRecord, key: string) =>
    (await kit().store.reads.events(job, 0, 100))!.events.filter((event) => event.key === key).map(({ kind }) => kind)

  test('T1 T2 what two sealed together who only their engines excused since is looked at again, without their votes where it differs', async () => {
    const job = await scene().job(5, { redundancy: { targetError: 1e-3 }, ownDevices: false })
    const [one, two] = [await device(RARE), await device(OTHER)]
    const [first, second, third, fourth] = [await device(), await device(), await device(), await device()]
    const sealed = await answer(job, [one, 'lie'], [two, 'lie'])
    const withHonest = await answer(job, [one, 'a'], [first, 'a'])
    await answer(job, [one, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    await undo()
    expect(await due(job), 'the other one is believed as before').toEqual([])
    await answer(job, [two, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    const held = await lease(job, one)
    expect(await undo(), 'nobody was struck').toBe(0)
    expect(await due(job)).toEqual([sealed])
    expect(await statesOf(job, sealed)).toEqual(['agreed', 'agreed'])
    expect(await statesOf(job, withHonest)).toEqual(['agreed', 'agreed'])
    const again = await lease(job, fourth, 1)
    expect(again.key).toBe(sealed)
    await scene().settle([outputOf(again.lease, fourth, 'a')])
    expect(await answer(job, [first, 'a'])).toBe(sealed)
    expect(await statesOf(job, sealed)).toEqual(['voided', 'voided', 'agreed', 'agreed'])
    expect(await eventsOf(job, sealed)).toEqual(['sealed', 'retracted', 'sealed'])
    expect(await scene().settle([outputOf(held.lease, one, 'a')]), 'what it holds it may return').toEqual(['recorded'])
  })

  test('T1 T2 in another job nothing is looked at, nor where a second look says the same, and that once', async () => {
    const [job, other] = [await scene().job(4, { redundancy: { targetError: 1e-3 }, ownDevices: false }), await scene().job(1)]
    const [one, two] = [await device(RARE), await device(OTHER)]
    const [first, second, third, fourth] = [await device(), await device(), await device(), await device()]
    await answer(other, [one, 'a'], [two, 'a'])
    const sealed = await answer(job, [one, 'a'], [two, 'a'])
    await answer(job, [one, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    await answer(job, [two, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    await undo()
    expect([await due(other), await due(job)]).toEqual([[], [sealed]])
    const again = await lease(job, fourth, 1)
    await scene().settle([outputOf(again.lease, fourth, 'a')])
    expect(await statesOf(job, sealed)).toEqual(['agreed', 'agreed', 'agreed'])
    expect(await due(job)).toEqual([])
  })

  test('T1 T2 a job that is given one engine looks again at what others sealed with somebody who was excused, and at what engines decided', async () => {
    const job = await scene().job(6, { redundancy: { targetError: 1e-3 }, ownDevices: false })
    const [one, two] = [await device(RARE), await device(RARE)]
    const [first, second, third] = [await device(), await device(), await device()]
    const sealed = await answer(job, [one, 'lie'], [two, 'lie'])
    const withHonest = await answer(job, [one, 'a'], [first, 'a'])
    await answer(job, [one, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    await undo()
    expect(await due(job), 'its partner has lost nothing').toEqual([])
    const difference = await answer(job, [two, 'lie'], [await device('spidermonkey-99'), 'lie'], [first, 'a'], [one, 'lie'])
    const rows = await kit().rows(`SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id} AND "key" = '${difference}'`)
    const choose = (engineClass: string) => kit().store.transact((tx) => tx.trust.pinDiffering(job.id, engineClass, [Number(rows[0]!.id)]))
    const { jobs } = await choose(COMMON)
    expect(jobs.map(({ sameEngine, engineClass }) => [sameEngine, engineClass])).toEqual([[true, COMMON]])
    await undo()
    expect(await due(job)).toEqual([sealed, difference])
    expect(await statesOf(job, withHonest)).toEqual(['agreed', 'agreed'])
    const again = await lease(job, second, 2)
    await scene().settle([outputOf(again.lease, second, 'a')])
    expect(await statesOf(job, again.key)).toEqual(
      again.key === sealed ? ['voided', 'voided', 'pending'] : expect.arrayContaining(['voided']),
    )
    await choose(RARE)
    expect(await kit().rows(`SELECT "engineClass" FROM "Job" WHERE id = ${job.id}`)).toEqual([{ engineClass: COMMON }])
  })
})
