import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord, LeaseReport } from '../../server/store/store.ts'
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

  async function lease(job: JobRecord, { id, trustId }: DeviceRecord, unitsToRecheck = 0, wanted = 2) {
    const checking = { audits: 0, recheck: 'now' as const, trustId, suspect: false, unitsToRecheck, events: 0 }
    const wish = { job, deviceId: id, holder: `d:${id}`, count: 1, wanted, checking, onlyOpinions: false, deadlineMs: 30_000 }
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
    const difference = await answer(job, [first, 'a'], [two, 'lie'], [await device('spidermonkey-99'), 'lie'], [one, 'lie'])
    const rows = await kit().rows(`SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id} AND "key" = '${difference}'`)
    const choose = (engineClass: string) => kit().store.transact((tx) => tx.trust.pinDiffering(job, engineClass, [Number(rows[0]!.id)]))
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

  test.each([
    ['a quorum', { quorum: 2 }, false],
    ['`verify`', { targetError: 1e-3 }, true],
  ] as const)(
    'T1 T2 nothing waits for a second look where %s decides, which nobody would be given',
    async (_name, redundancy, verified) => {
      const job = await scene().job(1, { redundancy, ownDevices: false })
      const court = await scene().job(2, { redundancy: { targetError: 1e-3 }, ownDevices: false })
      const [one, two] = [await device(), await device()]
      const [first, second, third] = [await device(), await device(), await device()]
      await answer(job, [one, 'lie'], [two, 'lie'])
      if (verified) await kit().rows(`UPDATE "Job" SET verify = bundle WHERE id = ${job.id}`)
      for (const liar of [one, two]) await answer(court, [liar, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
      await undo()
      expect(await kit().rows(`SELECT id FROM "Strike" WHERE "jobId" = ${court.id} AND reverted = 0`)).toHaveLength(2)
      expect([await due(job), await statesOf(job, '0')]).toEqual([[], ['agreed', 'agreed']])
    },
  )

  test('T1 T2 Q15 a second look that nobody took in time is given when somebody comes, though the job has finished', async () => {
    const job = await scene().job(3, { redundancy: { targetError: 1e-3 }, ownDevices: false })
    const [one, two] = [await device(RARE), await device(OTHER)]
    const [first, second, third, fourth] = [await device(), await device(), await device(), await device()]
    const sealed = await answer(job, [one, 'a'], [two, 'a'])
    for (const liar of [one, two]) await answer(job, [liar, 'lie'], [first, 'a'], [second, 'a'], [third, 'a'])
    await undo()
    await kit().store.transact((tx) => tx.completeInputs(job))
    await kit().store.transact((tx) => tx.moveJob(job, 'finished', null))
    expect(await kit().store.reads.job(job.job)).toMatchObject({ state: 'finished', units: { sealed: 3 } })
    expect((await kit().store.openJobs()).map(({ id }) => id)).toContain(job.id)
    const again = await lease(job, fourth, 1)
    expect(again.key).toBe(sealed)
    await scene().settle([outputOf(again.lease, fourth, 'a')])
    expect(await kit().rows(`SELECT state, "unitsToRecheck", "closingSince" FROM "Job" WHERE id = ${job.id}`)).toEqual([
      { state: 'finished', unitsToRecheck: 0, closingSince: null },
    ])
    expect(await due(job)).toEqual([])
  })

  describe('T2 who loses again and again', () => {
    /** Units that the device had before three others, answered by all but the last of these. */
    async function almostLost(job: JobRecord, liar: DeviceRecord, crowd: readonly DeviceRecord[], units: number): Promise<LeaseReport[]> {
      const last: LeaseReport[] = []
      for (let i = 0; i < units; i++) {
        const grants = []
        for (const voter of [liar, ...crowd]) grants.push([voter, (await lease(job, voter, 0, 4)).lease] as const)
        const said = grants.map(([voter, of]) => outputOf(of, voter, voter === liar ? 'lie' : 'a'))
        await scene().settle(said.slice(0, -1))
        last.push(said.at(-1)!)
      }
      return last
    }
    const lossesOf = async ({ id }: JobRecord) =>
      (await kit().rows(`SELECT "undoneRow" FROM "Strike" WHERE "jobId" = ${id} AND reverted = 2 ORDER BY id`)).map(({ undoneRow }) =>
        undoneRow === null ? 'not' : 'to undo',
      )
    /** Of engines of which none decides alone, so that no answer falls for its engine. */
    const crowdOf3 = async () => [await device('v8-14'), await device('v8-15'), await device('v8-16')]

    test('T2 is looked into for its first three losses of a job, and for none while another is looked into', async () => {
      const [job, other] = [
        await scene().job(9, { redundancy: { targetError: 1e-3 } }),
        await scene().job(1, { redundancy: { targetError: 1e-3 } }),
      ]
      const [liar, crowd] = [await device(RARE), await crowdOf3()]
      const last = await almostLost(job, liar, crowd, 6)
      await scene().settle(last.slice(0, 1))
      expect(await lossesOf(job)).toEqual(['to undo'])
      await scene().settle(last.slice(1, 2))
      expect(await lossesOf(job), 'the look that is not done covers it').toEqual(['to undo', 'not'])
      await undo()
      await scene().settle(last.slice(2, 3))
      expect(await lossesOf(job)).toEqual(['not', 'not', 'to undo'])
      await undo()
      await scene().settle(last.slice(3, 4))
      await scene().settle(last.slice(4))
      expect(await lossesOf(job), 'it is kept from the job').toEqual(new Array(6).fill('not'))
      await scene().settle(await almostLost(other, liar, crowd, 1))
      expect(await lossesOf(other), 'each job for itself').toEqual(['to undo'])
      await undo()
    })

    test('T2 is looked into once for what is written together', async () => {
      const job = await scene().job(9, { redundancy: { targetError: 1e-3 } })
      const [one, two, crowd] = [await device(RARE), await device(OTHER), await crowdOf3()]
      const last = [...(await almostLost(job, one, crowd, 5)), ...(await almostLost(job, two, crowd, 3))]
      await scene().settle(last)
      expect((await lossesOf(job)).toSorted()).toEqual([...new Array(6).fill('not'), 'to undo', 'to undo'])
      await undo()
    })
  })
})
