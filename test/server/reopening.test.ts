import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from '../../server/store/payloads.ts'
import { type Researcher, TestApp, TOKEN, units } from '../support/app.ts'
import { computeInTurn, type Member, members } from '../support/computing-crowd.ts'
import { CODE, hex, jobSpec } from '../support/store-kit.ts'

let ahead = 0
const audit: Record<string, unknown>[] = []
let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  const log = pino({ level: 'info' }, { write: (line: string) => void audit.push(JSON.parse(line)) })
  app = await TestApp.start({ log, clock: () => Date.now() + ahead })
  researcher = await app.researcher()
})
afterAll(() => app.close())

const bearer = { authorization: `Bearer ${TOKEN}` }
async function reopen(body: object, headers: Record<string, string> = bearer) {
  const answer = await fetch(`${app.url}/api/v1/reopen`, { method: 'POST', headers, body: JSON.stringify(body) })
  return {
    status: answer.status,
    body: (await answer.json()) as { reopened?: number; next?: string; error?: { code: string; message: string } },
  }
}
/** All pieces; how many answers. */
async function reopenAll(what: object): Promise<number> {
  let sum = 0
  for (let after: string | undefined; ; ) {
    const { body } = await reopen({ ...what, ...(after && { after }) })
    sum += body.reopened!
    after = body.next
    if (after === undefined) return sum
  }
}
const eventsOf = async (job: string) =>
  (await researcher.ask('events', { job, after: 0, limit: 1000 })).events.map(({ key, kind }) => `${key} ${kind}`)
const stateOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body
const acts = () => audit.filter((line) => line.act === 'reopen')

test('T5 results of a device since an instant are retracted, computed by others, and the job ends again', async () => {
  const [bad, ...good] = (await members(app, 4, (input) => input)) as [Member, ...Member[]]
  const wrong = { client: bad.client, compute: () => 'wrong' }
  const before = await app.submit(researcher, 2, { redundancy: 'none' })
  await computeInTurn([wrong], 10)
  ahead += 60_000
  const since = Date.now() + ahead
  const job = await app.submit(researcher, 3, { redundancy: 'none' })
  await computeInTurn([wrong], 10)
  expect(await stateOf(job)).toMatchObject({ state: 'finished' })
  const { id } = bad.client.welcome.device
  expect(await reopenAll({ device: id, since })).toBe(3)
  expect(await reopenAll({ device: id, since })).toBe(0)
  expect(await stateOf(job)).toMatchObject({ state: 'running', units: { open: 3 } })
  expect(await stateOf(before)).toMatchObject({ state: 'finished', units: { open: 0 } })
  await computeInTurn(good, 10)
  expect(await stateOf(job)).toMatchObject({ state: 'finished' })
  for (const key of ['0', '1', '2']) {
    expect((await eventsOf(job)).filter((event) => event.startsWith(key))).toEqual([
      `${key} accepted`,
      `${key} retracted`,
      `${key} accepted`,
    ])
  }
  expect(acts()).toMatchObject([{ audit: true, device: id, results: '3' }])
})

test('T5 sealed units re-open unless the others that are left say the same as finally', async () => {
  const crowd = await members(app, 4, (input) => input)
  const job = await app.submit(researcher, 2, { redundancy: { quorum: 2 } })
  const three = await app.submit(researcher, 1, { redundancy: { quorum: 3 } })
  await computeInTurn(crowd, 10)
  for (const each of [job, three]) expect(await stateOf(each)).toMatchObject({ state: 'finished' })
  audit.length = 0
  for (const { client } of crowd.slice(0, 1)) await reopenAll({ device: client.welcome.device.id, since: 0 })
  expect(acts().length).toBe(1)
  await computeInTurn(crowd, 10)
  ahead += 6000
  await computeInTurn(crowd, 10)
  for (const each of [job, three]) {
    const { state, units } = await stateOf(each)
    expect([state, units]).toEqual(['finished', expect.objectContaining({ open: 0 })])
    const events = await eventsOf(each)
    const retracted = events.filter((event) => event.endsWith('retracted')).length
    expect(events.filter((event) => event.endsWith('sealed')).length).toBe((units as { sealed: number }).sealed + retracted)
  }
})

test('T5 all results of a bundle are computed anew, by the same devices where no others are there', async () => {
  const crowd = await members(app, 2, (input) => input)
  const code = Buffer.from('export const work = (x) => x + 1')
  const bundle = digestOf(code)
  const job = hex(16)
  await researcher.ask('submit', { spec: jobSpec({ job, bundle }), code, units: units(120), inputsComplete: true })
  await computeInTurn(crowd, 1000)
  expect(await stateOf(job)).toMatchObject({ state: 'finished', units: { sealed: 120 } })
  expect(await reopenAll({ bundle, since: 0 })).toBe(240)
  expect(await reopenAll({ bundle, since: 0 })).toBe(0)
  expect(await stateOf(job)).toMatchObject({ state: 'running', units: { open: 120 } })
  ahead += 6000
  await computeInTurn(crowd, 1000)
  expect(await stateOf(job)).toMatchObject({ state: 'finished', units: { sealed: 120 }, leases: 480 })
})

test('T5 without the token, for what is unknown, for both or neither nothing is done', async () => {
  const device = hex(16)
  const bundle = digestOf(CODE)
  expect((await reopen({ bundle, since: 0 }, {})).status).toBe(401)
  expect((await reopen({ bundle, since: 0 }, { authorization: 'Bearer another' })).status).toBe(401)
  expect((await reopen({ device, since: 0 })).body.error?.code).toBe('unknown-device')
  expect((await reopen({ bundle: hex(32), since: 0 })).body.error?.code).toBe('unknown-bundle')
  expect((await reopen({ device })).body.error?.message).toContain('expected milliseconds since 1970')
  for (const wrong of [{ since: 0 }, { device, bundle, since: 0 }, { bundle }, { bundle, since: -1 }, { bundle, since: 0, after: 'x' }])
    expect((await reopen(wrong)).body.error?.code).toBe('bad-message')
})
