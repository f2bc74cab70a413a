import { expect, test } from 'vitest'
import { describeStore, Scene } from '../support/store-kit.ts'

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

  test('Q2 the first class that is pinned stays, whoever comes later', async () => {
    const { store } = kit()
    const job = await new Scene(store).job(1)
    const pin = async (engineClass: string) => (await store.transact((tx) => tx.pinEngine(job, engineClass))).value
    expect(await Promise.all(['v8-140', 'v8-140'].map(pin))).toEqual(['v8-140', 'v8-140'])
    expect(await pin('spidermonkey-128')).toBe('v8-140')
    expect((await store.openJobs()).find(({ id }) => id === job.id)).toMatchObject({ engineClass: 'v8-140', sameEngine: false })
  })
})
