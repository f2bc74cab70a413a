import { describe, expect, test } from 'vitest'
import { encodeOutputs, type OutputItem } from '../../sdk/codec.ts'
import { digestOf } from '../../server/store/payloads.ts'
import type { DeviceRecord, JobRecord, LeaseReport } from '../../server/store/store.ts'
import { deleteAll, describeStore, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const VERIFY = 'export const work = ([input, output]) => input === output'
const CLAIM_MS = 30_000
const returned = (lease: string, device: DeviceRecord, items: readonly OutputItem[]): LeaseReport => ({
  lease,
  by: device.id,
  report: {
    ...{ kind: 'output', output: encodeOutputs(items), items: items.length, seconds: 0.01 },
    errors: items.filter((item) => 'error' in item).length,
  },
})
const judged = (lease: string, verdict: 'passed' | 'refused' | 'unfinished', why = ''): LeaseReport => ({
  lease,
  by: null,
  report: { kind: 'checked', verdict, why },
})

describeStore((kit) => {
  const scene = () => new Scene(kit().store)

  /** A verifying job of so many units, each returned once by the device and waiting to be judged. */
  async function waiting(units: number, device: DeviceRecord): Promise<{ job: JobRecord; leases: string[] }> {
    const job = await scene().job(units, { verify: VERIFY })
    const { grants } = await scene().lease(job, device, units, { wanted: 1 })
    await scene().settle(grants.map(({ lease, key }) => returned(lease, device, [{ value: `answer ${key}` }])))
    return { job, leases: grants.map(({ lease }) => lease) }
  }

  describe('K20 verify', () => {
    test('K20 a result that passes is sealed by itself, one that is refused goes to another device', async () => {
      const [device, other] = await scene().devices(2)
      const { job, leases } = await waiting(3, device!)
      const checks = await kit().store.claimChecks(job, 10, CLAIM_MS)
      expect(checks.map(({ lease, key, isWanted }) => [lease, key, isWanted])).toEqual(leases.map((lease, i) => [lease, String(i), true]))
      expect(Buffer.from(checks[1]!.input).toString()).toBe('input 1')
      expect(Buffer.from(checks[1]!.output)).toEqual(Buffer.from(encodeOutputs([{ value: 'answer 1' }])))
      await expectCountersToEqualRows(kit())
      await scene().settle([judged(leases[0]!, 'passed'), judged(leases[1]!, 'refused', 'value 0: false'), judged(leases[2]!, 'passed')])
      await expectCountersToEqualRows(kit())
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 1, sealed: 2 })
      const { events } = (await kit().store.reads.events(job.job, 0, 10))!
      expect(events.map(({ kind, key, confidence, holders, verified }) => [kind, key, confidence, holders, verified])).toEqual([
        ['sealed', '0', 1, 1, true],
        ['sealed', '2', 1, 1, true],
      ])
      expect((await scene().lease(job, device!, 5, { wanted: 1 })).grants).toEqual([])
      expect((await scene().lease(job, other!, 5, { wanted: 1 })).grants.map(({ key }) => key)).toEqual(['1'])
    })

    test('L6 K20 a device gets all units of a job whatever number of its answers is refused, and others get these', async () => {
      const [device, other] = await scene().devices(2)
      const job = await scene().job(700, { verify: VERIFY })
      const takeAll = async (by: DeviceRecord, verdict: 'passed' | 'refused') => {
        const keys: string[] = []
        for (;;) {
          const { grants } = await scene().lease(job, by, 50, { wanted: 1 })
          if (grants.length === 0) return keys
          keys.push(...grants.map(({ key }) => key))
          await scene().settle(grants.map(({ lease, key }) => returned(lease, by, [{ value: `${by.id} ${key}` }])))
          await scene().settle(grants.map(({ lease }) => judged(lease, verdict)))
        }
      }
      const all = Array.from({ length: 700 }, (_, i) => String(i))
      expect(await takeAll(device!, 'refused')).toEqual(all)
      expect((await scene().lease(job, device!, 50, { wanted: 1 })).withheld).toBe('for-others')
      expect(await takeAll(other!, 'passed')).toEqual(all)
      await expectCountersToEqualRows(kit())
    })

    test('K20 a job gives back its `verify`, which stays as long as a job has it', async () => {
      const job = await scene().job(0, { verify: VERIFY, compare: { relTol: 1e-9, absTol: 0 } })
      expect(await kit().store.findJob(job.job)).toMatchObject({
        verify: digestOf(Buffer.from(VERIFY)),
        compare: { relTol: 1e-9, absTol: 0 },
      })
      const twin = await scene().job(0, { verify: VERIFY })
      const kept = () => kit().store.payload(digestOf(Buffer.from(VERIFY)))
      await kit().store.transact((tx) => tx.moveJob(job, 'cancelled', null))
      await kit().age(10)
      await kit().store.forgetJobs(5)
      await deleteAll(kit().store)
      expect(await kit().store.findJob(job.job)).toBeUndefined()
      expect(await kept()).toBeDefined()
      expect(await kit().store.findJob(twin.job)).toBeDefined()
    })
  })

  describe('K21 errors', () => {
    test('K21 what threw is not judged and waits for another who throws the same', async () => {
      const [device, other] = await scene().devices(2)
      const job = await scene().job(1, { verify: VERIFY })
      const thrown = [{ error: { name: 'Error', message: 'no' } }]
      const [first] = (await scene().lease(job, device!, 1, { wanted: 1 })).grants
      await scene().settle([returned(first!.lease, device!, thrown)])
      expect(await kit().store.claimChecks(job, 10, CLAIM_MS)).toEqual([])
      const [second] = (await scene().lease(job, other!, 1, { wanted: 1 })).grants
      await scene().settle([returned(second!.lease, other!, thrown)])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ sealed: 1 })
      await expectCountersToEqualRows(kit())
    })
  })

  describe('K22 faults', () => {
    test('K22 a `verify` that cannot judge pauses its job; resumed, the unit goes to another', async () => {
      const [device, other] = await scene().devices(2)
      const { job, leases } = await waiting(1, device!)
      await scene().settle([judged(leases[0]!, 'unfinished', 'it ran for 10 s')])
      expect(await kit().store.reads.job(job.job)).toMatchObject({
        state: 'paused',
        reason: 'verify could not judge a result: it ran for 10 s',
      })
      await kit().store.transact((tx) => tx.moveJob(job, 'running', null))
      expect((await scene().lease(job, other!, 1, { wanted: 1 })).grants).toHaveLength(1)
      await expectCountersToEqualRows(kit())
    })
  })

  describe('K23 claims', () => {
    test('K23 what is taken up is nobody else’s for 30 seconds, then anybody’s, and judged twice it is recorded once', async () => {
      const [device] = await scene().devices(1)
      const { job, leases } = await waiting(4, device!)
      const claim = (limit: number) => kit().store.claimChecks(job, limit, CLAIM_MS)
      expect(await kit().store.jobsToCheck()).toContain(job.job)
      expect((await Promise.all([claim(2), claim(2)])).flat()).toHaveLength(4)
      expect(await claim(4)).toEqual([])
      expect(await kit().store.jobsToCheck()).not.toContain(job.job)
      await kit().age(CLAIM_MS + 1000)
      const again = await claim(4)
      expect(again.map(({ lease }) => lease).toSorted()).toEqual(leases.toSorted())
      expect(await scene().settle([judged(leases[0]!, 'passed'), judged(leases[0]!, 'refused')])).toEqual(['recorded', 'duplicate'])
      expect(await scene().settle([judged(leases[0]!, 'refused')])).toEqual(['duplicate'])
      await expectCountersToEqualRows(kit())
    })

    test('K23 results of dropped units, paused jobs and jobs that do not verify are not taken up for judging', async () => {
      const [device] = await scene().devices(1)
      const { job } = await waiting(2, device!)
      const plain = await scene().job(1)
      await kit().store.transact((tx) => tx.cancelUnits(job, ['0']))
      const wanted = (await kit().store.claimChecks(job, 10, CLAIM_MS)).map(({ key, isWanted }) => [key, isWanted])
      expect(wanted).toEqual([
        ['0', false],
        ['1', true],
      ])
      await kit().age(CLAIM_MS + 1000)
      expect(await kit().store.jobsToCheck()).toContain(job.job)
      await kit().store.transact((tx) => tx.moveJob(job, 'paused', 'a test'))
      const jobs = await kit().store.jobsToCheck()
      expect([jobs.includes(job.job), jobs.includes(plain.job)]).toEqual([false, false])
    })
  })

  describe('K26 compare', () => {
    const tolerant = { compare: { relTol: 1e-6, absTol: 0 } }
    const settleAll = async (job: JobRecord, values: readonly unknown[]) => {
      const devices = await scene().devices(values.length)
      const leases: string[] = []
      for (const device of devices) leases.push((await scene().lease(job, device, 1, { wanted: values.length })).grants[0]!.lease)
      for (const [i, device] of devices.entries()) await scene().settle([returned(leases[i]!, device, [{ value: values[i] }])])
      return { devices, leases }
    }
    const sealed = async (job: JobRecord) => (await kit().store.reads.events(job.job, 0, 10))!.events

    test('K26 outputs within the tolerance agree, in their row or beside it, and the oldest lease’s bytes are accepted', async () => {
      const large = (x: number) => Float64Array.from({ length: 100 }, (_, i) => i + x)
      for (const [a, b, c] of [
        [1, 2, 1 + 1e-9],
        [large(0.1), large(3), large(0.1 + 1e-12)],
      ]) {
        const job = await scene().job(1, { ...tolerant, redundancy: { quorum: 2 } })
        await settleAll(job, [a, b, c])
        const [event] = await sealed(job)
        expect([event?.kind, event?.holders]).toEqual(['sealed', 2])
        expect(Buffer.from(event!.output!)).toEqual(Buffer.from(encodeOutputs([{ value: a }])))
      }
      await expectCountersToEqualRows(kit())
    })

    test('K26 without a tolerance the same outputs differ', async () => {
      const job = await scene().job(1)
      await settleAll(job, [1, 1 + 1e-9])
      expect(await sealed(job)).toEqual([])
    })
  })
})
