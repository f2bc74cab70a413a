import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Hello } from '../../sdk/protocol.ts'
import { PlatformError } from '../../server/errors.ts'
import { Live } from '../../server/live.ts'
import { ANSWER_MS, Speakers } from '../../server/speakers.ts'
import { makeWorker } from '../../web-worker-client/headless/worker.ts'
import type { Engine } from '../../web-worker-client/index.ts'
import { asks, helloOf, result, TestApp, type Volunteer } from '../support/app.ts'
import { BreakingLine } from '../support/breaking-line.ts'
import { ManualTimers } from '../support/manual-timers.ts'

let app: TestApp
let second: TestApp | undefined
let line: BreakingLine
let folder: string
let engines: Engine[]
let said: string[]
beforeAll(async () => {
  app = await TestApp.start()
  line = await BreakingLine.to(app.port)
})
afterAll(async () => {
  await line.close()
  await second?.close()
  await app.close()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsage-copies-'))
  engines = []
  said = []
})
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()))
  rmSync(folder, { recursive: true, force: true })
})

/** A socket at whose end somebody is. */
async function answering(hello: Partial<Hello> = {}): Promise<Volunteer & { asked: number }> {
  const client = Object.assign(await app.stranger(), { asked: 0 })
  client.socket.off('alive').on('alive', (answer: () => void) => {
    client.asked += 1
    answer()
  })
  return Object.assign(client, { welcome: await client.ask('hello', helloOf(hello)) })
}

/** A real headless worker with its files in a home of that name. */
async function work(home: string, url = line.url): Promise<Engine> {
  const spawn = () => ({ run: () => new Promise<undefined>(() => {}), abort: () => {}, close: async () => {} })
  const log = { info: () => {}, warn: (sentence: string) => void said.push(sentence) }
  const engine = await makeWorker({ url, threads: 1, name: 'desk', home: join(folder, home), log, spawn })
  engines.push(engine)
  await engine.start()
  await welcomed(engine)
  return engine
}
const welcomed = (engine: Engine): Promise<void> => expect.poll(() => engine.snapshot.connected).toBe(true)
/** Waits until it is welcomed again; the time that the server waits for an answer on the broken line passes meanwhile. */
async function back(engine: Engine): Promise<void> {
  await expect.poll(() => engine.snapshot.connected).toBe(false)
  const look = () => {
    if (!engine.snapshot.connected) app.timers.advance(ANSWER_MS / 4)
    return engine.snapshot.connected
  }
  await expect.poll(look).toBe(true)
}
const idOf = (engine: Engine): string => engine.snapshot.device!
const keptBy = (home: string): string =>
  (Object.values(JSON.parse(readFileSync(join(folder, home, 'device-desk.json'), 'utf8'))) as { id: string }[])[0]!.id

function rows(sql: string): Record<string, unknown>[] {
  const beside = new BetterSqlite3(app.file, { timeout: 20_000 })
  try {
    if (!sql.startsWith('SELECT')) beside.exec(sql)
    return sql.startsWith('SELECT') ? (beside.prepare(sql).all() as Record<string, unknown>[]) : []
  } finally {
    beside.close()
  }
}

test('V46 while the device answers, each copy of its secret is a device of its own, with its account and without its trust', async () => {
  const original = await answering({ session: await app.session() })
  const { device } = original.welcome
  rows('UPDATE Trust SET checks = 12')
  await app.submit(await app.researcher(), 3, { redundancy: { quorum: 2 } })
  const { leases } = await original.ask('lease', { ...asks, most: 1 })
  const copies = []
  for (const session of [await app.session(), undefined])
    copies.push(await answering({ device, held: [leases[0]!.lease], ...(session && { session }) }))
  expect(copies.map(({ welcome }) => [welcome.copyOf, welcome.held, welcome.own])).toEqual([
    [device.id, [], true],
    [device.id, [], false],
  ])
  expect(new Set([original, ...copies].map(({ welcome }) => welcome.device.id)).size).toBe(3)
  const trustOf = ({ welcome }: Volunteer) =>
    rows(
      `SELECT accountId IS NOT NULL AS owned, checks FROM Device JOIN Trust ON deviceId = Device.id WHERE uid = '${welcome.device.id}'`,
    )[0]
  expect([original, ...copies].map(trustOf)).toEqual([
    { owned: 1, checks: 12 },
    { owned: 1, checks: 0 },
    { owned: 0, checks: 0 },
  ])
  // Whoever stole it has pushed nobody off, nor taken what was leased.
  expect([original.socket.connected, original.refused]).toEqual([true, []])
  expect((await original.ask('return', { results: [result(leases[0]!)] })).outcomes).toEqual(['recorded'])
  const again = await answering({ device: copies[1]!.welcome.device })
  expect(again.welcome.copyOf).toBe(copies[1]!.welcome.device.id)
})

