/** A job whose values depend on the engine, over Chromium, Firefox, WebKit and headless workers: nobody is struck for its engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connect, type DSage, type LocalWorker, worker } from '../../sdk/node.ts'
import type { DeviceRow, JobSnapshot, Page } from '../../sdk/protocol.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers, waitFor } from '../support/browsers/browsers.ts'

const missing = browsers.flatMap((engine) => engine.missing() ?? [])
let home: string
let server: ServerProcess
let d: DSage
const workers: LocalWorker[] = []
const opened: Browser[] = []

async function agree(browser: Browser): Promise<BrowserPage> {
  const tab = await browser.open(`${server.url}/volunteer`)
  await waitFor(tab, `document.querySelectorAll('input[type=checkbox]').length === 2`)
  await tab.evaluate(`document.querySelectorAll('input[type=checkbox]').forEach((box) => box.click())`)
  await tab.click('form button[type=submit]')
  return tab
}
async function devices(): Promise<readonly DeviceRow[]> {
  const answer = await fetch(`${server.url}/api/v1/devices?limit=100`)
  return ((await answer.json()) as Page<DeviceRow>).rows
}
const snapshotOf = async (job: string) => (await (await fetch(`${server.url}/api/v1/jobs/${job}`)).json()) as JobSnapshot

/** Two of each class that may be the one in which a job goes on: Chromium and the headless worker agree, being both V8. */
beforeAll(async () => {
  if (missing.length > 0) return
  home = mkdtempSync(join(tmpdir(), 'dsage-engines-'))
  server = await ServerProcess.start(home)
  d = await connect(server.url, { home })
  for (const name of ['one', 'two']) workers.push(await worker({ url: server.url, home: join(home, name), name }))
  for (const engine of [...browsers, browsers[0]!]) {
    const browser = await engine.launch()
    opened.push(browser)
    await agree(browser)
  }
  await vi.waitUntil(async () => (await devices()).filter(({ connected }) => connected).length === 6, { timeout: 60_000 })
}, 180_000)
afterAll(async () => {
  await d?.close()
  for (const each of workers) await each.stop()
  for (const browser of opened) await browser.close()
  await server?.stop()
  if (home) rmSync(home, { recursive: true, force: true })
}, 60_000)

const inputs = Array.from({ length: 40 }, (_, n) => n / 7 + 0.1)
/** No device is struck, and none is said to differ. */
async function expectNobodyStruck(): Promise<void> {
  for (const { engine, state } of await devices()) expect(['new', 'probation', 'trusted'], engine).toContain(state)
}

test('T2 T7 with portable Math all engines give the same bytes: six of six agree on every unit', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const bits = (x: number) => [Math.exp(x), Math.log(x), Math.hypot(x, 1.1), Math.cosh(x), x ** 7]
  const job = d.map(bits, inputs, { batch: 1, redundancy: { quorum: 6 }, ownDevices: false })
  expect(await job.wait()).toHaveLength(inputs.length)
  const rows = await devices()
  expect(new Set(rows.map(({ engine }) => engine.split('-')[0]))).toEqual(new Set(['v8', 'spidermonkey', 'javascriptcore']))
  expect(rows.map(({ agreed, disagreed }) => [agreed, disagreed])).toEqual(rows.map(() => [inputs.length, 0]))
  expect(await snapshotOf(job.id)).not.toHaveProperty('engineSensitive')
  await expectNobodyStruck()
}, 180_000)

test('T2 what the engine says of its own errors differs: the job is marked, goes on in one class and ends, and nobody is struck', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  // Some milliseconds, so that every device has its share.
  const message = (x: number) => {
    let spun = 3n
    for (let i = 0; i < 4000; i++) spun = (spun * spun + 1n) % 170141183460469231731687303715884105727n
    try {
      return (null as unknown as { field: number }).field + x
    } catch (error) {
      return `${(error as Error).message} ${x}`
    }
  }
  const job = d.map(
    message,
    Array.from({ length: 300 }, (_, n) => n),
    { batch: 1, redundancy: { quorum: 2 }, ownDevices: false },
  )
  const said = await job.wait()
  expect(new Set(said.map((text) => String(text).replace(/[\d.]+$/, ''))).size).toBe(1)
  expect(await snapshotOf(job.id)).toMatchObject({ state: 'finished', engineSensitive: true, engineClass: expect.stringMatching(/^v8-/) })
  await expectNobodyStruck()
}, 180_000)

/** Some milliseconds, so that every device has its share. */
const native = (x: number) => {
  let spun = 3n
  for (let i = 0; i < 4000; i++) spun = (spun * spun + 1n) % 170141183460469231731687303715884105727n
  return [Math.exp(x), Math.log(x), Math.hypot(x, 1.1), x ** 7]
}
const manyInputs = Array.from({ length: 300 }, (_, n) => n / 7 + 0.1)
const engineOf = ({ engine }: DeviceRow): string => engine.split('.')[0]!
/** How many results of each device are accepted. */
const agreedNow = async () => new Map((await devices()).map(({ device, agreed }) => [device, agreed]))

test('T2 T7 with the engine’s own Math a job keeps to one engine class, and nobody is struck', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const before = await agreedNow()
  const job = d.map(native, manyInputs, { batch: 1, redundancy: { quorum: 2 }, ownDevices: false, nativeMath: true })
  expect(await job.wait()).toHaveLength(manyInputs.length)
  const { state, engineClass, engineSensitive, units } = await snapshotOf(job.id)
  expect([state, units.sealed, engineSensitive]).toEqual(['finished', manyInputs.length, undefined])
  const worked = (await devices()).filter(({ device, agreed }) => agreed > before.get(device)!)
  expect(worked.length).toBeGreaterThanOrEqual(2)
  expect(new Set(worked.map(engineOf))).toEqual(new Set([engineClass]))
  await expectNobodyStruck()
}, 180_000)

test('T2 the same over all engines, were it not kept to one: it is marked, goes on in one class and ends, and nobody is struck', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const job = d.map(native, manyInputs, { batch: 1, redundancy: { quorum: 2 }, ownDevices: false, nativeMath: true })
  await expect.poll(() => job.status).toBeDefined()
  await job.pause()
  const beside = new BetterSqlite3(join(home, 'db', 'dsage.db'), { timeout: 10_000 })
  try {
    // No client can ask for this: the server keeps what computes with its engine's Math to one engine.
    beside.prepare('UPDATE Job SET sameEngine = 0, engineClass = NULL WHERE uid = ?').run(job.id)
    await job.resume()
    expect(await job.wait()).toHaveLength(manyInputs.length)
    expect(await snapshotOf(job.id)).toMatchObject({ state: 'finished', engineSensitive: true, engineClass: expect.stringMatching(/^v8-/) })
    expect(beside.prepare('SELECT count(*) AS n FROM Trust WHERE strikes > 0').get()).toEqual({ n: 0 })
    await expectNobodyStruck()
  } finally {
    beside.close()
  }
}, 180_000)
