import { expect, test } from 'vitest'
import type { DeviceRecord } from '../../server/store/store.ts'
import { describeStore, gaveUp, outputOf, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  test('Q2 a device has the engine class of its last hello', async () => {
    const { store } = kit()
    const made = await new Scene(store).device()
    expect(made.engineClass).toBe('v8-13')
    const touched = await store.touchDevice(made.id, null, 'nobody', 'spidermonkey-153')
    expect(touched).toEqual({ ...made, engineClass: 'spidermonkey-153', trustId: touched.trustId })
    expect(touched.trustId, 'what it earns is kept by class').not.toBe(made.trustId)
    expect(await store.touchDevice(made.id, null, 'nobody', 'v8-13.6')).toEqual(made)
    await store.touchDevice(made.id, null, 'nobody', 'spidermonkey-153')
    expect(await store.findDevice(made.device)).toMatchObject({ engineClass: 'spidermonkey-153' })
    expect((await store.reads.device(made.device))?.engine).toBe('spidermonkey-153')
  })

  test('V48 of the classes in which a device has earned nothing eight are kept: another takes the place of the oldest', async () => {
    const { store, rows } = kit()
    const scene = new Scene(store)
    const { id, trustId } = await scene.device()
    const say = (engine: string) => store.touchDevice(id, null, 'nobody', engine)
    const classes = async () =>
      (await rows(`SELECT "engineClass" FROM "Trust" WHERE "deviceId" = ${id} ORDER BY id`)).map((row) => row.engineClass)
    for (let major = 1; major <= 7; major++) await say(`v8-10${major}`)
    expect((await say('v8-200')).trustId).toBe(trustId)
    expect(await classes()).toEqual(['v8-200', ...[1, 2, 3, 4, 5, 6, 7].map((major) => `v8-10${major}`)])
    expect((await say('v8-101')).trustId).not.toBe(trustId)
    await rows(`UPDATE "Trust" SET checks = 1 WHERE id = ${trustId}`)
    await say('v8-201')
    expect(await classes(), 'what was earned is kept beside them').toHaveLength(9)
    await say('v8-202')
    expect(await classes()).toContain('v8-200')
    expect(await classes()).toHaveLength(9)
  })

  test('V48 no class is taken over that was struck or whose answers are undecided; with none left another is refused', async () => {
    const { store, rows } = kit()
    const scene = new Scene(store)
    const job = await scene.job(1, { redundancy: { quorum: 2 } })
    const device = await scene.device()
    const say = (engine: string) => store.touchDevice(device.id, null, 'nobody', engine)
    for (let major = 1; major <= 7; major++) await say(`v8-10${major}`)
    await rows(`UPDATE "Trust" SET strikes = 1 WHERE id <> ${device.trustId}`)
    const { grants } = await scene.lease(job, device, 1)
    await rows(`UPDATE "Lease" SET "trustId" = ${device.trustId}`)
    const refused = { code: 'too-many-devices', message: expect.stringContaining('at most 8 engine classes') }
    await expect(say('v8-200')).rejects.toMatchObject(refused)
    await scene.settle([outputOf(grants[0]!.lease, device)])
    await expect(say('v8-200')).rejects.toMatchObject(refused)
    expect((await store.findDevice(device.device))?.engineClass).toBe('v8-107')
    const other = await scene.device()
    const second = await scene.lease(job, other, 1)
    await scene.settle([outputOf(second.grants[0]!.lease, other)])
    await rows(`UPDATE "Trust" SET checks = 0 WHERE id = ${device.trustId}`)
    expect((await say('v8-200')).trustId).toBe(device.trustId)
  })

  test('Q2 the first class that is pinned stays, whoever comes later', async () => {
    const { store } = kit()
    const job = await new Scene(store).job(1)
    const pin = async (engineClass: string) => (await store.transact((tx) => tx.pinEngine(job, engineClass))).value
    expect(await Promise.all(['v8-140', 'v8-140'].map(pin))).toEqual(['v8-140', 'v8-140'])
    expect(await pin('spidermonkey-128')).toBe('v8-140')
    expect((await store.openJobs()).find(({ id }) => id === job.id)).toMatchObject({ engineClass: 'v8-140', sameEngine: false })
  })

  test('Q2 an abandoned class is taken over while nobody holds a lease and nothing was answered, by one alone', async () => {
    const { store, rows } = kit()
    const scene = new Scene(store)
    const [device] = (await scene.devices(1)) as [DeviceRecord]
    const [job, plain] = [await scene.job(2, { sameEngine: true }), await scene.job(1)]
    const pin = (engineClass: string, abandonedBy?: string) => store.transact((tx) => tx.pinEngine(job, engineClass, abandonedBy))
    await pin('v8-77')
    const { grants } = await scene.lease(job, device, 1)
    expect((await pin('v8-140', 'v8-77')).value, 'somebody computes').toBe('v8-77')
    await scene.settle([gaveUp(grants[0]!.lease)])
    expect((await pin('v8-140', 'v8-76')).value, 'it is another').toBe('v8-77')
    const taken = await Promise.all([pin('v8-140', 'v8-77'), pin('v8-141', 'v8-77')])
    const [winner] = taken.map(({ value }) => value) as [string]
    expect(taken.map(({ value }) => value)).toEqual([winner, winner])
    expect(
      taken.flatMap(({ jobs }) => jobs.map(({ engineClass }) => engineClass)),
      'who chooses jobs hears of it once',
    ).toEqual([winner])
    const second = await scene.lease(job, device, 1)
    await scene.settle([outputOf(second.grants[0]!.lease, device)])
    expect((await pin('v8-77', winner)).value, 'something was answered').toBe(winner)
    await rows(`UPDATE "Job" SET "engineClass" = 'v8-77' WHERE id = ${plain.id}`)
    const ofPlain = await store.transact((tx) => tx.pinEngine(plain, 'v8-140', 'v8-77'))
    expect(ofPlain.value, 'it was chosen by what was answered').toBe('v8-77')
  })
})
