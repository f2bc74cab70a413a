import { afterEach, expect, test } from 'vitest'
import { encode, encodeOutputs } from '../../sdk/codec.ts'
import { asks, TestApp, units } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
afterEach(() => app.close())
const bearer = async () => ({ authorization: `Bearer ${await app.session()}` })

test('J44 units are given with results, holders and the seeds that were leased, by socket and by REST', async () => {
  app = await TestApp.start()
  const researcher = await app.researcher()
  const key = await bearer()
  const spec = jobSpec({ redundancy: 'none' })
  const { job } = spec
  await researcher.ask('submit', {
    spec,
    code: CODE,
    units: [...units(2), { key: '2', input: encode([5n]), inputs: 1 }],
    inputsComplete: true,
  })
  const volunteer = await app.volunteer()
  const { leases } = await volunteer.ask('lease', { ...asks, most: 2 })
  const output = encodeOutputs([{ value: 'done' }])
  await volunteer.ask('return', { results: leases.map(({ lease }) => ({ lease, output, seconds: 1 })) })
  const { units: recorded } = await researcher.ask('record', { job, after: '', limit: 10 })
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const seeds = new Map(leases.map(({ input, seed }) => [hex(input), hex(seed)]))
  expect(recorded.map((unit) => [unit.key, unit.state, unit.output && hex(unit.output), unit.leases.length])).toEqual([
    ['0', 'accepted', hex(output), 1],
    ['1', 'accepted', hex(output), 1],
    ['2', 'open', undefined, 0],
  ])
  expect(recorded.slice(0, 2).map(({ seed }) => hex(seed))).toEqual(recorded.slice(0, 2).map(({ input }) => seeds.get(hex(input))))
  const { body } = await app.get(`/api/v1/jobs/${job}/record?after=0&limit=1`, key)
  const holder = `d:${volunteer.welcome.device.id}`
  expect(body).toEqual({
    next: '1',
    units: [
      {
        ...{ key: '1', state: 'accepted', inputs: [1], outputs: [{ value: 'done' }], seed: hex(recorded[1]!.seed) },
        leases: [{ ...recorded[1]!.leases[0], holder, device: volunteer.welcome.device.id, state: 'agreed' }],
      },
    ],
  })
  expect((await app.get(`/api/v1/jobs/${job}/record?after=1`, key)).body.units).toMatchObject([
    { key: '2', inputs: [{ $int: '5' }], leases: [] },
  ])
})

test('J44 nobody else is given them, though the job is public', async () => {
  app = await TestApp.start()
  const researcher = await app.researcher()
  const key = await bearer()
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  const spec = jobSpec({ visibility: 'public' })
  await app.store.transact(async (tx) => tx.addUnits(await tx.createJob(spec, CODE, accountId), units(1)))
  expect(await researcher.say('record', { job: spec.job, after: '', limit: 1 })).toMatchObject({ error: { code: 'unknown-job' } })
  expect(await researcher.say('record', { job: spec.job, after: '', limit: 1001 })).toMatchObject({ error: { code: 'bad-message' } })
  expect((await app.get(`/api/v1/jobs/${spec.job}/record`)).status).toBe(401)
  expect((await app.get(`/api/v1/jobs/${spec.job}/record`, key)).status).toBe(404)
})
