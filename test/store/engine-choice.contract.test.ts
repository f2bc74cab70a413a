import { expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { describeStore, Scene } from '../support/store-kit.ts'

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
})
