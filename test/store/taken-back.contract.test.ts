import { expect, test } from 'vitest'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const NON_DETERMINISTIC = 'non-deterministic: 3 units got three or more different answers'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const takeBack = () => kit().store.transact((tx) => tx.trust.takeBackStrikes())
  const pause = (job: JobRecord, reason: string) => kit().store.transact((tx) => tx.moveJob(job, 'paused', reason))
  const trustOf = async ({ trustId }: DeviceRecord) =>
    (await kit().rows(`SELECT checks, strikes, suspect FROM "Trust" WHERE id = ${trustId}`)).map((row) => [
      ...[Number(row.checks), Number(row.strikes), Number(row.suspect)],
    ])[0]
  const stateOf = async ({ id }: DeviceRecord) => (await kit().rows(`SELECT state FROM "Device" WHERE id = ${id}`))[0]?.state

  /** Two agree on each unit, of long standing, and the loser has said something else before. */
  async function lose(job: JobRecord, loser: DeviceRecord, winners: readonly DeviceRecord[], units: number): Promise<void> {
    await kit().rows(`UPDATE "Trust" SET checks = 300 WHERE id IN (${winners.map(({ trustId }) => trustId).join()})`)
    for (const [device, letter] of [[loser, 'x'], ...winners.map((winner) => [winner, 'a'])] as [DeviceRecord, string][]) {
      const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count: units, wanted: 2, onlyOpinions: false, deadlineMs: 30_000 }
      const checking = { audits: 0, recheck: 'never' as const, trustId: device.trustId, suspect: false, unitsToRecheck: 0, events: 0 }
      const { value } = await kit().store.transact((tx) => tx.leaseUnits([{ ...wish, checking }]))
      await scene().settle(value[0]!.grants.map(({ lease }) => outputOf(lease, device, letter)))
    }
  }

  test('T2 strikes of a job that is paused as non-deterministic are taken back, each once, whichever server does it', async () => {
    const [loser, ...winners] = (await scene().devices(3)) as [DeviceRecord, ...DeviceRecord[]]
    await kit().rows(`UPDATE "Trust" SET checks = 12, checked = 12 WHERE id = ${loser.trustId}`)
    const job = await scene().job(2)
    await lose(job, loser, winners, 2)
    expect(await trustOf(loser)).toEqual([0, 2, 1])
    await pause(job, 'paused by its owner')
    expect((await takeBack()).value).toBe(0)
    await kit().store.transact((tx) => tx.moveJob(job, 'running', null))
    await pause(job, NON_DETERMINISTIC)
    const others = kit().another ? [await kit().another!()] : []
    const taken = await Promise.all([kit().store, ...others].map((store) => store.transact((tx) => tx.trust.takeBackStrikes())))
    expect(taken.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(2)
    expect((await takeBack()).value).toBe(0)
    expect(await trustOf(loser)).toEqual([12, 0, 0])
    expect(await stateOf(loser)).toBe('trusted')
  })

  test('T2 a strike of another job stays, whether it came before or after', async () => {
    const [first, last, ...winners] = (await scene().devices(4)) as [DeviceRecord, DeviceRecord, ...DeviceRecord[]]
    const [sound, doubtful] = [await scene().job(2), await scene().job(2)]
    await lose(sound, first, winners, 1)
    await kit().rows(`UPDATE "Trust" SET suspect = 0, checks = 7 WHERE id = ${first.trustId}`)
    await lose(doubtful, first, winners, 1)
    await lose(doubtful, last, winners, 1)
    await lose(sound, last, winners, 1)
    await pause(doubtful, NON_DETERMINISTIC)
    await takeBack()
    expect([await trustOf(first), await trustOf(last)]).toEqual([
      [7, 1, 0],
      [0, 1, 1],
    ])
  })

  test('T2 who was banned for such strikes is found, and nobody who was banned for others', async () => {
    const why = 'several jobs'
    const [freed, rightly, byAdmin, ...winners] = (await scene().devices(5)) as [
      DeviceRecord,
      DeviceRecord,
      DeviceRecord,
      ...DeviceRecord[],
    ]
    // Of two researchers: strikes in the jobs of one ban nobody.
    const [sound, doubtful] = [await scene().job(20), await scene().job(20, {}, 'another researcher')]
    for (const device of [freed, rightly, byAdmin]) await lose(doubtful, device, winners, 2)
    for (const [device, units] of [
      [freed, 1],
      [rightly, 4],
    ] as const)
      await lose(sound, device, winners, units)
    for (const device of [freed, rightly]) await kit().store.banDevice(device.id, why)
    await kit().store.banDevice(byAdmin.id, 'an admin said so')
    const wrongly = async () => (await kit().store.transact((tx) => tx.trust.wronglyBanned(why))).value
    expect(await wrongly()).toEqual([])
    await pause(doubtful, NON_DETERMINISTIC)
    await takeBack()
    expect(await wrongly()).toContain(freed.device)
    expect(await wrongly()).not.toContain(byAdmin.device)
    await kit().rows(`UPDATE "Strike" SET reverted = 0 WHERE "jobId" = ${doubtful.id} AND "deviceId" = ${rightly.id} AND id = (
      SELECT min(id) FROM "Strike" WHERE "jobId" = ${doubtful.id} AND "deviceId" = ${rightly.id})`)
    await kit().rows(`UPDATE "Trust" SET strikes = 5 WHERE id = ${rightly.trustId}`)
    expect(await wrongly()).toEqual([freed.device])
  })
})
