import { expect, test } from 'vitest'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'
import { expectJobsToEqualRows } from './recount.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  type Asked = Parameters<Parameters<Parameters<ReturnType<typeof kit>['store']['transact']>[0]>[0]['trust']['answersToReopen']>
  const pieceOf = async (...asked: Asked) => (await kit().store.transact((tx) => tx.trust.answersToReopen(...asked))).value

  async function compute(job: JobRecord, device: DeviceRecord, count: number, wanted: number): Promise<void> {
    const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count, wanted, onlyOpinions: false, deadlineMs: 30_000 }
    const checking = { audits: 0, recheck: 'never' as const, trustId: device.trustId, suspect: false, unitsToRecheck: 0, events: 0 }
    const { value } = await kit().store.transact((tx) => tx.leaseUnits([{ ...wish, checking }]))
    await scene().settle(value[0]!.grants.map(({ lease }) => outputOf(lease, device)))
  }

  /** Re-opens piece by piece; how many answers each piece held. */
  async function reopen(of: Asked[0], since = 0): Promise<number[]> {
    const pieces: number[] = []
    for (let after: string | undefined = ''; after !== undefined; ) {
      const piece: Awaited<ReturnType<typeof pieceOf>> = await pieceOf(of, since, after)
      await scene().settle(piece.leases.map((lease) => ({ lease, by: null, report: { kind: 'reopened' } })))
      pieces.push(piece.leases.length)
      after = piece.next
    }
    return pieces
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)

  test('T5 answers of a device are found piece by piece, each once, not those of jobs that are over for good', async () => {
    const [device, other] = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
    const [job, cancelled] = [await scene().job(620, { redundancy: 'none' }), await scene().job(3, { redundancy: 'none' })]
    await compute(job, device, 600, 1)
    await compute(job, other, 20, 1)
    await compute(cancelled, device, 2, 1)
    await kit().store.transact((tx) => tx.moveJob(cancelled, 'cancelled', null))
    const pieces = await reopen({ deviceId: device.id })
    expect([sum(pieces), Math.max(...pieces)]).toEqual([600, 500])
    expect(sum(await reopen({ deviceId: device.id }))).toBe(0)
    await expectJobsToEqualRows(kit())
    expect(await kit().rows(`SELECT state, count(*) AS n FROM "WorkUnit" WHERE "jobId" = ${job.id} GROUP BY state ORDER BY state`)).toEqual(
      [
        ['accepted', 20],
        ['open', 600],
      ].map(([state, n]) => ({ state, n: expect.toSatisfy((value) => Number(value) === n) })),
    )
  })

  test('T5 those of a bundle in all its jobs, since an instant; a job that had finished runs again, and ends again with the same devices', async () => {
    const bundle = '00'.repeat(32)
    const pair = (await scene().devices(2)) as [DeviceRecord, DeviceRecord]
    const jobs = [await scene().job(110), await scene().job(30)]
    await kit().rows(
      `UPDATE "Job" SET bundle = ${kit().another ? `'\\x${bundle}'` : `x'${bundle}'`} WHERE id IN (${jobs.map(({ id }) => id)})`,
    )
    for (const job of jobs) for (const device of pair) await compute(job, device, 200, 2)
    await kit().store.transact((tx) => tx.completeInputs(jobs[1]!))
    const stateOf = async () => (await kit().rows(`SELECT state FROM "Job" WHERE id = ${jobs[1]!.id}`))[0]?.state
    expect(await stateOf()).toBe('finished')
    expect(sum(await reopen({ bundle }, (await kit().store.now()) + 60_000))).toBe(0)
    const pieces = await reopen({ bundle })
    expect([sum(pieces), pieces.length]).toEqual([280, 3])
    expect(await stateOf()).toBe('running')
    await expectJobsToEqualRows(kit())
    await kit().age(6000)
    for (const device of pair) await compute(jobs[1]!, device, 200, 2)
    expect(await stateOf()).toBe('finished')
    await expectJobsToEqualRows(kit())
  })
})
