import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp } from '../support/app.ts'

let app: TestApp
let owner: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  owner = await app.researcher()
})
afterAll(() => app.close())

const bytes = new Uint8Array(Buffer.from('where it was'))

test('X26 whoever gives the second opinion is told nothing of the first one’s checkpoint, and gets nothing that it asks for', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  await app.submit(owner, 1)
  const [unit] = (await first.ask('lease', asks)).leases
  expect(await first.ask('checkpoint', { lease: unit!.lease, bytes })).toEqual({ kept: true })
  const [copy] = (await second.ask('lease', asks)).leases
  expect(copy!.checkpoint).toBeUndefined()
  for (const lease of [copy!.lease, unit!.lease]) expect(await second.ask('restore', { lease })).toEqual({})
  expect(await second.ask('checkpoint', { lease: unit!.lease, bytes: new Uint8Array(1) })).toEqual({ kept: false })
  for (const [client, { lease }] of [
    [first, unit!],
    [second, copy!],
  ] as const)
    await client.ask('return', { results: [result({ lease })] })
})

test('V36 a checkpoint is offered with the lease, given once to who has it, and refused when it is too large or nobody’s', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  await app.submit(owner, 1, { redundancy: 'none' })
  const [unit] = (await first.ask('lease', asks)).leases
  const { lease } = unit!
  const tooLarge = new Uint8Array(LIMITS.movedCheckpointBytes + 1)
  expect(await first.say('checkpoint', { lease, bytes: tooLarge })).toMatchObject({ error: { code: 'bad-message' } })
  expect(await (await app.stranger()).say('checkpoint', { lease, bytes })).toMatchObject({ error: { code: 'out-of-order' } })
  expect(await (await app.stranger()).say('restore', { lease })).toMatchObject({ error: { code: 'out-of-order' } })
  expect(await first.ask('checkpoint', { lease, bytes })).toEqual({ kept: true })
  await first.ask('release', { leases: [lease] })
  const [again] = (await second.ask('lease', asks)).leases
  expect(again!.checkpoint).toBe('elsewhere')
  expect(await first.ask('restore', { lease: again!.lease })).toEqual({})
  expect(await second.ask('restore', { lease: again!.lease })).toEqual({ bytes: Buffer.from(bytes) })
  expect(await second.ask('restore', { lease: again!.lease })).toEqual({})
  await second.ask('return', { results: [result({ lease: again!.lease })] })
  expect(await second.ask('checkpoint', { lease: again!.lease, bytes })).toEqual({ kept: false })
  await app.app.sweeper.runOnce()
  expect(await app.store.checkpoints.deleteSpent()).toBe(0)
})
