import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobSnapshot } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, units, type Volunteer } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterAll(() => app.close())

const submit = async (count: number, inputsComplete = false): Promise<string> => {
  const spec = jobSpec({ redundancy: 'none' })
  await researcher.ask('submit', { spec, code: CODE, units: units(count), inputsComplete })
  return spec.job
}
const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
async function give(volunteer: Volunteer, job: string, value: unknown): Promise<number> {
  const { next } = await volunteer.ask('return', { results: [], next: asks })
  const mine = next?.leases.filter((lease) => lease.job === job) ?? []
  await volunteer.ask('return', { results: mine.map((lease) => result(lease, value)) })
  return mine.length
}

test('T24 a researcher rejects a result by socket and by REST: it is taken back and asked of another device', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(2)
  expect(await give(first, job, 'wrong')).toBe(2)
  expect(await researcher.ask('reject', { job, key: '0', event: 1, reason: 'it is wrong' })).toEqual({ voided: true })
  const headers = { authorization: `Bearer ${await app.session()}`, 'content-type': 'application/json' }
  const post = async (body: object, given: Record<string, string> = headers) => {
    const answer = await fetch(`http://127.0.0.1:${app.port}/api/v1/jobs/${job}/reject`, {
      method: 'POST',
      headers: given,
      body: JSON.stringify(body),
    })
    return [answer.status, await answer.json()]
  }
  const body = { key: '1', event: 2, reason: 'this too' }
  expect(await post(body)).toEqual([200, { voided: true }])
  expect(await post(body)).toEqual([200, { voided: false }])
  expect((await post(body, { 'content-type': 'application/json' }))[0]).toBe(401)
  expect(await snapshotOf(job)).toMatchObject({ state: 'running', units: { open: 2, accepted: 0 } })
  await expect.poll(() => give(second, job, 'right')).toBe(2)
  expect((await researcher.ask('events', { job, after: 2, limit: 10 })).events.map(({ kind }) => kind)).toEqual([
    'retracted',
    'retracted',
    'accepted',
    'accepted',
  ])
  expect((await app.get(`/api/v1/devices/${first.welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
})

test('T24 what is no result of the unit, of somebody else, or of a job that is over is refused by name', async () => {
  const job = await submit(1, true)
  const rejection = { job, key: '0', event: 1, reason: 'no' }
  await expect(researcher.ask('reject', rejection)).rejects.toThrow('not-found: Expected event 1 to give a result of unit "0"')
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  const spec = jobSpec()
  await app.store.transact((tx) => tx.createJob(spec, CODE, accountId))
  await expect(researcher.ask('reject', { ...rejection, job: spec.job })).rejects.toThrow('unknown-job')
  await expect(researcher.ask('reject', { ...rejection, reason: '' })).rejects.toThrow('bad-message')
  await give(await app.volunteer(), job, 'so be it')
  expect((await snapshotOf(job)).state).toBe('finished')
  await expect(researcher.ask('reject', rejection)).rejects.toThrow('job-closed: Expected a job that runs, got one that is finished')
})

test('T24 a job that rejects everything pauses when another device says the same, and a sweep lets all of it count again', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(3)
  while ((await give(first, job, 'right')) > 0);
  const { events } = await researcher.ask('events', { job, after: 0, limit: 10 })
  for (const { key, n } of events) await researcher.ask('reject', { job, key, event: n, reason: 'never' })
  const { next } = await second.ask('return', { results: [], next: { ...asks, most: 1 } })
  await second.ask('return', { results: [result(next!.leases[0]!, 'right')] })
  const paused = await snapshotOf(job)
  expect([paused.state, paused.reason]).toMatchObject(['paused', expect.stringMatching(/^verify-contradicted: an independent device/)])
  await app.app.sweeper.runOnce()
  expect((await snapshotOf(job)).units).toMatchObject({ open: 0, accepted: 3 })
  for (const { welcome } of [first, second])
    expect((await app.get(`/api/v1/devices/${welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
})
