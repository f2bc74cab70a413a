import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '../../sdk/protocol.ts'
import { asks, helloOf, result, TestApp, TOKEN } from '../support/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.close())

describe('V1 who speaks', () => {
  test('V1 a new device gets an identity, and is the same device when it shows it again', async () => {
    const first = await app.volunteer()
    expect(first.welcome).toMatchObject({ own: false, held: [] })
    expect(first.welcome.device.id).toMatch(/^[0-9a-f]{32}$/)
    const again = await app.volunteer({ device: first.welcome.device })
    expect(again.welcome.device).toEqual(first.welcome.device)
    expect((await app.volunteer()).welcome.device.id).not.toBe(first.welcome.device.id)
  })

  test('V1 a wrong secret is refused, an identity of another server is replaced', async () => {
    const { welcome } = await app.volunteer()
    const stranger = await app.stranger()
    expect(await stranger.say('hello', helloOf({ device: { id: welcome.device.id, secret: 'guessed' } }))).toMatchObject({
      error: { code: 'wrong-device-secret' },
    })
    const elsewhere = { id: '0123456789abcdef0123456789abcdef', secret: 'another server gave it' }
    const replaced = await stranger.ask('hello', helloOf({ device: elsewhere }))
    expect(replaced.device.id).not.toBe(elsewhere.id)
  })

  test('V1 a session makes an own device, for as long as it is shown; another is refused', async () => {
    const own = await app.ownVolunteer()
    expect(own.welcome.own).toBe(true)
    expect((await app.volunteer({ device: own.welcome.device })).welcome.own).toBe(false)
    expect(await (await app.stranger()).say('hello', helloOf({ session: TOKEN }))).toMatchObject({ error: { code: 'session-ended' } })
  })

  test.each([
    ['lease', asks],
    ['return', { results: [] }],
    ['release', { leases: [] }],
    ['bundle', { bundle: '0'.repeat(64) }],
  ])('V1 %s before hello is out of order', async (event, message) => {
    expect(await (await app.stranger()).say(event, message)).toMatchObject({ error: { code: 'out-of-order' } })
  })

  test('V1 two hellos at once are out of order, one after the other are not', async () => {
    const stranger = await app.stranger()
    const answers = await Promise.all([stranger.say('hello', helloOf()), stranger.say('hello', helloOf())])
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, 'out-of-order'])
    const { device } = await stranger.ask('hello', helloOf())
    const connected = async () => Number((await app.get('/api/v1/status')).body.devicesConnected)
    const before = await connected()
    await stranger.ask('hello', helloOf({ device }))
    expect(await connected()).toBe(before)
    stranger.close()
    await expect.poll(connected).toBe(before - 1)
  })

  test('V1 the newest socket speaks for a device: an older one is told, ended, and gets no more leases', async () => {
    const older = await app.volunteer()
    await app.submit(await app.researcher(), 4)
    const { leases } = await older.ask('lease', { ...asks, most: 1 })
    const ended = older.ended()
    const newer = await app.volunteer({ device: older.welcome.device, held: leases.map(({ lease }) => lease) })
    expect(newer.welcome.held).toEqual(leases.map(({ lease }) => lease))
    await ended
    expect(older.refused.map(({ code }) => code)).toEqual(['superseded'])
    await newer.ask('return', { results: leases.map((lease) => result(lease)) })
    expect((await newer.ask('lease', asks)).leases).toHaveLength(3)
  })

  test.each([
    [PROTOCOL_VERSION - 1, 'client-too-old'],
    [PROTOCOL_VERSION + 1, 'client-too-new'],
  ])('V1 protocol %i is refused on both sockets as %s', async (protocol, code) => {
    expect(await (await app.stranger()).say('hello', helloOf({ protocol }))).toMatchObject({ error: { code } })
    await expect(app.connect('/researcher', { protocol, session: await app.session() })).rejects.toMatchObject({ data: { code } })
  })

  test.each([
    [undefined, 'unauthorised'],
    [7, 'unauthorised'],
    [[TOKEN], 'unauthorised'],
    ['', 'session-ended'],
    ['guessed', 'session-ended'],
    [TOKEN, 'session-ended'],
  ])('V1 a researcher with the session %j is refused as %s', async (session, code) => {
    await expect(app.connect('/researcher', { protocol: PROTOCOL_VERSION, session })).rejects.toMatchObject({ data: { code } })
  })

  test('V1 the answers of an own device seal at once', async () => {
    const researcher = await app.researcher()
    const job = await app.submit(researcher, 1, { ownDevices: true, redundancy: { quorum: 3 } })
    const own = await app.ownVolunteer()
    const { leases } = await own.ask('lease', asks)
    await own.ask('return', { results: leases.map((lease) => result(lease)) })
    const { events, snapshot } = await researcher.ask('events', { job, after: 0, limit: 10 })
    expect([events.map(({ kind }) => kind), snapshot.state]).toEqual([['sealed'], 'finished'])
  })
})
