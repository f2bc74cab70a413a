import { describe, expect, test } from 'vitest'
import type { DeviceRecord, JobRecord, LeaseWish } from '../../server/store/store.ts'
import { describeStore, erroredOf, gaveUp, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const N = '203.0.113.0/24'
const leaves = () => true
const AVOIDED_MS = 6000

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const wish = (job: JobRecord, { id }: DeviceRecord, change: Partial<LeaseWish> = {}): LeaseWish => ({
    ...{ job, deviceId: id, holder: `d:${id}`, count: 1, wanted: 1, onlyOpinions: false, deadlineMs: 30_000 },
    ...change,
  })
  const lease = async (...of: Parameters<typeof wish>) => (await kit().store.transact((tx) => tx.leaseUnits([wish(...of)]))).value[0]!
  const failed = async (job: JobRecord, device: DeviceRecord, change: Partial<LeaseWish> = {}) => {
    const { grants } = await lease(job, device, change)
    await scene().settle([erroredOf(grants[0]!.lease, device)])
    await kit().age(AVOIDED_MS)
  }

  describe('Q6 who failed at a unit', () => {
    test('Q6 is not given it again while somebody else is here, and is when nobody is', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a, b] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      await failed(job, a)
      const asked: unknown[] = []
      expect(await lease(job, a, { mustLeave: (had) => asked.push(had) > 0 })).toEqual({ grants: [], withheld: 'for-others' })
      expect(asked).toEqual([[{ holder: `d:${a.id}`, deviceId: a.id, network: null, checks: 0 }]])
      expect((await lease(job, a, { mustLeave: () => false })).grants).toHaveLength(1)
      const other = await scene().job(1, { redundancy: 'none' })
      await failed(other, a)
      expect((await lease(other, b, { mustLeave: leaves })).grants).toHaveLength(1)
      await expectCountersToEqualRows(kit())
    })

    test('Q6 is known by its device too, whoever it says it is', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = (await scene().devices(1)) as [DeviceRecord]
      await failed(job, a, { holder: 'a:7' })
      expect((await lease(job, a, { mustLeave: leaves })).grants).toEqual([])
      expect((await lease(job, a)).grants).toHaveLength(1)
    })

    test('Q6 and the others of its network wait while another network is here; what they are given then is not marked', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a, b] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      await failed(job, a, { network: N })
      expect((await lease(job, b, { network: N, mustWait: () => true })).grants).toEqual([])
      expect((await lease(job, b, { network: N, mustWait: () => false })).grants).toHaveLength(1)
      expect(await kit().rows(`SELECT holder FROM "Lease" WHERE "jobId" = ${job.id} AND "sameNetwork" = 1`)).toEqual([])
    })

    test('Q6 is whoever gave it up three times, and not who did so twice', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = (await scene().devices(1)) as [DeviceRecord]
      for (let i = 0; i < 3; i++) {
        const { grants } = await lease(job, a, { mustLeave: leaves })
        await scene().settle([gaveUp(grants[0]!.lease)])
        await kit().age(AVOIDED_MS)
      }
      expect((await lease(job, a, { mustLeave: leaves })).grants).toEqual([])
    })
  })
})
