import { afterEach, beforeEach, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import type { EventsAnswer, ReturnedUnit } from '../../sdk/protocol.ts'
import { asks, type Researcher, TestApp, units } from '../support/app.ts'
import { computed, computeInTurn, type Member, members } from '../support/computing-crowd.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let researcher: Researcher
beforeEach(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterEach(() => app.close())

const ENGINES = { 'v8-140': 'v', 'spidermonkey-128': 's', 'javascriptcore-18': 'j' } as const
type Engine = keyof typeof ENGINES
/** Two inputs of three depend on the engine, as `x ** 7` does. */
const says = (engine: Engine) => (input: number) => (input % 3 === 0 ? input : `${ENGINES[engine]}${input}`)
const crowdOf = async (counts: Partial<Record<Engine, number>>): Promise<Member[]> => {
  const each = await Promise.all(Object.entries(counts).map(([engine, count]) => members(app, count, says(engine as Engine), engine)))
  return each.flat()
}

const rows = (sql: string) => app.rows(sql)
const jobRow = () => rows('SELECT state, reason, engineSensitive, sameEngine, engineClass, unitsDisputed FROM Job')[0]
const struck = () => rows("SELECT id FROM Strike WHERE reverted = 0 UNION ALL SELECT id FROM Device WHERE state IN ('suspect', 'banned')")

async function outputsOf(job: string): Promise<Map<string, unknown>> {
  const { events }: EventsAnswer = await researcher.ask('events', { job, after: 0, limit: 1000 })
  const last = new Map(events.map((event) => [event.key, event]))
  return new Map(
    [...last].map(([key, event]) => [
      key,
      event.kind === 'failed' ? event.error : (decode(event.output!) as { value: unknown }[])[0]!.value,
    ]),
  )
}

test('Q2 a class that took a unit, gave it back and went keeps no job: the next that asks takes its place', async () => {
  const crowd = await crowdOf({ 'v8-140': 2, 'spidermonkey-128': 1 })
  const [stranger] = (await members(app, 1, (input) => input, 'javascriptcore-77')) as [Member]
  await app.submit(researcher, 10, { redundancy: 'none', sameEngine: true })
  const { leases } = await stranger.client.ask('lease', { ...asks, most: 1 })
  expect(jobRow()).toMatchObject({ engineClass: 'javascriptcore-77' })
  const ask = async ({ client }: Member) => (await client.ask('return', { results: [], next: { ...asks, most: 1 } })).next!
  expect(await ask(crowd[0]!), 'it computes').toMatchObject({ reason: 'other-engine', engineClass: 'javascriptcore-77' })
  await stranger.client.ask('release', { leases: leases.map(({ lease }) => lease) })
  expect(await ask(crowd[0]!), 'it is here').toMatchObject({ reason: 'other-engine', engineClass: 'javascriptcore-77' })
  stranger.client.close()
  await expect.poll(async () => (await app.get('/api/v1/status')).body.devicesConnected).toBe(3)
  expect((await ask(crowd[0]!)).leases).toHaveLength(1)
  expect(await ask(crowd[2]!)).toMatchObject({ leases: [], reason: 'other-engine', engineClass: 'v8-140' })
  expect(await computeInTurn(crowd, 4)).toBeGreaterThanOrEqual(9)
  expect(jobRow()).toMatchObject({ engineClass: 'v8-140' })
})

test.each([
  ['a target error', { targetError: 1e-2 }, { 'spidermonkey-128': 3, 'javascriptcore-18': 3, 'v8-140': 5 }],
  ['a quorum', { quorum: 2 }, { 'javascriptcore-18': 1, 'spidermonkey-128': 2, 'v8-140': 3 }],
] as const)('T2 three engines that differ, %s: nobody is struck, and the job ends in one class', async (_name, redundancy, counts) => {
  const crowd = await crowdOf(counts)
  const job = await app.submit(researcher, 12, { redundancy })
  await expect
    .poll(async () => {
      await computeInTurn(crowd, 1)
      app.timers.advance(1000)
      await app.app.sweeper.runOnce()
      return jobRow()
    })
    .toMatchObject({ state: 'finished', engineSensitive: 1, sameEngine: 1, unitsDisputed: 0 })
  expect(struck()).toEqual([])
  const pinned = jobRow()!.engineClass as Engine
  const outputs = await outputsOf(job)
  expect([...outputs.keys()].length).toBe(12)
  for (const [key, value] of outputs) {
    const all = Object.keys(ENGINES).map((engine) => says(engine as Engine)(Number(key)))
    expect(all, `unit ${key}`).toContain(value)
  }
  expect([...outputs].filter(([key, value]) => value === says(pinned)(Number(key))).length).toBeGreaterThanOrEqual(8)
})

test('T2 units that another class had begun end in that of the job, which the others are told', async () => {
  const [firefox, ...chromium] = (await crowdOf({ 'spidermonkey-128': 1, 'v8-140': 3 })) as [Member, ...Member[]]
  const job = await app.submit(researcher, 7, { redundancy: { quorum: 2 } })
  // It begins every unit, keeps two answers back, and hears of the others' agreement afterwards.
  const late: ReturnedUnit[] = []
  for (let begun = 0; begun < 7; ) {
    const { leases } = await firefox.client.ask('lease', asks)
    const answers = computed(leases, firefox.compute)
    if (begun === 0) late.push(...answers.splice(0, 2))
    await firefox.client.ask('return', { results: answers })
    begun += leases.length
  }
  const [first] = chromium as [Member]
  await computeInTurn([first, chromium[1]!], 1)
  await expect.poll(jobRow).toMatchObject({ engineSensitive: 1, engineClass: 'v8-140' })
  const next = (await firefox.client.ask('return', { results: late, next: asks })).next
  expect(next).toMatchObject({ leases: [] })
  await expect
    .poll(async () => {
      await computeInTurn(chromium, 2)
      return jobRow()
    })
    .toMatchObject({ state: 'finished', engineClass: 'v8-140' })
  const decided = [...(await outputsOf(job))].filter(([key, value]) => value === says('v8-140')(Number(key)))
  expect(decided).toHaveLength(7)
  expect(struck()).toEqual([])
})

test('T2 one of an engine of its own who always differs is not struck, holds nothing up, and is kept from the job after three times', async () => {
  const crowd = await crowdOf({ 'v8-140': 1, 'spidermonkey-128': 1 })
  const alike = crowd.map(({ client }) => ({ client, compute: (input: number) => input }))
  const liar = (await members(app, 1, (input) => -input - 1, 'javascriptcore-18'))[0]!
  await app.submit(researcher, 12, { redundancy: { quorum: 2 } })
  const given = await computeInTurn([liar, ...alike], 1)
  expect(jobRow()).toMatchObject({ state: 'finished', engineSensitive: 1, engineClass: null, sameEngine: 0 })
  expect(struck()).toEqual([])
  expect(rows('SELECT count(*) AS n FROM Strike WHERE reverted = 2')).toEqual([{ n: 3 }])
  expect(given).toBe(2 * 12 + 3)
})

test('T2 T3 who is kept from the job is told so when something of it is open', async () => {
  const crowd = await crowdOf({ 'v8-140': 1, 'spidermonkey-128': 1 })
  const alike = crowd.map(({ client }) => ({ client, compute: (input: number) => input }))
  const liar = (await members(app, 1, (input) => -input - 1, 'javascriptcore-18'))[0]!
  const { job } = await researcher.ask('submit', {
    spec: jobSpec({ redundancy: { quorum: 2 } }),
    ...{ code: CODE, units: units(6), inputsComplete: false },
  })
  await computeInTurn([liar, ...alike], 1)
  const ask = async () => (await liar.client.ask('return', { results: [], next: asks })).next
  expect(await ask()).toMatchObject({ leases: [], reason: 'no-jobs' })
  await researcher.ask('add', { job, units: [{ ...units(7)[6]! }], inputsComplete: true })
  expect(await ask()).toMatchObject({ leases: [], reason: 'kept-away' })
})
