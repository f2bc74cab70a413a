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
})
