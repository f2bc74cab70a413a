import { appendFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { asks, helloOf, type Researcher, result, TestApp, type Volunteer } from '../support/app.ts'
import { computeInTurn, inputOf, members } from '../support/computing-crowd.ts'

let app: TestApp
let researcher: Researcher
let ahead: number
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ clock: () => Date.now() + ahead })
  researcher = await app.researcher()
})
afterEach(() => app.close())

const square = (n: number): number => n * n
/** The session of somebody who has never been here. */
async function sessionOf(name: string): Promise<string> {
  const { publicKey, privateKey } = await makeKeyTexts(`${name}@test`)
  appendFileSync(app.authorizedKeys, `${publicKey}\n`, { mode: 0o600 })
  return app.session(privateKey)
}
/** Answers all that it is given; how many units that were. */
async function lie(client: Volunteer): Promise<number> {
  for (let count = 0; ; ) {
    const { leases } = (await client.ask('return', { results: [], next: { ...asks, most: 30 } })).next!
    if (leases.length === 0) return count
    count += leases.length
    await client.ask('return', { results: leases.map((lease) => result(lease, `lie ${inputOf(lease)}`)) })
  }
}
async function sweep(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    app.timers.advance(1100)
    await app.app.sweeper.runOnce()
  }
}
const checksOf = ({ welcome }: Volunteer) =>
  app.rows(`SELECT t.checks FROM Trust t JOIN Device d ON d.id = t.deviceId WHERE d.uid = '${welcome.device.id}'`)[0]!.checks as number

test('Q7 a device that logs in, out and in as another outvotes nobody, on one socket or on several, and goes on working', async () => {
  const sessions = [await sessionOf('mallory'), await sessionOf('malvina')]
  let client = await app.volunteer({ session: sessions[0]! })
  const { device } = client.welcome
  await app.submit(researcher, 20, { redundancy: { quorum: 2 } })
  expect(await lie(client)).toBe(20)
  for (const session of [undefined, sessions[1], sessions[0]]) {
    await client.ask('hello', helloOf({ device, ...(session && { session }) }))
    expect(await lie(client)).toBe(0)
  }
  client.close()
  client = await app.volunteer({ device })
  expect([client.welcome.device.id, await lie(client)]).toEqual([device.id, 0])
  expect([app.rows('SELECT DISTINCT state FROM WorkUnit'), checksOf(client)]).toEqual([[{ state: 'open' }], 0])
  // Two others are asked instead, and are believed.
  await computeInTurn(await members(app, 2, square), 5)
  expect(app.rows('SELECT DISTINCT state FROM WorkUnit')).toEqual([{ state: 'sealed' }])
  await app.submit(researcher, 7, { redundancy: { quorum: 2 } })
  expect(await lie(client)).toBe(7)
})

test('Q15 a device that is believed alone takes no closing sample of its own word when it logs out', async () => {
  const client = await app.volunteer({ session: await sessionOf('mallory'), engine: 'v8-140' })
  const crowd = [{ client, compute: square }, ...(await members(app, 4, square))]
  await app.submit(researcher, 100, { redundancy: { targetError: 1e-2 } })
  for (let again = 0; again < 2; again++) {
    await computeInTurn(crowd, 4)
    await sweep(4)
    ahead += 6000
  }
  const checks = checksOf(client)
  expect(checks).toBeGreaterThan(10)
  const job = await app.submit(researcher, 40, { redundancy: { targetError: 1e-2 } })
  await lie(client)
  await sweep(2)
  const counters = () => app.rows(`SELECT state, unitsAlone, unitsSealed, unitsToRecheck > 0 AS samples FROM Job WHERE uid = '${job}'`)[0]!
  expect(counters()).toEqual({ state: 'running', unitsAlone: 40, unitsSealed: 0, samples: 1 })
  await client.ask('hello', helloOf({ device: client.welcome.device, engine: 'v8-140' }))
  ahead += 40_000
  expect(await lie(client)).toBe(0)
  await sweep(2)
  expect([counters(), checksOf(client)]).toEqual([{ state: 'running', unitsAlone: 40, unitsSealed: 0, samples: 1 }, checks])
})
