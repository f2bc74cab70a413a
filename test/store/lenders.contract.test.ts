import { describe, expect, test } from 'vitest'
import type { DeviceRecord, LeaseReport } from '../../server/store/store.ts'
import { describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const taking = (lease: string, device: DeviceRecord, seconds: number): LeaseReport => {
  const said = outputOf(lease, device)
  return { ...said, report: { ...said.report, seconds } } as LeaseReport
}

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const recordOf = async ({ id }: DeviceRecord) => (await kit().store.reads.trackRecordsOf([id]))[0]!

  describe('L5 how devices have done', () => {
    test('L5 speeds are kept against the mean of the job, a second arrival changes none', async () => {
      const job = await scene().job(9, { redundancy: 'none' })
      const [first, slow] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const give = async (device: DeviceRecord, seconds: number) => {
        const { grants } = await scene().lease(job, device, 1)
        const report = taking(grants[0]!.lease, device, seconds)
        await kit().age(1000 * seconds)
        await scene().settle([report])
        return report
      }
      await give(first, 2)
      expect(await recordOf(first)).toMatchObject({ speed: 0, returned: 1 })
      const report = await give(slow, 8)
      expect(await recordOf(slow)).toMatchObject({
        speed: 1 / 4,
        returned: 1,
        trust: [{ engineClass: 'v8-13', checks: 0, suspect: false }],
      })
      await scene().settle([report])
      expect(await recordOf(slow)).toMatchObject({ speed: 1 / 4 })
      await give(first, 5)
      expect((await recordOf(first)).speed).toBe(1)
    })

    test('L5 a device is believed no more seconds than there were since its lease, under an old lease too, nor than the job lets it take', async () => {
      const job = await scene().job(4, { redundancy: 'none', timeoutSeconds: 60 })
      const [device] = (await scene().devices(1)) as [DeviceRecord]
      const next = async () => (await scene().lease(job, device, 1)).grants[0]!.lease
      const told = async (lease: string) => {
        await scene().settle([taking(lease, device, 1e9)])
        const { events } = (await kit().store.reads.events(job.job, 0, 10))!
        return events.at(-1)!.seconds
      }
      const one = await next()
      await kit().age(2000)
      const seconds = await told(one)
      expect([seconds >= 2, seconds < 40]).toEqual([true, true])
      expect((await kit().store.reads.job(job.job))?.unitSeconds).toBe(seconds)
      const old = await next()
      await scene().settle([gaveUp(old)])
      await kit().age(6000)
      await next()
      expect(await told(old)).toBeLessThan(40)
      const long = await next()
      await kit().age(3_600_000)
      expect(await told(long)).toBe(60)
      const { unitSeconds } = (await kit().store.reads.job(job.job))!
      expect(unitSeconds).toBeLessThan(60)
      expect((await recordOf(device)).speed).toBeGreaterThanOrEqual(1 / 64)
    })

    test('T2 c: an expired lease is counted until its answer comes after all', async () => {
      const job = await scene().job(4)
      const [device] = (await scene().devices(1)) as [DeviceRecord]
      const { grants } = await scene().lease(job, device, 4)
      const [one, two, three] = grants.map(({ lease }) => lease) as [string, string, string]
      await scene().settle([gaveUp(one, 'expired'), gaveUp(two, 'expired'), gaveUp(three)])
      expect(await recordOf(device)).toMatchObject({ expired: 2, returned: 0 })
      await scene().settle([outputOf(one, device)])
      expect(await recordOf(device)).toMatchObject({ expired: 1, returned: 1 })
      await expectCountersToEqualRows(kit())
    })

    test('L5 what devices earned is read for many at once', async () => {
      const devices = await scene().devices(3)
      const found = await kit().store.reads.trackRecordsOf(devices.map(({ id }) => id))
      expect(found.map(({ deviceId }) => deviceId).sort((a, b) => a - b)).toEqual(devices.map(({ id }) => id))
      expect(await kit().store.reads.trackRecordsOf([])).toEqual([])
    })
  })
})
