import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { expect } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import { connect, type DSage } from '../../sdk/node.ts'
import type { JobEvent } from '../../sdk/protocol.ts'
import { isExcluded } from '../../server/core/exclusion.ts'
import { seeded } from './random.ts'
import { ServerProcess } from './server-process.ts'
import { SimulatedDevice } from './simulated-device.ts'

const UNITS = 2000
const HONEST = 32
/** How often constant liars lie. */
const RATES = [0.2, 0.3, 0.3, 0.5, 0.5, 1, 1]
/** Of the one that hits and runs. */
const RUN = { honestFor: 10, lies: 5 }
const right = (input: number): number => input * input + 1
/** What all liars say, so that they agree. */
const wrong = (input: number): number => -input - 1

/** Lies about the same inputs as every other liar whose rate is as high. */
const constant =
  (rate: number, seed: number) =>
  (input: number): number =>
    seeded(seed + input)() < rate ? wrong(input) : right(input)

function hitAndRun(): (input: number) => number {
  let computed = 0
  return (input) => {
    computed += 1
    return computed > RUN.honestFor && computed <= RUN.honestFor + RUN.lies ? wrong(input) : right(input)
  }
}

/** What is in the server's database, read beside it. */
interface Beside {
  rows(sql: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}
async function lookInto(home: string, databaseUrl?: string): Promise<Beside> {
  if (databaseUrl === undefined) {
    const file = new BetterSqlite3(join(home, 'db', 'dsage.db'), { readonly: true })
    return { rows: async (sql) => file.prepare(sql).all() as Record<string, unknown>[], close: async () => void file.close() }
  }
  const client = new pg.Client(databaseUrl)
  await client.connect()
  return { rows: async (sql) => (await client.query(sql)).rows, close: () => client.end() }
}

export interface Told {
  readonly wrong: number
  readonly sealed: number
  readonly sealedWrong: number
  readonly retracted: number
  readonly kills: readonly string[]
  readonly seconds: number
}
export interface Amidst {
  readonly databaseUrl?: string
  /** Kills the server three times, once while a strike is being undone. */
  readonly kills?: boolean
}

/** Kills the server twice at some time, and once while a strike is being undone. */
class Killer {
  readonly kills: string[] = []
  readonly #server: ServerProcess
  readonly #beside: Beside
  readonly #plans: { name: string; left: number }[]
  #stopped = false

  constructor(server: ServerProcess, beside: Beside, seed: number) {
    this.#server = server
    this.#beside = beside
    const random = seeded(seed)
    const looks = () => 20 + Math.floor(random() * 80)
    this.#plans = [
      { name: 'at some time', left: looks() },
      { name: 'while a strike was undone', left: 0 },
      { name: 'at some time', left: looks() },
    ]
  }

