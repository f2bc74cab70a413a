import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asks, helloOf, type Researcher, result, TestApp, TOKEN } from '../support/app.ts'
import { hex } from '../support/store-kit.ts'

/** A holder that gave a unit up is passed over for so long, milliseconds. */
const PASSED_OVER_MS = 5001
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
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = bearer) {
  const answer = await fetch(`${app.url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  return { status: answer.status, body: (await answer.json()) as Record<string, never> }
}
const codeOf = ({ body }: Awaited<ReturnType<typeof ask>>) => (body as { error?: { code: string } }).error?.code
const reason = 'it answers before it has computed'

test('V18 a banned device is told why and disconnected at once, and its units go to another', async () => {
  const job = await app.submit(researcher, 1, { redundancy: 'none' })
  const [device, other] = [await app.volunteer(), await app.volunteer()]
  const { leases } = await device.ask('lease', asks)
  expect(leases).toHaveLength(1)
  const waiting = other.ask('lease', asks)
  const revoked = new Promise((resolve) => device.socket.once('revoke', resolve))
  const refused = new Promise((resolve) => device.socket.once('refused', resolve))
  const ended = device.ended()
  const { id } = device.welcome.device
  expect((await ask('POST', `/devices/${id}/ban`, { reason })).body).toMatchObject({ device: id, state: 'banned', banReason: reason })
  expect(await revoked).toEqual({ leases: [leases[0]!.lease], reason: 'device-banned' })
  expect(await refused).toMatchObject({ code: 'device-banned', message: expect.stringContaining(reason) })
  await ended
  const taken = await waiting
  expect(taken.leases.map((lease) => lease.job)).toEqual([job])
  expect((await other.ask('return', { results: [result(taken.leases[0]!)] })).outcomes).toEqual(['recorded'])
  expect(await app.get(`/api/v1/jobs/${job}`)).toMatchObject({ body: { state: 'finished' } })
})

test('V18 a banned device is refused with the reason whenever it comes, until it is un-banned', async () => {
  const device = await app.volunteer()
  const identity = device.welcome.device
  await ask('POST', `/devices/${identity.id}/ban`, { reason })
  const comesBack = async () => (await app.stranger()).say('hello', helloOf({ device: identity }))
  expect(await comesBack()).toMatchObject({ error: { code: 'device-banned', message: expect.stringContaining(reason) } })
  expect((await ask('POST', `/devices/${identity.id}/unban`)).body).toMatchObject({ state: 'suspect' })
  expect(await comesBack()).toMatchObject({ ok: { device: { id: identity.id } } })
  expect((await ask('GET', `/devices/${identity.id}`)).body).not.toHaveProperty('banReason')
})

test('V18 a device that is un-banned is given again what was taken from it, when nobody else took it', async () => {
  const device = await app.volunteer()
  const job = await app.submit(researcher, 1, { redundancy: 'none' })
  const { leases } = await device.ask('lease', asks)
  expect(leases.map((lease) => lease.job)).toEqual([job])
  const ended = device.ended()
  await ask('POST', `/devices/${device.welcome.device.id}/ban`, { reason })
  await ended
  await ask('POST', `/devices/${device.welcome.device.id}/unban`)
  const back = await app.volunteer({ device: device.welcome.device })
  ahead += PASSED_OVER_MS
  const again = await back.ask('lease', asks)
  expect(again.leases.map((lease) => lease.job)).toEqual([job])
  expect((await back.ask('return', { results: [result(again.leases[0]!)] })).outcomes).toEqual(['recorded'])
})

test('V18 each act is one line of the log, repeated it is none and changes nothing but the reason where that is another', async () => {
  const { id } = (await app.volunteer()).welcome.device
  audit.length = 0
  for (const each of [reason, reason, 'another', 'another']) {
    expect((await ask('POST', `/devices/${id}/ban`, { reason: each })).body).toMatchObject({ state: 'banned', banReason: each })
  }
  for (let i = 0; i < 2; i++) await ask('POST', `/devices/${id}/unban`)
  expect(audit.filter((line) => line.audit)).toMatchObject([
    { act: 'ban', device: id, reason },
    { act: 'ban', device: id, reason: 'another' },
    { act: 'unban', device: id },
  ])
})

test('V18 un-banning leaves a device that is not banned as it is', async () => {
  const { id } = (await app.volunteer()).welcome.device
  expect((await ask('POST', `/devices/${id}/unban`)).body).toMatchObject({ state: 'new' })
})

test('V18 without the token, without a reason or for a device that is not there nothing is done', async () => {
  const { id } = (await app.volunteer()).welcome.device
  for (const headers of [{}, { authorization: 'Bearer another' }]) {
    expect((await ask('POST', `/devices/${id}/ban`, { reason }, headers as Record<string, string>)).status).toBe(401)
    expect((await ask('POST', `/devices/${id}/unban`, undefined, headers as Record<string, string>)).status).toBe(401)
  }
  for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(201) }, { reason, more: 1 }])
    expect(codeOf(await ask('POST', `/devices/${id}/ban`, body))).toBe('bad-message')
  for (const unknown of [hex(16), 'x', '%00'])
    for (const act of ['ban', 'unban']) expect(codeOf(await ask('POST', `/devices/${unknown}/${act}`, { reason }))).toBe('unknown-device')
  expect((await ask('GET', `/devices/${id}`)).body).toMatchObject({ state: 'new', connected: true })
})

test('V18 why a device is banned is read with the token only', async () => {
  const { id } = (await app.volunteer()).welcome.device
  await ask('POST', `/devices/${id}/ban`, { reason })
  const rowOf = async (headers: Record<string, string>) =>
    ((await ask('GET', '/devices?limit=1', undefined, headers)).body as unknown as { rows: object[] }).rows[0]
  expect(await rowOf(bearer)).toMatchObject({ device: id, banReason: reason })
  for (const seen of [await rowOf({}), (await ask('GET', `/devices/${id}`, undefined, {})).body]) {
    expect(seen).toMatchObject({ device: id, state: 'banned' })
    expect(JSON.stringify(seen)).not.toContain(reason)
  }
})
