/** A crowd of strangers: a tab of each engine on the portal's own page, and a headless worker, over a real server that may be killed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { isPrime } from '../../sdk/math/primality.ts'
import { connect, DistributedFactor, type DSage, type LocalWorker, worker } from '../../sdk/node.ts'
import type { DeviceRow, Page } from '../../sdk/protocol.ts'
import { seeded } from '../simulation/random.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers, waitFor } from '../support/browsers/browsers.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { VolunteerPage } from '../support/volunteer-page/volunteer-page.ts'

const missing = browsers.flatMap((engine) => engine.missing() ?? [])
const strangers = { redundancy: { quorum: 2 }, ownDevices: false } as const
let home: string
let server: ServerProcess
let headless: LocalWorker
let d: DSage
const opened: Browser[] = []
const tabs: BrowserPage[] = []

/** What a newcomer does: opens the page, reads, ticks both boxes, agrees. */
async function agree(browser: Browser, url = server.url): Promise<BrowserPage> {
  const tab = await browser.open(`${url}/volunteer`)
  await waitFor(tab, `document.querySelectorAll('input[type=checkbox]').length === 2`)
  await tab.evaluate(`document.querySelectorAll('input[type=checkbox]').forEach((box) => box.click())`)
  await tab.click('form button[type=submit]')
  return tab
}

async function devices(): Promise<readonly DeviceRow[]> {
  const answer = await fetch(`${server.url}/api/v1/devices?limit=100`)
  return ((await answer.json()) as Page<DeviceRow>).rows
}

beforeAll(async () => {
  if (missing.length > 0) return
  home = mkdtempSync(join(tmpdir(), 'dsage-crowd-'))
  server = await ServerProcess.start(home)
  d = await connect(server.url, { home })
  headless = await worker({ url: server.url, home: join(home, 'elsewhere'), name: 'stranger' })
  for (const engine of browsers) {
    const browser = await engine.launch()
    opened.push(browser)
    tabs.push(await agree(browser))
  }
  await vi.waitUntil(async () => (await devices()).filter(({ connected }) => connected).length === 4, { timeout: 30_000 })
}, 120_000)
afterAll(async () => {
  await d?.close()
  await headless?.stop()
  for (const browser of opened) await browser.close()
  await server?.stop()
  if (home) rmSync(home, { recursive: true, force: true })
}, 60_000)

/** A few milliseconds of exact arithmetic, the same everywhere. */
function spin(n: number): bigint {
  let x = BigInt(n) + 3n
  for (let i = 0; i < 4000; i++) x = (x * x + 1n) % 170141183460469231731687303715884105727n
  return x
}
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** It starts another server and three more tabs. */
const alsoHere = LONG_TESTS ? test : () => {}
const UNITS = LONG_TESTS ? 500 : 150

test('U6 many units at quorum 2 end right over Chromium, Firefox, WebKit and a headless worker, and all four share in it', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const before = new Map((await devices()).map(({ device, agreed }) => [device, agreed]))
  expect(await d.map(spin, numbers(UNITS), { batch: 1, ...strangers }).wait()).toEqual(numbers(UNITS).map(spin))
  const rows = await devices()
  expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['browser', 'browser', 'browser', 'headless'])
  expect(new Set(rows.map(({ engine }) => engine.split('-')[0]))).toEqual(new Set(['v8', 'spidermonkey', 'javascriptcore']))
  for (const { device, agreed, disagreed } of rows) {
    expect(agreed - (before.get(device) ?? 0)).toBeGreaterThan(0)
    expect(disagreed).toBe(0)
  }
}, 120_000)

/** Of each of the two primes; the long tests run this file too. */
const DIGITS = LONG_TESTS ? 20 : 15

test(`U6 they factor a number of ${2 * DIGITS} digits`, async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const seed = Date.now() % 1_000_000
  process.stderr.write(`seed ${seed}\n`)
  const random = seeded(seed)
  const prime = (): bigint => {
    for (;;) {
      const candidate = 10n ** BigInt(DIGITS - 1) + BigInt(Math.floor(random() * 1e4 ** (DIGITS / 5))) * 8n + 1n
      if (isPrime(candidate)) return candidate
    }
  }
  const [p, q] = [prime(), prime()].toSorted((a, b) => Number(a - b)) as [bigint, bigint]
  const { primes } = await new DistributedFactor(d, p * q, { distributeFrom: 0, ...strangers }).wait()
  expect(primes.map(({ value }) => value)).toEqual([p, q])
}, 180_000)

test('U7 a patched tab that lies is outvoted', async (context) => {
  context.skip(missing.length > 0, missing.join(' '))
  const page = await VolunteerPage.start(Number(new URL(server.url).port), { lies: true })
  const liar = await opened[0]!.open(page.url())
  try {
    await liar.evaluate('volunteer.start()')
    await waitFor(liar, 'volunteer.snapshot.connected')
    expect(await d.map(spin, numbers(120), { batch: 1, ...strangers }).wait()).toEqual(numbers(120).map(spin))
    const id = await liar.evaluate('volunteer.snapshot.device')
    const row = (await devices()).find(({ device }) => device === id)
    expect(row).toMatchObject({ agreed: 0, disagreed: expect.toSatisfy((times: number) => times > 0) })
  } finally {
    await liar.close()
    await page.close()
  }
}, 120_000)

alsoHere(
  'U8 a server that is killed and started again finds its tabs again, without a click, and the job ends right',
  async (context) => {
    context.skip(missing.length > 0, missing.join(' '))
    const before = new Set((await devices()).filter(({ connected }) => connected).map(({ device }) => device))
    const job = d.map(spin, numbers(300), { batch: 1, ...strangers })
    await expect.poll(() => job.status?.units.sealed ?? 0).toBeGreaterThan(50)
    server.kill()
    await server.restart()
    expect(await job.wait()).toEqual(numbers(300).map(spin))
    const connected = async () => new Set((await devices()).filter((row) => row.connected).map(({ device }) => device))
    await expect.poll(connected).toEqual(before)
  },
  120_000,
)

alsoHere(
  'U9 with the sandbox served from another site tabs of all three engines compute',
  async (context) => {
    context.skip(missing.length > 0, missing.join(' '))
    const elsewhere = mkdtempSync(join(tmpdir(), 'dsage-site-'))
    const other = await ServerProcess.start(elsewhere, undefined, (port) => ({ DSAGE_SANDBOX_ORIGIN: `http://localhost:${port}` }))
    const researcher = await connect(other.url, { home: elsewhere })
    const here: BrowserPage[] = []
    try {
      for (const loader of ['blob', 'data']) {
        const { status, headers } = await fetch(`${other.url}/sandbox/${loader}.html`, { redirect: 'manual' })
        expect([status, headers.get('location')]).toEqual([307, `${other.url.replace('127.0.0.1', 'localhost')}/sandbox/${loader}.html`])
      }
      for (const browser of opened) here.push(await agree(browser, other.url))
      const job = researcher.map(spin, numbers(30), { batch: 1, redundancy: { quorum: 3 }, ownDevices: false })
      expect(await job.wait()).toEqual(numbers(30).map(spin))
    } finally {
      for (const tab of here) await tab.close()
      await researcher.close()
      await other.stop()
      rmSync(elsewhere, { recursive: true, force: true })
    }
  },
  120_000,
)
