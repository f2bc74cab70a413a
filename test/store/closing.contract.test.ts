import { expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const strangers = { redundancy: { targetError: 1e-2 }, ownDevices: false } as const

describeStore((kit) => {
  const stateOf = async ({ job }: JobRecord) => (await kit().store.reads.job(job))?.state
  const finish = (job: JobRecord) => kit().store.transact((tx) => tx.moveJob(job, 'finished', null))
  const complete = (job: JobRecord) => kit().store.transact((tx) => tx.completeInputs(job))
  /** One unit on the word of a device that has passed so many checks that it is believed alone. */
  async function onOneWord(scene: Scene): Promise<{ job: JobRecord; author: DeviceRecord }> {
    const [job, author] = [await scene.job(1, strangers), await scene.device()]
    await kit().rows(`UPDATE "Trust" SET checks = 40 WHERE id = ${author.trustId}`)
    const { grants } = await leaseChecking(job, author, 1)
    await scene.settle(grants.map(({ lease }) => outputOf(lease, author)))
    expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ accepted: 1 })
    return { job, author }
  }
  async function leaseChecking(job: JobRecord, device: DeviceRecord, unitsToRecheck: number) {
    const checking = { audits: 0, recheck: 'later', trustId: device.trustId, suspect: false, unitsToRecheck, events: 0 } as const
    const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count: 1, wanted: 1, onlyOpinions: false, deadlineMs: 30_000 }
    const { value } = await kit().store.transact((tx) => tx.leaseUnits([{ ...wish, checking }]))
    return value[0]!
  }

  test('Q15 an order to finish counts only where all inputs are there and nothing is open', async () => {
    const scene = new Scene(kit().store)
    const job = await scene.job(1, strangers)
    await finish(job)
    expect(await stateOf(job)).toBe('running')
    await complete(job)
    await finish(job)
    expect(await stateOf(job)).toBe('running')
    const { job: closing } = await onOneWord(scene)
    await finish(closing)
    expect(await stateOf(closing)).toBe('running')
    await complete(closing)
    await finish(closing)
    expect(await stateOf(closing)).toBe('finished')
  })

  test('Q15 a job that finished unsealed is found again, until a sample seals it', async () => {
    const scene = new Scene(kit().store)
    const { job, author } = await onOneWord(scene)
    await complete(job)
    const unsealed = async (after: number) => (await kit().store.transact((tx) => tx.trust.unsealedJobs(after))).value
    expect(await unsealed(job.id - 1)).toEqual([])
    await finish(job)
    expect([await unsealed(job.id - 1), await unsealed(job.id)]).toEqual([[job.id], []])
    await kit().store.transact((tx) => tx.trust.drawSamples(job.id, decideUnit))
    // Due to others than its author, and to a stranger only when trusted devices have had their time.
    const newcomer = await scene.device()
    for (const device of [author, newcomer]) expect(await leaseChecking(job, device, 1)).toEqual({ grants: [], withheld: 'for-others' })
    await kit().age(5000)
    const { grants } = await leaseChecking(job, newcomer, 1)
    await scene.settle(grants.map(({ lease }) => outputOf(lease, newcomer)))
    expect(await kit().store.reads.job(job.job)).toMatchObject({ state: 'finished', unitsAlone: 0, units: { sealed: 1 } })
    expect(await unsealed(job.id - 1)).toEqual([])
  })
})
