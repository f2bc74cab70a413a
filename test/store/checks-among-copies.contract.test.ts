import { expect, test } from 'vitest'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const DECIDED = 30

describeStore((kit) => {
  const lease = async (job: JobRecord, { id, trustId }: DeviceRecord, count: number, audits: number) => {
    const checking = { audits, recheck: 'never' as const, trustId, suspect: false, unitsToRecheck: 0, events: DECIDED }
    const wish = { job, deviceId: id, holder: `d:${id}`, count, wanted: 1, onlyOpinions: false, deadlineMs: 30_000, checking }
    return (await kit().store.transact((tx) => tx.leaseUnits([wish]))).value[0]!.grants
  }

  test('Q8 audits stand anywhere among the copies of an answer, which stay in their order', async () => {
    const scene = new Scene(kit().store)
    const [author, auditor] = (await scene.devices(2)) as [DeviceRecord, DeviceRecord]
    const job = await scene.job(10 * DECIDED, { redundancy: { targetError: 1e-2 } })
    await kit().rows(`UPDATE "Trust" SET checks = 100, checked = 100 WHERE id = ${author.trustId}`)
    const first = await lease(job, author, DECIDED, 0)
    await scene.settle(first.map(({ lease }) => outputOf(lease, author)))
    const decided = new Set(first.map(({ key }) => key))
    const places: number[][] = []
    for (let i = 0; i < 8; i++) {
      const keys = (await lease(job, auditor, 10, 3)).map(({ key }) => key)
      places.push(keys.flatMap((key, place) => (decided.has(key) ? [place] : [])))
      const copies = keys.filter((key) => !decided.has(key)).map(Number)
      expect(copies).toHaveLength(10 - places.at(-1)!.length)
      expect(copies).toEqual(copies.toSorted((a, b) => a - b))
    }
    expect(places.flat().length).toBeGreaterThan(8)
    // At the end by chance once in ten times at least for each answer.
    expect(places.some((of) => of.some((place, i) => place < 10 - of.length + i))).toBe(true)
  })

  test('Q11 the last units of a job go out, whoever wishes for hundreds, and to a suspect as audits all the same', async () => {
    const scene = new Scene(kit().store)
    const [author, auditor, suspect] = (await scene.devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
    const job = await scene.job(DECIDED + 4, { redundancy: { targetError: 1e-2 } })
    await kit().rows(`UPDATE "Trust" SET checks = 100, checked = 100 WHERE id = ${author.trustId}`)
    const first = await lease(job, author, DECIDED, 0)
    await scene.settle(first.map(({ lease }) => outputOf(lease, author)))
    const decided = new Set(first.map(({ key }) => key))
    const audited = (await lease(job, suspect, 400, 400)).map(({ key }) => decided.has(key))
    expect(audited).toEqual([true, true, true, true])
    let given = 0
    // One in twenty is an audit instead: that none of four goes out happens once in 160,000 times.
    for (let i = 0; i < 3 && given === 0; i++) given = (await lease(job, auditor, 400, 20)).filter(({ key }) => !decided.has(key)).length
    expect(given).toBeGreaterThan(0)
  })
})