  async run(): Promise<void> {
    while (!this.#stopped && this.#plans.length > 0) {
      const plan = this.#plans[0]!
      if (!(await this.#isTime(plan))) continue
      this.#plans.shift()
      this.#server.kill()
      this.kills.push(plan.name)
      await this.#server.restart()
    }
  }

  stop(): void {
    this.#stopped = true
  }

  async #isTime(plan: { name: string; left: number }): Promise<boolean> {
    const isTimed = plan.name === 'at some time'
    const table = isTimed ? 'SELECT count(*) AS many FROM "Strike"' : 'SELECT count(*) AS many FROM "Strike" WHERE "undoneRow" IS NOT NULL'
    const [row] = await this.#beside.rows(table)
    await new Promise((resolve) => setImmediate(resolve))
    return isTimed ? Number(row?.many) > 0 && plan.left-- <= 0 : Number(row?.many) > 0
  }
}

/** Forty devices without accounts, eight of which collude, and a job of 2,000 units for a target error. */
export async function amongLiars(seed: number, targetError: number, { databaseUrl, kills = false }: Amidst = {}): Promise<Told> {
  const home = mkdtempSync(join(tmpdir(), 'dsage-liars-'))
  const server = await ServerProcess.start(home, databaseUrl)
  const beside = await lookInto(home, databaseUrl)
  const computes = [...Array.from({ length: HONEST }, () => right), ...RATES.map((rate) => constant(rate, seed)), hitAndRun()]
  const startedAt = performance.now()
  const devices = computes.map((compute) => new SimulatedDevice({ url: server.url, compute, most: 4, onMoment: () => {} }))
  const d = await connect(server.url, { home, answerTimeoutMs: 5000 })
  const killer = new Killer(server, beside, seed)
  try {
    const inputs = Array.from({ length: UNITS }, (_, i) => i)
    const options = { batch: 1, redundancy: { targetError }, ownDevices: false, timeout: 5 } as const
    const job = d.map((input: number) => input * input + 1, inputs, options)
    const killing = kills ? killer.run() : Promise.resolve()
    const values = await job.wait()
    killer.stop()
    await killing
    const read = await onceStill(d, job.id, beside)
    const events = await eventsOf(d, job.id)
    const told = tally(events)
    expect(sumsOf(events), 'what the events say where every unit has a result').toContain(sum(values))
    expect(read, 'what the job gives whoever asks for it once more').toEqual(inputs.map((input) => told.values.get(input)))
    await expectOnlyLiarsStruck(beside, devices)
    return { ...told, kills: killer.kills, seconds: (performance.now() - startedAt) / 1000 }
  } finally {
    killer.stop()
    for (const device of devices) device.close()
    await d.close()
    await beside.close()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** What the job gives when nothing is out of it any more: an audit that comes when it has finished may let it run again. */
async function onceStill(d: DSage, job: string, beside: Beside): Promise<unknown> {
  for (;;) {
    const values = await (await d.job(job)).wait()
    const [row] = await beside.rows(`SELECT (SELECT count(*) FROM "Lease" WHERE state = 'issued')
      + (SELECT count(*) FROM "Strike" WHERE "undoneRow" IS NOT NULL) + (SELECT count(*) FROM "Job" WHERE state <> 'finished') AS many`)
    if (Number(row?.many) === 0) return values
  }
}

/** Sums of all results at every event after which each unit has one: what is found out when the job has finished may re-open it. */
function sumsOf(events: readonly JobEvent[]): number[] {
  const values = new Map<string, number>()
  let total = 0
  return events.flatMap(({ key, output }) => {
    const value = output ? resultIn(output) : undefined
    total += (value ?? 0) - (values.get(key) ?? 0)
    if (value === undefined) values.delete(key)
    else values.set(key, value)
    return values.size === UNITS ? [total] : []
  })
}
const resultIn = (output: Uint8Array): number => (decode(output) as [{ value: number }])[0].value
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** All of them, which are gapless and fold to what the job says of its units. */
async function eventsOf(d: DSage, job: string): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  for (;;) {
    const page = await d.connection.request('events', { job, after: events.length, limit: 1000 })
    events.push(...page.events)
    if (page.events.length > 0) continue
    expect(events.map(({ n }) => n)).toEqual(events.map((_, i) => i + 1))
    const last = [...new Map(events.map((event) => [event.key, event])).values()]
    const count = (kind: string) => last.filter((event) => event.kind === kind).length
    expect(page.snapshot).toMatchObject({
      state: 'finished',
      units: { open: 0, accepted: count('accepted'), sealed: count('sealed'), failed: 0 },
    })
    return events
  }
}

function tally(events: readonly JobEvent[]) {
  const last = new Map(events.map((event) => [Number(event.key), event]))
  const values = new Map([...last].map(([input, { output }]) => [input, resultIn(output!)]))
  expect(values.size).toBe(UNITS)
  const isWrong = (input: number): boolean => values.get(input) !== right(input)
  const sealed = [...last].filter(([, { kind }]) => kind === 'sealed').map(([input]) => input)
  return {
    values,
    wrong: [...last.keys()].filter(isWrong).length,
    sealed: sealed.length,
    sealedWrong: sealed.filter(isWrong).length,
    retracted: events.filter(({ kind }) => kind === 'retracted').length,
  }
}

/** Constant liars were struck, and of the honest nobody is kept from the job. */
async function expectOnlyLiarsStruck(beside: Beside, devices: readonly SimulatedDevice[]): Promise<void> {
  const rows =
    await beside.rows(`SELECT d.uid, d.state, t.strikes, t.checked, (SELECT count(*) FROM "Lease" l JOIN "WorkUnit" u ON u.id = l."unitId"
    WHERE l."trustId" = t.id AND l.state = 'disagreed' AND u.state = 'sealed') AS outvoted
    FROM "Device" d JOIN "Trust" t ON t."deviceId" = d.id`)
  const known = new Map(rows.map((row) => [row.uid, row]))
  const trustOf = ({ device }: SimulatedDevice) => {
    const row = known.get(device)
    return { state: row?.state, strikes: Number(row?.strikes), checked: Number(row?.checked), outvoted: Number(row?.outvoted) }
  }
  const struck = devices.slice(HONEST, HONEST + RATES.length).map(trustOf)
  // Who lies once in five passes ten checks one time in nine, and all audits of a short job one time in forty.
  const escaped = RATES.filter((_, i) => struck[i]!.strikes === 0)
  expect(
    escaped.filter((rate) => rate >= 0.5),
    'rates of liars that nobody struck',
  ).toEqual([])
  expect(escaped.length, 'liars that nobody struck').toBeLessThanOrEqual(1)
  expect(
    struck.filter(({ strikes, outvoted }) => strikes === 0 && outvoted > 0),
    'liars that were found out and not struck',
  ).toEqual([])
  const honest = devices.slice(0, HONEST).map(trustOf)
  expect(
    honest.filter((trust) => isExcluded(trust) || trust.state === 'banned'),
    'honest devices that are kept from work',
  ).toEqual([])
  expect(
    [...honest, ...struck].filter(({ state }) => state === 'banned'),
    'banned by one job',
  ).toEqual([])
}

/** What may be wrong of what a run delivered. */
export function expectWithin({ wrong, sealedWrong }: Told, targetError: number): void {
  const [most, mostSealed] = targetError >= 1e-2 ? [UNITS * targetError, 2] : [0, 0]
  expect(wrong, 'wrong results delivered').toBeLessThanOrEqual(most)
  expect(sealedWrong, 'wrong results sealed').toBeLessThanOrEqual(mostSealed)
}

/** Drawn at run time; printed with what became of them. */
export const liarSeeds = (count: number): number[] => Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 31))

export const inWords = ({ wrong, sealed, sealedWrong, retracted, kills, seconds }: Told): string =>
  `${wrong} wrong, ${sealed} sealed, ${sealedWrong} of them wrong, ${retracted} retracted, ${seconds.toFixed(1)} s${kills.length > 0 ? `, killed ${kills.join(', ')}` : ''}`
