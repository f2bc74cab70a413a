import { expect, test } from 'vitest'
import type { Visibility } from '../../sdk/protocol.ts'
import { everyPage } from '../support/every-page.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads

  test('V16 strangers’ lists leave out what is not listed, the owner’s do not', async () => {
    const made: [job: string, visibility: Visibility][] = []
    for (const visibility of ['owner', 'unlisted', 'public', 'unlisted', 'owner', 'public', 'unlisted'] as const)
      made.push([(await scene().job(0, { visibility })).job, visibility])
    const ours = new Set(made.map(([job]) => job))
    for (const limit of [1, 2, 100]) {
      for (const unlisted of [false, true]) {
        const rows = await everyPage(limit, (after) => reads().jobs(after, limit, unlisted))
        const expected = made.filter(([, visibility]) => unlisted || visibility !== 'unlisted').map(([job]) => job)
        expect(rows.map(({ job }) => job).filter((job) => ours.has(job))).toEqual(expected.reverse())
        expect(rows.every(({ owner }) => owner === 'owner')).toBe(true)
      }
    }
  })

  test('J27 devices are read by their row ids in the order of these, any number of them, without those that are not there', async () => {
    const devices = await scene().devices(120)
    const job = await scene().job(1)
    await scene().lease(job, devices[3]!, 1)
    const ids = devices.map(({ id }) => id).reverse()
    const rows = await reads().devicesOf([...ids, 2 ** 31 - 1])
    expect(rows.map(({ device }) => device)).toEqual(devices.map(({ device }) => device).reverse())
    expect(rows.flatMap(({ device, busy }) => (busy ? [device] : []))).toEqual([devices[3]!.device])
    expect(await reads().devicesOf([])).toEqual([])
  })

  test('V20 the leaderboard is in order and complete, without the banned, and says who is busy', async () => {
    const devices = await scene().devices(6)
    const agreed = [7, 3, 0, 7, 9, 1]
    for (const [i, device] of devices.entries()) await kit().rows(`UPDATE "Device" SET agreed = ${agreed[i]} WHERE id = ${device.id}`)
    await kit().store.banDevice(devices[4]!.id, 'a reason')
    const job = await scene().job(1)
    await scene().lease(job, devices[1]!, 1)
    const ours = new Map(devices.map(({ device }, i) => [device, i]))
    for (const limit of [1, 2, 100]) {
      const rows = await everyPage(limit, (after) => reads().leaderboard(after, limit))
      const mine = rows.filter(({ device }) => ours.has(device))
      expect(mine.map(({ device, busy }) => [ours.get(device), busy])).toEqual([
        [3, false],
        [0, false],
        [1, true],
        [5, false],
      ])
    }
  })

  test('V15 the newest events come in their order, as many as were asked for', async () => {
    const job = await scene().job(5, { redundancy: 'none' })
    const device = await scene().device()
    const { grants } = await scene().lease(job, device, 5)
    await scene().settle(grants.map(({ lease }) => outputOf(lease, device)))
    const all = (await reads().events(job.job, 0, 100))!.events
    expect(all.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5])
    expect((await reads().newestEvents(job.job, 2))!.events).toEqual(all.slice(3))
    expect((await reads().newestEvents(job.job, 100))!.events).toEqual(all)
    expect(await reads().newestEvents('0'.repeat(32), 1)).toBeUndefined()
  })

  test('V18 a ban and its end are one move each, from every state there is', async () => {
    for (const state of ['new', 'probation', 'trusted', 'suspect']) {
      const { id, device } = await scene().device()
      await kit().rows(`UPDATE "Device" SET state = '${state}' WHERE id = ${id}`)
      expect([await kit().store.unbanDevice(id), (await kit().store.findDevice(device))?.state]).toEqual([false, state])
      expect([await kit().store.banDevice(id, 'first'), await kit().store.banDevice(id, 'second')]).toEqual([true, false])
      expect(await kit().store.findDevice(device)).toMatchObject({ state: 'banned', banReason: 'first' })
      expect(await reads().device(device)).toMatchObject({ state: 'banned', banReason: 'first', busy: false })
      expect([await kit().store.restateBan(id, 'first'), await kit().store.restateBan(id, 'second')]).toEqual([false, true])
      expect(await kit().store.findDevice(device)).toMatchObject({ state: 'banned', banReason: 'second' })
      expect([await kit().store.unbanDevice(id), await kit().store.unbanDevice(id)]).toEqual([true, false])
      expect(await kit().store.restateBan(id, 'third')).toBe(false)
      expect(await kit().store.findDevice(device)).toMatchObject({ state: 'suspect', banReason: null })
    }
    expect(await reads().device('0'.repeat(32))).toBeUndefined()
  })
})
