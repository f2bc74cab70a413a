import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord, LeaseWish } from '../../server/store/store.ts'
import { describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const LATE_MS = 10_000

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const wish = (job: JobRecord, device: DeviceRecord, count = 10, change: Partial<LeaseWish> = {}): LeaseWish => ({
    ...{ job, deviceId: device.id, holder: `d:${device.id}`, count, wanted: job.quorum, onlyOpinions: false, deadlineMs: 30_000 },
    ...change,
  })
  const late = async (...asked: Parameters<typeof wish>) =>
    (await kit().store.transact((tx) => tx.leaseLate(wish(...asked), LATE_MS))).value.grants
  /** So long ago the leases were given. */
  const wait = (job: JobRecord) => kit().rows(`UPDATE "Lease" SET "issuedAt" = "issuedAt" - ${LATE_MS + 1000} WHERE "jobId" = ${job.id}`)

  describe('Q16 the tail of a job', () => {
    test('Q16 a lease that is late is given to somebody else, once, and the answer that decides ends the other', async () => {
      const job = await scene().job(2, { redundancy: 'none' })
      const [slow, fast, third] = (await scene().devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
      const held = (await scene().lease(job, slow, 2)).grants
      expect(await late(job, fast)).toEqual([])
      await wait(job)
      expect(await late(job, slow)).toEqual([])
      const given = await late(job, fast, 1)
      expect(given).toHaveLength(1)
      const other = await late(job, third)
      expect(other.map(({ key }) => key)).toEqual([held.map(({ key }) => key).find((key) => key !== given[0]!.key)])
      await wait(job)
      expect(await late(job, fast)).toEqual([])
      await expectCountersToEqualRows(kit())
      const settled = await kit().store.transact((tx) => tx.settleUnits([outputOf(given[0]!.lease, fast)], decideUnit))
      const overtaken = held.find(({ key }) => key === given[0]!.key)!.lease
      expect(settled.overtaken).toEqual([{ lease: overtaken, deviceId: slow.id }])
      await scene().settle([gaveUp(overtaken, 'revoked')])
      expect(await scene().settle([outputOf(overtaken, slow)])).toEqual(['late'])
      await expectCountersToEqualRows(kit())
    })

    test('Q16 a unit that waits for an opinion, or has had ten copies, is given to nobody else', async () => {
      const job = await scene().job(2)
      const [one, two, third] = (await scene().devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
      await scene().lease(job, one, 2)
      await scene().lease(job, two, 1)
      await wait(job)
      const given = await late(job, third)
      expect(given).toHaveLength(1)
      await scene().settle([gaveUp(given[0]!.lease)])
      await kit().age(6000)
      await kit().rows(`UPDATE "WorkUnit" SET copies = 10 WHERE "jobId" = ${job.id}`)
      expect(await late(job, third)).toEqual([])
      await kit().rows(`UPDATE "WorkUnit" SET copies = live + 1 WHERE "jobId" = ${job.id}`)
    })

    test('Q16 a quorum is decided by the first who agree', async () => {
      const job = await scene().job(1)
      const [one, slow, third] = (await scene().devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
      const [first] = (await scene().lease(job, one, 1)).grants
      const [second] = (await scene().lease(job, slow, 1)).grants
      await scene().settle([outputOf(first!.lease, one)])
      await wait(job)
      const [extra] = await late(job, third)
      const { overtaken } = await kit().store.transact((tx) => tx.settleUnits([outputOf(extra!.lease, third)], decideUnit))
      expect(overtaken).toEqual([{ lease: second!.lease, deviceId: slow.id }])
      expect((await kit().store.reads.job(job.job))?.units.sealed).toBe(1)
    })

    test('Q7 Q16 a second copy heeds networks too', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [slow, fast] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const network = '203.0.113.0/24'
      await kit().store.transact((tx) => tx.leaseUnits([wish(job, slow, 1, { network })]))
      await wait(job)
      expect(await late(job, fast, 1, { network, mustWait: () => true })).toEqual([])
      expect(await late(job, fast, 1, { network: '198.51.100.0/24', mustWait: () => true })).toHaveLength(1)
    })
  })
})
