import { expect, test } from 'vitest'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'
import { expectLedgerToEqualRows, sweepAll } from './credit-recount.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  /** Everybody is given a copy of the unit and says this. */
  async function say(job: JobRecord, devices: readonly DeviceRecord[], letter: string): Promise<void> {
    const given = []
    for (const device of devices) given.push({ device, grants: (await scene().lease(job, device, 1)).grants })
    for (const { device, grants } of given) await scene().settle(grants.map(({ lease }) => outputOf(lease, device, letter)))
  }
  /** What its owner rejects is the result of the unit's last event. */
  async function reject(job: JobRecord): Promise<void> {
    const { events } = (await kit().store.reads.events(job.job, 0, 100))!
    const lease = await kit().store.reads.resultLease(job.id, '0', events.at(-1)!.n)
    expect(await scene().settle([{ lease: lease!, by: null, report: { kind: 'rejected', why: 'it is wrong' } }])).toEqual(['recorded'])
  }
  const unitOf = async (job: JobRecord) => (await kit().store.reads.job(job.job))!.units
  /** Rows of the ledger once nothing is due, by device in the order of `devices`: what each row adds. */
  async function booked(job: JobRecord, devices: readonly DeviceRecord[]): Promise<number[][]> {
    await sweepAll(kit().store)
    await expectLedgerToEqualRows(kit())
    const rows = await kit().rows(`SELECT "deviceId", n, microcredits FROM "Credit" WHERE "jobId" = ${job.id} ORDER BY "leaseRow", n`)
    return devices.map(({ id }) => rows.filter(({ deviceId }) => Number(deviceId) === id).map((row) => Number(row.microcredits) / 1e6))
  }
  async function sealedByTwo(others: number) {
    const devices = await scene().devices(2 + others)
    const job = await scene().job(1)
    await kit().store.credits.setPrice(job, [3])
    await say(job, devices.slice(0, 2), 'a')
    expect(await unitOf(job)).toMatchObject({ sealed: 1 })
    expect(await booked(job, devices)).toEqual([[3], [3], ...Array<number[]>(others).fill([])])
    return { job, devices }
  }

  test('G1 G2 a sealed result that is rejected: what it earned is taken back in rows of its own, and whoever is right then earns it', async () => {
    const { job, devices } = await sealedByTwo(2)
    await reject(job)
    expect(await unitOf(job)).toMatchObject({ open: 1, sealed: 0 })
    expect(await booked(job, devices)).toEqual([[3, -3], [3, -3], [], []])
    await say(job, devices.slice(2), 'b')
    expect(await unitOf(job)).toMatchObject({ open: 0, sealed: 1 })
    expect(await booked(job, devices)).toEqual([[3, -3], [3, -3], [3], [3]])
  })

  test('G1 G2 a rejection that somebody contradicts: what was taken back is granted again, in third rows', async () => {
    const { job, devices } = await sealedByTwo(1)
    await reject(job)
    expect(await booked(job, devices)).toEqual([[3, -3], [3, -3], []])
    await say(job, devices.slice(2), 'a')
    expect((await kit().store.reads.job(job.job))?.reason).toMatch(/^verify-contradicted/)
    const refused = await kit().store.refusedInDoubt(10)
    await scene().settle(refused.map((lease) => ({ lease, by: null, report: { kind: 'restored' } })))
    expect(await unitOf(job)).toMatchObject({ open: 0, sealed: 1 })
    expect(await booked(job, devices)).toEqual([[3, -3, 3], [3, -3, 3], [3]])
  })
})
