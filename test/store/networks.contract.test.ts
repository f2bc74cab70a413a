import { describe, expect, test } from 'vitest'
import type { DeviceRecord, JobRecord, LeaseWish } from '../../server/store/store.ts'
import { describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const N = '203.0.113.0/24'
const M = '198.51.100.0/24'
const waits = () => true

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const wish = (job: JobRecord, device: DeviceRecord, network?: string, change: Partial<LeaseWish> = {}): LeaseWish => ({
    ...{ job, deviceId: device.id, holder: `d:${device.id}`, count: 1, wanted: 2, onlyOpinions: false, deadlineMs: 30_000 },
    ...{ network, ...change },
  })
  const lease = async (...wishes: LeaseWish[]) => (await kit().store.transact((tx) => tx.leaseUnits(wishes))).value
  const leases = (job: JobRecord) =>
    kit().rows(`SELECT holder, network, "sameNetwork" FROM "Lease" WHERE "jobId" = ${job.id} ORDER BY "row"`)

  describe('Q7 one network a unit', () => {
    test('Q7 a unit waits for another network, is given to it, and where nobody else can come the copy is marked', async () => {
      const job = await scene().job(1)
      const [a, b, c] = (await scene().devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
      const [first] = await lease(wish(job, a, N))
      const asked: unknown[] = []
      const mustWait: LeaseWish['mustWait'] = (had) => asked.push(had) > 0
      const [second] = await lease(wish(job, b, N, { mustWait }))
      expect([first!.grants.length, second]).toEqual([1, { grants: [], withheld: 'for-others' }])
      expect(asked).toEqual([[{ holder: `d:${a.id}`, deviceId: a.id, network: N, checks: 0 }]])
      const [other] = await lease(wish(job, c, M, { mustWait: waits }))
      expect(other!.grants).toHaveLength(1)
      await scene().settle([gaveUp(other!.grants[0]!.lease, 'expired')])
      const [relaxed] = await lease(wish(job, b, N, { mustWait: () => false }))
      expect(relaxed!.grants).toHaveLength(1)
      expect((await leases(job)).map(({ network, sameNetwork }) => [network, Number(sameNetwork)])).toEqual([
        [N, 0],
        [M, 0],
        [N, 1],
      ])
      await scene().settle([outputOf(first!.grants[0]!.lease, a), outputOf(relaxed!.grants[0]!.lease, b)])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ accepted: 1, sealed: 0 })
      await expectCountersToEqualRows(kit())
    })

    test('Q7 two that ask at once are told apart by their networks too', async () => {
      const job = await scene().job(1)
      const [a, b, c] = (await scene().devices(3)) as [DeviceRecord, DeviceRecord, DeviceRecord]
      await lease(wish(job, a, M))
      const granted = await lease(wish(job, b, M, { mustWait: waits }), wish(job, c, N, { mustWait: waits }))
      expect(granted.map(({ grants }) => grants.length)).toEqual([0, 1])
      const both = await scene().job(1, { redundancy: { quorum: 3 } })
      await lease(wish(both, a, undefined, { wanted: 3 }))
      const pair = await lease(wish(both, b, N, { mustWait: waits }), wish(both, c, N, { mustWait: waits }))
      expect(pair.map(({ grants }) => grants.length)).toEqual([1, 0])
    })

    test('Q7 a holder comes back to its unit from its own network, and who gave it up is in nobody’s way', async () => {
      const job = await scene().job(1)
      const [a, b] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const [first] = await lease(wish(job, a, N))
      await scene().settle([gaveUp(first!.grants[0]!.lease)])
      await kit().age(6000)
      const [again] = await lease(wish(job, a, N, { mustWait: waits }))
      expect(again!.grants).toHaveLength(1)
      await scene().settle([gaveUp(again!.grants[0]!.lease)])
      await kit().age(6000)
      expect((await lease(wish(job, b, N, { mustWait: waits })))[0]!.grants).toHaveLength(1)
      expect((await leases(job)).map(({ sameNetwork }) => Number(sameNetwork))).toEqual([0, 0])
    })

    test('Q7 where both votes are of one network an own device still seals', async () => {
      const owner = await kit().store.ensureAccount('owner', 'researcher')
      const job = await scene().job(1, { ownDevices: true })
      const [a, b] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const own = await scene().device(owner, 'account')
      const granted = await lease(wish(job, a, N), wish(job, b, N), wish(job, own, undefined, { wanted: 1, holder: `a:${owner}` }))
      expect(granted.map(({ grants }) => grants.length)).toEqual([1, 0, 0])
      const [second] = await lease(wish(job, own, undefined, { wanted: 1, holder: `a:${owner}` }))
      await scene().settle([outputOf(second!.grants[0]!.lease, own)])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ sealed: 1 })
    })
  })
})
