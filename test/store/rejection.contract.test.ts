import { expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import type { DeviceRecord, JobRecord, LeaseReport } from '../../server/store/store.ts'
import { describeStore, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const answered = (lease: string, device: DeviceRecord, value: unknown): LeaseReport => ({
  lease,
  by: device.id,
  report: { kind: 'output', output: encodeOutputs([{ value }]), items: 1, errors: 0, seconds: 0.01 },
})
const word = (lease: string, report: LeaseReport['report']): LeaseReport => ({ lease, by: null, report })

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads
  const eventsOf = async ({ job }: JobRecord) => (await reads().events(job, 0, 100))!.events
  const give = async (job: JobRecord, device: DeviceRecord, value: (key: string) => unknown) => {
    const { grants } = await scene().lease(job, device, 100)
    await scene().settle(grants.map(({ lease, key }) => answered(lease, device, value(key))))
    return grants
  }

  test('T24 a result that is rejected by its event is voided, and its unit goes to somebody else', async () => {
    const [first, second] = await scene().devices(2)
    const job = await scene().job(2, { redundancy: 'none' })
    await give(job, first!, (key) => `wrong ${key}`)
    const lease = await reads().resultLease(job.id, '1', 2)
    expect(await reads().resultLease(job.id, '0', 2)).toBeUndefined()
    expect(await reads().resultLease(job.id, '1', 3)).toBeUndefined()
    expect(await scene().settle([word(lease!, { kind: 'rejected', why: 'no' })])).toEqual(['recorded'])
    expect(await scene().settle([word(lease!, { kind: 'rejected', why: 'no' })])).toEqual(['duplicate'])
    expect((await scene().lease(job, first!, 5)).grants).toEqual([])
    expect((await give(job, second!, () => 'right')).map(({ key }) => key)).toEqual(['1'])
    expect((await eventsOf(job)).map(({ kind, key }) => [kind, key])).toEqual([
      ['accepted', '0'],
      ['accepted', '1'],
      ['retracted', '1'],
      ['accepted', '1'],
    ])
    const { units } = (await reads().unitRecords(job.job, '0', 1))!
    expect(units[0]?.leases.map(({ state, note }) => [state, note])).toEqual([
      ['voided', 'reject: no'],
      ['agreed', undefined],
    ])
    await expectCountersToEqualRows(kit())
  })

  test('T24 when its word is contradicted the job pauses, and all that it took away counts again, in any number of sweeps', async () => {
    const devices = await scene().devices(3)
    const job = await scene().job(5, { redundancy: 'none' })
    const given = await give(job, devices[0]!, (key) => `answer ${key}`)
    await scene().settle(given.map(({ lease }) => word(lease, { kind: 'rejected', why: 'all is wrong' })))
    expect((await reads().job(job.job))!.units).toMatchObject({ open: 5, accepted: 0 })
    expect(await kit().store.refusedInDoubt(10)).toEqual([])
    const { grants } = await scene().lease(job, devices[1]!, 1)
    await scene().settle([answered(grants[0]!.lease, devices[1]!, `answer ${grants[0]!.key}`)])
    const paused = (await reads().job(job.job))!
    expect([paused.state, paused.units.accepted]).toEqual(['paused', 1])
    expect(paused.reason).toMatch(/^verify-contradicted: /)
    for (let left = 4; left > 0; left -= 2) {
      expect(await kit().store.refusedInDoubt(10)).toHaveLength(left)
      const some = await kit().store.refusedInDoubt(2)
      expect(await scene().settle(some.map((lease) => word(lease, { kind: 'restored' })))).toEqual(['recorded', 'recorded'])
    }
    expect(await kit().store.refusedInDoubt(10)).toEqual([])
    const snapshot = (await reads().job(job.job))!
    expect([snapshot.state, snapshot.units]).toMatchObject(['paused', { open: 0, accepted: 5 }])
    expect(await reads().device(devices[0]!.device)).toMatchObject({ returned: 5, agreed: 5, disagreed: 0, state: 'new' })
    expect(Number((await kit().rows(`SELECT count(*) AS n FROM "Strike" WHERE "jobId" = ${job.id}`))[0]!.n)).toBe(0)
    await expectCountersToEqualRows(kit())
  })
})
