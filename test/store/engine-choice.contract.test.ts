import { expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const columnsOf = async (id: number) => (await kit().rows(`SELECT "sameEngine", "nativeMath" FROM "Job" WHERE id = ${id}`))[0]

  test('T7 a job keeps whether it has the engine’s own Math, which makes it a job of one engine class', async () => {
    const [plain, same, native] = [
      await scene().job(0),
      await scene().job(0, { sameEngine: true }),
      await scene().job(0, { nativeMath: true }),
    ]
    expect(plain).not.toHaveProperty('sameEngine')
    expect([same.sameEngine, same.nativeMath]).toEqual([true, undefined])
    expect(await kit().store.findJob(native.job)).toMatchObject({ sameEngine: true, nativeMath: true })
    expect(await columnsOf(native.id)).toEqual({ sameEngine: 1, nativeMath: 1 })
    expect(await columnsOf(plain.id)).toEqual({ sameEngine: 0, nativeMath: 0 })
  })

  test('T8 a lease keeps whether its unit had a realm of its own', async () => {
    const [device] = await scene().devices(1)
    const job = await scene().job(2)
    const { grants } = await scene().lease(job, device!, 2)
    const output = { kind: 'output', output: encodeOutputs([{ value: 1 }]), items: 1, errors: 0, seconds: 0.01 } as const
    const reports = grants.map(({ lease }, i) => ({
      lease,
      by: device!.id,
      report: i === 0 ? output : { ...output, reused: true as const },
    }))
    expect(await scene().settle(reports)).toEqual(['recorded', 'recorded'])
    const rows = await kit().rows(`SELECT isolated FROM "Lease" WHERE "jobId" = ${job.id} ORDER BY "row"`)
    expect(rows.map(({ isolated }) => isolated)).toEqual([1, 0])
  })

  test('T2 T8 a first disagreement where all realms had served others strikes nobody, and ends that they do', async () => {
    const devices = await scene().devices(3)
    const [job, other] = [await scene().job(1), await scene().job(1)]
    await kit().rows(`UPDATE "Trust" SET checks = 5, checked = 5 WHERE id IN (${devices.map(({ trustId }) => trustId).join()})`)
    await kit().rows(`UPDATE "Job" SET isolation = 'job' WHERE id IN (${job.id}, ${other.id})`)
    const isolationOf = async (id: number) => (await kit().rows(`SELECT isolation FROM "Job" WHERE id = ${id}`))[0]?.isolation
    const answer = async (of: typeof job, device: DeviceRecord, letter: string, reused: boolean) => {
      const wish = { job: of, deviceId: device.id, holder: `d:${device.id}`, count: 1, wanted: 2, onlyOpinions: false, deadlineMs: 30_000 }
      const checking = { audits: 0, recheck: 'never' as const, trustId: device.trustId, suspect: false, unitsToRecheck: 0, events: 0 }
      const { value } = await kit().store.transact((tx) => tx.leaseUnits([{ ...wish, checking }]))
      const { report, ...named } = outputOf(value[0]!.grants[0]!.lease, device, letter)
      const { jobs } = await kit().store.transact((tx) =>
        tx.settleUnits(
          [{ ...named, report: { ...(report as typeof report & { kind: 'output' }), ...(reused && { reused }) } }],
          decideUnit,
        ),
      )
      return jobs[0]?.isolation
    }
    const letters = ['x', 'a', 'a']
    const told = []
    for (const [i, device] of devices.entries()) told.push(await answer(job, device, letters[i]!, true))
    expect(told).toEqual(['job', 'job', 'unit'])
    expect([await isolationOf(job.id), await isolationOf(other.id)]).toEqual(['unit', 'job'])
    const trust = await kit().rows(`SELECT checks, strikes FROM "Trust" WHERE id = ${devices[0]!.trustId}`)
    expect(trust.map(({ checks, strikes }) => [checks, strikes])).toEqual([[5, 0]])
    await kit().rows(
      `UPDATE "Trust" SET checks = 50 WHERE id IN (${devices
        .slice(1)
        .map(({ trustId }) => trustId)
        .join()})`,
    )
    for (const [i, device] of devices.entries()) await answer(other, device, letters[i]!, i > 0)
    expect(await isolationOf(other.id)).toBe('job')
    expect((await kit().rows(`SELECT strikes FROM "Trust" WHERE id = ${devices[0]!.trustId}`))[0]?.strikes).toBe(1)
  })
})
