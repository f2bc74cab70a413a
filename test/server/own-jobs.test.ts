import { afterEach, expect, test } from 'vitest'
import { decode, encode } from '../../sdk/codec.ts'
import { asks, result, TestApp, units } from '../support/app.ts'
import { CODE, hex, jobSpec } from '../support/store-kit.ts'

let app: TestApp
afterEach(() => app.close())
const bearer = async () => ({ authorization: `Bearer ${await app.session()}` })

test('V22 what a job was submitted as and its units are given to its owner, by socket and by REST', async () => {
  app = await TestApp.start()
  const researcher = await app.researcher()
  const spec = jobSpec({ name: 'mine', visibility: 'public', builtin: 'factor', redundancy: { quorum: 3 }, priority: 4, onError: 'stop' })
  await researcher.ask('submit', { spec, code: CODE, units: units(3), inputsComplete: true })
  const { job } = spec
  const key = await bearer()
  const manifest = await researcher.ask('manifest', { job })
  expect([manifest.spec, Buffer.from(manifest.code).toString()]).toEqual([spec, CODE.toString()])
  const { units: stored } = await researcher.ask('units', { job, after: '', limit: 10 })
  expect(stored.map((unit) => [unit.key, decode(unit.input), unit.inputs, unit.state])).toEqual(
    [0, 1, 2].map((i) => [`${i}`, [i], 1, 'open']),
  )
  expect((await researcher.ask('inputs', { job, keys: ['2', '7'] })).units).toEqual([stored[2]])
  expect((await app.get(`/api/v1/jobs/${job}/manifest`, key)).body).toEqual({ spec, code: CODE.toString() })
  expect((await app.get(`/api/v1/jobs/${job}/units?after=0&limit=1`, key)).body).toEqual({
    units: [{ key: '1', inputs: [1], state: 'open' }],
    next: '1',
  })
  const again = { ...manifest.spec, job: hex(16) }
  expect(await researcher.ask('submit', { spec: again, code: manifest.code, units: [], inputsComplete: true })).toMatchObject({
    name: 'mine',
  })
})

test('V22 nobody else is given them, though the job is public', async () => {
  app = await TestApp.start()
  const researcher = await app.researcher()
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  const spec = jobSpec({ visibility: 'public' })
  await app.store.transact(async (tx) => tx.addUnits(await tx.createJob(spec, CODE, accountId), units(1)))
  const { job } = spec
  for (const [event, message] of [
    ['manifest', { job }],
    ['units', { job, after: '', limit: 1 }],
    ['inputs', { job, keys: ['0'] }],
  ] as const)
    expect(await researcher.say(event, message), event).toMatchObject({ error: { code: 'unknown-job' } })
  const key = await bearer()
  for (const path of ['manifest', 'units']) {
    expect((await app.get(`/api/v1/jobs/${job}/${path}`)).status).toBe(401)
    expect((await app.get(`/api/v1/jobs/${job}/${path}`, key)).status).toBe(404)
  }
})

test('V21 own jobs are listed by socket and by REST, with a session alone', async () => {
  app = await TestApp.start()
  const researcher = await app.researcher()
  const jobs = []
  for (const name of ['a', 'b', 'a']) jobs.unshift(await app.submit(researcher, 1, { name }))
  await researcher.ask('control', { job: jobs[0]!, action: 'cancel' })
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  await app.store.transact((tx) => tx.createJob(jobSpec({ visibility: 'public' }), CODE, accountId))
  const ids = (page: { rows: readonly { job: string }[] }) => page.rows.map(({ job }) => job)
  const first = await researcher.ask('jobs', { limit: 2 })
  expect(ids(first)).toEqual(jobs.slice(0, 2))
  expect(ids(await researcher.ask('jobs', { limit: 2, after: first.next }))).toEqual(jobs.slice(2))
  expect(ids(await researcher.ask('jobs', { limit: 9, active: true, name: 'a' }))).toEqual([jobs[2]])
  expect(await researcher.say('jobs', { limit: 201 })).toMatchObject({ error: { code: 'bad-message' } })
  const key = await bearer()
  const get = async (query: string) => ids((await app.get(`/api/v1/own-jobs${query}`, key)).body as never)
  expect([await get(''), await get('?active=false'), await get('?name=b&limit=1')]).toEqual([jobs, [jobs[0]], [jobs[1]]])
  expect((await app.get('/api/v1/own-jobs')).status).toBe(401)
})

test('V23 a job whose client never came back is closed with what is there once the retention is over, and then forgotten', async () => {
  let ahead = 0
  app = await TestApp.start({ retentionDays: 30, clock: () => Date.now() + ahead })
  const researcher = await app.researcher()
  const spec = jobSpec({ redundancy: 'none' })
  const { job } = spec
  await researcher.ask('submit', { spec, code: CODE, units: [{ key: '0', input: encode([1]), inputs: 1 }], inputsComplete: false })
  const volunteer = await app.volunteer()
  const { leases } = await volunteer.ask('lease', asks)
  await volunteer.ask('return', { results: leases.map((lease) => result(lease)) })
  const state = async (days: number) => {
    ahead = days * 86_400_000
    await app.app.sweeper.runOnce()
    return (await app.get(`/api/v1/jobs/${job}`)).body
  }
  expect(await state(29)).toMatchObject({ state: 'running', waitingSince: expect.any(Number) })
  expect(await state(31)).toMatchObject({ state: 'finished', inputsComplete: true, units: { accepted: 1 } })
  expect(await state(60)).toMatchObject({ state: 'finished' })
  expect(await state(62)).toMatchObject({ error: { code: 'unknown-job' } })
})