test('V46 a socket that ends while it is asked was the same device’s, and nothing more is waited for', async () => {
  const older = await answering()
  older.socket.off('alive').on('alive', () => older.close())
  const { welcome } = await answering({ device: older.welcome.device })
  expect(welcome).toEqual({ device: older.welcome.device, own: false, held: [] })
})

test('V46 of a dozen copies that come at once one is the device', async () => {
  const { device } = (await app.volunteer()).welcome
  const copies = await Promise.all(Array.from({ length: 12 }, () => answering({ device })))
  expect(copies.filter(({ welcome }) => welcome.device.id === device.id)).toHaveLength(1)
  expect(new Set(copies.map(({ welcome }) => welcome.device.id)).size).toBe(12)
  expect(copies.filter(({ socket }) => socket.connected)).toHaveLength(12)
})

test('V46 so many wait for each other and no more, and who only knows the id of a device neither waits nor has it asked', async () => {
  const speakers = new Speakers(new Live(new ManualTimers()), new ManualTimers(), () => {})
  const { promise, resolve } = Promise.withResolvers<void>()
  const waiting = Array.from({ length: 16 }, () => speakers.inTurn('one', () => promise))
  const refused = await speakers.inTurn('one', () => promise).catch((error: PlatformError) => error)
  expect(refused).toBeInstanceOf(PlatformError)
  expect(refused).toMatchObject({ code: 'server-busy', retryAfterMs: 5000 })
  expect(await speakers.inTurn('another', async () => 'at once')).toBe('at once')
  resolve()
  await Promise.all(waiting)
  expect(await speakers.inTurn('one', async () => 'again')).toBe('again')

  const original = await answering()
  const guess = { device: { ...original.welcome.device, secret: 'guessed' } }
  const stranger = await app.stranger()
  expect(await stranger.say('hello', helloOf(guess))).toMatchObject({ error: { code: 'wrong-device-secret' } })
  expect(original.asked).toBe(0)
  await stranger.ask('hello', helloOf({ device: original.welcome.device }))
  expect(original.asked).toBe(1)
})

test('V46 a device that another server asks for stays while its socket answers, and is there from then on where none does', async () => {
  const timers = new ManualTimers()
  const live = new Live(timers)
  const speakers = new Speakers(live, timers, () => {})
  const moved: number[] = []
  let ended = 0
  speakers.onElsewhere(
    async () => false,
    (device) => moved.push(device),
  )
  const link = { device: 'one', threads: 1, supersede: () => void (ended += 1), revoke: () => {}, dismiss: () => {} }
  const leave = live.connect(1, { ...link, ask: (hear) => hear(true) })
  expect([await speakers.speaksHere(1), moved, ended]).toEqual([true, [], 0])
  leave()
  live.connect(1, { ...link, ask: () => {} })
  const asked = speakers.speaksHere(1)
  timers.advance(ANSWER_MS)
  expect([await asked, moved, ended]).toEqual([false, [1], 1])
  expect([await speakers.speaksHere(2), moved]).toEqual([false, [1, 2]])
})

test('V46 a worker whose home was copied goes on as a new device, says so, keeps that, and both stay who they are', async () => {
  const first = idOf(await work('home'))
  await expect.poll(() => keptBy('home')).toBe(first)
  cpSync(join(folder, 'home'), join(folder, 'copy'), { recursive: true })
  const copy = await work('copy')
  expect(copy.snapshot).toMatchObject({ connected: true, copyOf: first })
  expect(idOf(copy)).not.toBe(first)
  expect(said).toEqual([expect.stringMatching(new RegExp(`^Device ${first} is at work elsewhere .* the new device ${idOf(copy)}, `))])
  await expect.poll(() => keptBy('copy')).toBe(idOf(copy))
  await Promise.all(engines.map((engine) => engine.stop()))
  const [again, first2] = [await work('copy'), await work('home')]
  expect([idOf(again), again.snapshot.copyOf, idOf(first2)]).toEqual([idOf(copy), undefined, first])
})

test('V46 a worker whose line breaks, that is started anew, killed, or whose server is, stays the same device', async () => {
  const engine = await work('home')
  const id = idOf(engine)
  await expect.poll(() => keptBy('home')).toBe(id)
  for (let break_ = 0; break_ < 3; break_++) {
    line.breakOff()
    await back(engine)
  }
  expect(idOf(engine)).toBe(id)
  await engine.stop()
  const restarted = await work('home')
  // Killed: its files are there, and the server has not noticed.
  line.breakOff()
  void restarted.stop()
  second = await TestApp.start({ store: app.store })
  line.leadsTo = second.port
  const anew = await work('home')
  line.leadsTo = app.port
  line.breakOff()
  await back(anew)
  expect([restarted, anew].map(idOf)).toEqual([id, id])
  expect([engine, restarted, anew].map(({ snapshot }) => snapshot.copyOf)).toEqual([undefined, undefined, undefined])
})
