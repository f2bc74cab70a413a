import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord, LeaseWish } from '../../server/store/store.ts'
import { describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const wish = (job: JobRecord, { id: deviceId }: DeviceRecord, holder: string, change: Partial<LeaseWish> = {}): LeaseWish => ({
    ...{ job, deviceId, holder, count: 1, wanted: job.quorum, onlyOpinions: false, deadlineMs: 30_000 },
    ...change,
  })
  const lease = async (...wishes: LeaseWish[]) =>
    (await kit().store.transact((tx) => tx.leaseUnits(wishes))).value.map(({ grants }) => grants.map(({ lease }) => lease))
  const late = async (asked: LeaseWish) => (await kit().store.transact((tx) => tx.leaseLate(asked, 1000))).value.grants
  const unitsOf = async ({ job }: JobRecord) => (await kit().store.reads.job(job))?.units

  describe('Q7 a device that logs in or out', () => {
    test('Q7 gets no second copy of a unit, whoever it is then, and the next unit all the same', async () => {
      const [device, other] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const job = await scene().job(2)
      const [[first]] = (await lease(wish(job, device, `d:${device.id}`))) as [[string]]
      await scene().settle([outputOf(first, device)])
      const opinion = { onlyOpinions: true }
      expect(await lease(wish(job, device, 'a:71', opinion), wish(job, device, 'a:72', opinion))).toEqual([[], []])
      const [[second]] = (await lease(wish(job, device, 'a:71'))) as [[string]]
      await scene().settle([outputOf(second, device)])
      expect(await lease(wish(job, device, `d:${device.id}`), wish(job, device, 'a:72'))).toEqual([[], []])
      expect(await unitsOf(job)).toMatchObject({ open: 2, accepted: 0, sealed: 0 })
      const given = (await lease(wish(job, other, 'a:73', { count: 2 })))[0]!
      await scene().settle(given.map((id) => outputOf(id, other)))
      expect(await unitsOf(job)).toMatchObject({ open: 0, sealed: 2 })
      await expectCountersToEqualRows(kit())
    })

    test('Q7 is given one unit once where it asks as two at the same time, and none that it is late with', async () => {
      const device = await scene().device()
      const both = await scene().job(1)
      const two = [wish(both, device, `d:${device.id}`), wish(both, device, 'a:71')]
      expect((await lease(...two)).flat()).toHaveLength(1)
      const job = await scene().job(1, { redundancy: 'none' })
      await lease(wish(job, device, `d:${device.id}`))
      await kit().rows(`UPDATE "Lease" SET "issuedAt" = "issuedAt" - 5000 WHERE "jobId" = ${job.id}`)
      expect(await late(wish(job, device, 'a:71'))).toEqual([])
      expect(await late(wish(job, await scene().device(), 'a:72'))).toHaveLength(1)
    })

    test('Q7 may have what it gave up, and what it says of that afterwards is not counted twice', async () => {
      const device = await scene().device()
      const job = await scene().job(1)
      const [[first]] = (await lease(wish(job, device, `d:${device.id}`))) as [[string]]
      await scene().settle([gaveUp(first)])
      expect(await lease(wish(job, device, 'a:71'))).toEqual([[]])
      await kit().age(6000)
      const [[again]] = (await lease(wish(job, device, 'a:71'))) as [[string]]
      expect(await scene().settle([outputOf(first, device), outputOf(again, device)])).toEqual(['duplicate', 'recorded'])
      expect(await scene().settle([outputOf(first, device)])).toEqual(['duplicate'])
      expect(await unitsOf(job)).toMatchObject({ open: 1 })
      await expectCountersToEqualRows(kit())
    })

    test('Q9 Q7 seals as an own device what it said as a stranger', async () => {
      const owner = await kit().store.ensureAccount('owner', 'researcher')
      const device = await scene().device(owner, 'account')
      const job = await scene().job(1, { ownDevices: true })
      const [[first]] = (await lease(wish(job, device, `d:${device.id}`))) as [[string]]
      await scene().settle([outputOf(first, device)])
      const own = { decidesAlone: true, wanted: 1 }
      const [[second]] = (await lease(wish(job, device, `a:${owner}`, own))) as [[string]]
      await scene().settle([outputOf(second, device)])
      expect(await unitsOf(job)).toMatchObject({ sealed: 1 })
    })

    test('Q9 C3 makes nothing its owner’s word that it took as a stranger, nor what it had got to', async () => {
      const owner = await kit().store.ensureAccount('owner', 'researcher')
      const [device, other] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
      const job = await scene().job(2, { ownDevices: true })
      const [first, second] = (await lease(wish(job, device, `d:${device.id}`, { count: 2 })))[0] as [string, string]
      await kit().store.checkpoints.keep({ lease: second, deviceId: device.id, engine: 'v8-13', bytes: Buffer.from('here') })
      await scene().settle([outputOf(first, device), gaveUp(second)])
      await kit().age(6000)
      const { accountId } = await kit().store.touchDevice(device.id, owner, 'account', 'v8-13')
      expect(accountId).toBe(owner)
      const [[opinion, rest]] = (await lease(wish(job, other, `d:${other.id}`, { count: 2 }))) as [[string, string]]
      expect((await kit().store.checkpoints.ofLeases([rest])).map(({ ownOf }) => ownOf)).toEqual([null])
      await scene().settle([outputOf(opinion, other, 'b')])
      expect(await unitsOf(job)).toMatchObject({ open: 2, sealed: 0 })
      // As its owner's it seals, whatever strangers said.
      const [[own]] = (await lease(wish(job, device, `a:${owner}`, { decidesAlone: true, wanted: 1 }))) as [[string]]
      await scene().settle([outputOf(own, device, 'c')])
      expect(await unitsOf(job)).toMatchObject({ open: 1, sealed: 1 })
    })
  })

  describe('Q11 Q15 a device that logs in or out', () => {
    /** A unit that stands on the word of a device which is believed alone. */
    async function onOneWord() {
      const [job, author] = [await scene().job(2, { redundancy: { targetError: 1e-2 }, ownDevices: false }), await scene().device()]
      await kit().rows(`UPDATE "Trust" SET checks = 40 WHERE id = ${author.trustId}`)
      const of = { trustId: author.trustId, suspect: false }
      const copy = { wanted: 1, checking: { ...of, audits: 0, recheck: 'never', unitsToRecheck: 0, events: 0 } } as const
      const [[first]] = (await lease(wish(job, author, 'a:71', copy))) as [[string]]
      await scene().settle([outputOf(first, author)])
      expect(await unitsOf(job)).toMatchObject({ open: 1, accepted: 1 })
      return { job, author, of, copy }
    }
    const kinds = async (job: JobRecord) =>
      (await kit().rows(`SELECT kind FROM "Lease" WHERE "jobId" = ${job.id} ORDER BY "row"`)).map(({ kind }) => kind)

    test('Q11 audits nothing that it said as somebody else', async () => {
      const { job, author, of } = await onOneWord()
      const audit = { wanted: 1, checking: { ...of, audits: 1, recheck: 'never', unitsToRecheck: 0, events: 1 } } as const
      await lease(wish(job, author, `d:${author.id}`, audit))
      expect(await kinds(job)).toEqual(['copy', 'copy'])
    })

    test('Q15 takes no sample of what it said as somebody else', async () => {
      const { job, author, of, copy } = await onOneWord()
      const [[last]] = (await lease(wish(job, author, 'a:71', copy))) as [[string]]
      await scene().settle([outputOf(last, author)])
      await kit().store.transact((tx) => tx.completeInputs(job))
      await kit().store.transact((tx) => tx.trust.drawSamples(job.id, decideUnit))
      await kit().age(5000)
      const sample = { wanted: 1, checking: { ...of, audits: 0, recheck: 'now', unitsToRecheck: 1, events: 2 } } as const
      expect(await lease(wish(job, author, `d:${author.id}`, sample), wish(job, author, 'a:72', sample))).toEqual([[], []])
      const other = await scene().device()
      expect((await lease(wish(job, other, 'a:72', sample)))[0]).toHaveLength(1)
      expect(await kinds(job)).toEqual(['copy', 'copy', 'sample'])
    })
  })
})
