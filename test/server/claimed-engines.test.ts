import { afterEach, beforeEach, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import type { EventsAnswer } from '../../sdk/protocol.ts'
import { asks, type Researcher, TestApp } from '../support/app.ts'
import { computed, computeInTurn, members } from '../support/computing-crowd.ts'

let app: TestApp
let researcher: Researcher
let ahead = 0
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ clock: () => Date.now() + ahead })
  researcher = await app.researcher()
})
afterEach(() => app.close())

const square = (input: number): number => input * input

async function wrongIn(job: string): Promise<number> {
  const { events }: EventsAnswer = await researcher.ask('events', { job, after: 0, limit: 1000 })
  const last = new Map(events.map((event) => [event.key, event]))
  const values = [...last].map(([key, { output }]) => [Number(key), output && (decode(output) as { value: unknown }[])[0]!.value])
  return values.filter(([key, value]) => value !== square(key as number)).length
}

test('T2 Q15 who earns trust in a class of its own and lies from then on delivers nothing wrong, and is believed alone no more', async () => {
  let lies = false
  const liar = await members(app, 1, (input) => (lies ? `lie ${input}` : square(input)), 'v8-139')
  const crowd = [...liar, ...(await members(app, 4, square))]
  const trust = () =>
    app.rows(
      `SELECT t.checks, t.strikes, t.suspect, d.state FROM Trust t JOIN Device d ON d.id = t.deviceId WHERE t.engineClass = 'v8-139'`,
    )[0]
  await app.submit(researcher, 60, { redundancy: { quorum: 2 } })
  await computeInTurn(crowd, 4)
  expect(trust()).toMatchObject({ state: 'trusted' })
  lies = true
  for (const units of [60, 16, 60]) {
    const job = await app.submit(researcher, units, { redundancy: { targetError: 1e-2 } })
    // Samples wait for somebody trusted first.
    for (let round = 0; round < 3; round++) {
      await computeInTurn(crowd, 4)
      ahead += 6000
      app.timers.advance(1100)
      await app.app.sweeper.runOnce()
    }
    expect(app.rows(`SELECT state, unitsSealed FROM Job WHERE uid = '${job}'`)).toEqual([{ state: 'finished', unitsSealed: units }])
    expect(await wrongIn(job)).toBe(0)
    expect(trust()).toEqual({ checks: 0, strikes: 0, suspect: 0, state: 'new' })
  }
})

test('T2 two who earn trust in a class of their own and lie alike from then on take no job over', async () => {
  let lies = false
  const liars = await members(app, 2, (input) => (lies ? `lie ${input}` : square(input)), 'v8-139')
  const honest = await members(app, 8, square)
  await app.submit(researcher, 120, { redundancy: { quorum: 2 } })
  await computeInTurn([...honest.slice(0, 4), ...liars, ...honest.slice(4)], 2)
  expect(app.rows("SELECT state FROM Device WHERE state = 'trusted'")).toHaveLength(10)
  lies = true
  let wrong = 0
  for (let first = 0; first < 8; first += 2) {
    const job = await app.submit(researcher, 60, { redundancy: { targetError: 1e-2 } })
    for (let round = 0; round < 3; round++) {
      await computeInTurn([...honest.slice(first), ...liars, ...honest.slice(0, first)], 2)
      ahead += 6000
      app.timers.advance(1100)
      await app.app.sweeper.runOnce()
    }
    expect(app.rows(`SELECT state FROM Job WHERE uid = '${job}' AND coalesce(engineClass, '') <> 'v8-139'`)).toEqual([
      { state: 'finished' },
    ])
    wrong += await wrongIn(job)
  }
  // Of 240; where each was believed alone and sampled by the other, by chance. It was more than half.
  expect(wrong).toBeLessThanOrEqual(60)
})

test.each([4, 10])('T2 two liars and a decoy who begin a job before %i who are trusted do not get it for their engine', async (count) => {
  let lies = false
  const liars = await members(app, 2, (input) => (lies ? `lie ${input}` : square(input)), 'v8-139')
  const honest = await members(app, count, square)
  await app.submit(researcher, 30 * (count + 2), { redundancy: { quorum: 2 } })
  await computeInTurn([...honest.slice(0, count / 2), ...liars, ...honest.slice(count / 2)], 2)
  const decoys = await members(app, 1, (input) => `decoy ${input}`, 'javascriptcore-18')
  lies = true
  const job = await app.submit(researcher, 100, { redundancy: { quorum: 2 } })
  for (const { client, compute } of [...decoys, ...liars]) {
    const { leases } = (await client.ask('return', { results: [], next: { ...asks, most: 1 } })).next!
    await client.ask('return', { results: computed(leases, compute) })
  }
  expect(app.rows('SELECT count(*) AS lost FROM Strike WHERE reverted = 2')).toEqual([{ lost: 1 }])
  await expect.poll(() => app.rows(`SELECT engineClass FROM Job WHERE uid = '${job}'`)).toEqual([{ engineClass: 'v8-140' }])
  await expect
    .poll(async () => {
      await computeInTurn([...honest, ...liars], 2)
      return app.rows(`SELECT state, unitsSealed FROM Job WHERE uid = '${job}'`)
    })
    .toEqual([{ state: 'finished', unitsSealed: 100 }])
  expect(await wrongIn(job), 'what showed it stays with a fixed quorum').toBe(1)
  expect(app.rows("SELECT count(*) AS n FROM Trust WHERE engineClass = 'v8-140' AND checks >= 10")).toEqual([{ n: count }])
})
