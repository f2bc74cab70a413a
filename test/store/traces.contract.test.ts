import { expect, test } from 'vitest'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { deleteAll, describeStore, outputOf, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const answer = async (job: JobRecord, device: DeviceRecord, said: { console?: string; stack?: string }) => {
    const [grant] = (await scene().lease(job, device, 1)).grants
    const { lease, by, report } = outputOf(grant!.lease, device)
    return scene().settle([{ lease, by, report: { ...report, ...said } as typeof report }])
  }
  const traces = () => kit().rows('SELECT * FROM "Trace"')

  test('S17 what code said beside its output is kept with its lease, whatever its characters, and never makes answers differ', async () => {
    const [job, first, second] = [await scene().job(1), await scene().device(), await scene().device()]
    const said = { console: 'one\u0000 \u001b[31m two 😀\n', stack: '    at f (bundle.js:1:2)' }
    await answer(job, first, said)
    await answer(job, second, { stack: 'f@bundle.js:1:9' })
    const { reads } = kit().store
    const [event] = (await reads.events(job.job, 0, 10, true))!.events
    expect(event).toMatchObject({ kind: 'sealed', holders: 2, ...said })
    const [silent] = (await reads.events(job.job, 0, 10))!.events
    expect([silent?.stack, silent?.console]).toEqual([said.stack, undefined])
    expect((await reads.newestEvents(job.job, 1))!.events[0]).toEqual(silent)
  })

  test('S17 a job that says nothing has no row for it; an answer that comes twice adds none', async () => {
    const [job, device] = [await scene().job(2, { redundancy: 'none' }), await scene().device()]
    const before = (await traces()).length
    await answer(job, device, {})
    const [grant] = (await scene().lease(job, device, 1)).grants
    const { lease, by, report } = outputOf(grant!.lease, device)
    await scene().settle([{ lease, by, report }])
    expect(await scene().settle([{ lease, by, report: { ...report, console: 'later' } as typeof report }])).toEqual(['duplicate'])
    expect(await traces()).toHaveLength(before)
  })

  test('S17 it is forgotten with its job', async () => {
    const [job, device] = [await scene().job(1, { redundancy: 'none' }), await scene().device()]
    await kit().store.transact((tx) => tx.completeInputs(job))
    const before = await traces()
    await answer(job, device, { console: 'a line' })
    expect((await traces()).length).toBe(before.length + 1)
    await kit().age(2 * 86_400_000)
    expect(await kit().store.forgetJobs(86_400_000)).toBe(1)
    await deleteAll(kit().store)
    expect(await traces()).toEqual(before)
  })
})
