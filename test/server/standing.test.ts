import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceStanding } from '../../sdk/protocol.ts'
import { TestApp, TOKEN } from '../support/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.close())

type Identity = { readonly id: string; readonly secret: string }
const asDevice = ({ id, secret }: Identity) => `Device ${id}.${secret}`
const home = `Bearer ${TOKEN}`
async function ask(
  device: string,
  path: string,
  authorization?: string,
  body?: unknown,
): Promise<[number, DeviceStanding & { error?: { code: string } }]> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const answer = await fetch(`${app.url}/api/v1/devices/${device}/${path}`, { headers, ...init })
  return [answer.status, (await answer.json()) as never]
}

test('V45 a device reads its standing with its own secret, banned or not, and says something against it', async () => {
  const { device } = (await app.volunteer()).welcome
  expect(await ask(device.id, 'standing', asDevice(device))).toMatchObject([
    200,
    { device: device.id, state: 'new', trust: [{ engineClass: 'v8-13', state: 'new', checks: 0, strikes: 0 }], strikes: [] },
  ])
  expect(
    (
      await fetch(`${app.url}/api/v1/devices/${device.id}/ban`, {
        method: 'POST',
        headers: { authorization: home },
        body: '{"reason":"wrong"}',
      })
    ).status,
  ).toBe(200)
  expect(await ask(device.id, 'standing', asDevice(device))).toMatchObject([200, { state: 'banned', banReason: 'wrong' }])
  const [status, standing] = await ask(device.id, 'appeal', asDevice(device), { text: '  It was the memory; I have replaced it.  ' })
  expect([status, standing.appeal]).toEqual([200, 'It was the memory; I have replaced it.'])
  const shown = async (authorization?: string) =>
    (await app.get(`/api/v1/devices/${device.id}`, authorization === undefined ? {} : { authorization })).body as object
  expect(await shown(home)).toMatchObject({ appeal: 'It was the memory; I have replaced it.' })
  expect(await shown()).not.toHaveProperty('appeal')
  await fetch(`${app.url}/api/v1/devices/${device.id}/unban`, { method: 'POST', headers: { authorization: home } })
  expect((await ask(device.id, 'standing', home))[1]).toMatchObject({ state: 'suspect' })
  expect((await ask(device.id, 'standing', home))[1]).not.toHaveProperty('appeal')
})

test('V45 nobody else reads it or speaks for it', async () => {
  const [mine, other] = [(await app.volunteer()).welcome.device, (await app.volunteer()).welcome.device]
  const session = `Bearer ${await app.session()}`
  expect((await ask(mine.id, 'standing'))[0]).toBe(401)
  expect((await ask(mine.id, 'standing', session))[0]).toBe(401)
  expect((await ask(mine.id, 'standing', asDevice(other)))[0]).toBe(403)
  expect((await ask(mine.id, 'standing', asDevice({ id: mine.id, secret: other.secret })))[0]).toBe(403)
  expect((await ask(mine.id, 'appeal', asDevice(other), { text: 'I am it' }))[0]).toBe(403)
  expect((await ask('0'.repeat(32), 'standing', home))[0]).toBe(404)
})

test.each([
  ['nothing', { text: ' ' }],
  ['more than 1000 characters', { text: 'x'.repeat(1001) }],
  ['no text', { text: 5 }],
])('V45 an appeal of %s is refused by name', async (_what, body) => {
  const { device } = (await app.volunteer()).welcome
  expect(await ask(device.id, 'appeal', asDevice(device), body)).toMatchObject([400, { error: { code: 'bad-message' } }])
})
