import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decodeOutputs } from '../../sdk/codec.ts'
import { type JobSpec, LIMITS } from '../../sdk/protocol.ts'
import type { VolunteerSnapshot } from '../../web-worker-client/index.ts'
import { type Researcher, TestApp, TOKEN, units } from '../support/app.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers, waitFor } from '../support/browsers/browsers.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { realTimers } from '../support/real-timers.ts'
import { jobSpec } from '../support/store-kit.ts'
import { VolunteerPage } from '../support/volunteer-page/volunteer-page.ts'

let app: TestApp
let page: VolunteerPage
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start({ timers: realTimers })
  page = await VolunteerPage.start(app.port)
  researcher = await app.researcher()
})
afterAll(async () => {
  await page.close()
  await app.close()
})

/** Submits `code` over `count` inputs 0, 1, 2 …; its id. */
async function submit(code: string, count: number, change: Partial<JobSpec> = {}): Promise<string> {
  const bytes = Buffer.from(code)
  const spec = jobSpec({ redundancy: 'none', bundle: createHash('sha256').update(bytes).digest('hex'), ...change })
  await researcher.ask('submit', { spec, code: bytes, units: units(count), inputsComplete: true })
  return spec.job
}

async function isFinished(job: string): Promise<boolean> {
  const { body } = await app.get(`/api/v1/jobs/${job}`)
  return body.state === 'finished'
}

async function valuesOf(job: string): Promise<unknown[]> {
  await expect.poll(() => isFinished(job), { timeout: 20_000 }).toBe(true)
  const { events } = await researcher.ask('events', { job, after: 0, limit: 1000 })
  const done = events.filter(({ output }) => output !== undefined)
  const byKey = new Map(done.map(({ key, output }) => [Number(key), decodeOutputs(output!)[0]]))
  return [...byKey].sort(([a], [b]) => a - b).map(([, item]) => (item as { value: unknown }).value)
}

const snapshotOf = async (tab: BrowserPage) => (await tab.evaluate('volunteer.snapshot')) as VolunteerSnapshot
const SLOW = 'export const work = async (x, ctx) => { for (;;) await ctx.tick() }'
const SAYING = `export const work = async (x, ctx) => { ctx.progress(0.25, 'a\\u0007 quarter'); for (;;) await ctx.tick() }`

describe.each(browsers)('$name', (engine) => {
  /** What hangs little on the engine is tried in all three by the long tests. */
  const alsoHere = LONG_TESTS || engine.name === 'chromium' ? test : () => {}

  let browser: Browser | undefined
  const tabs: BrowserPage[] = []
  beforeAll(async () => {
    if (engine.missing() === undefined) browser = await engine.launch()
  })
  afterEach(async () => {
    page.blocksSockets = false
    for (const tab of tabs.splice(0)) await tab.close()
  })
  afterAll(() => browser?.close())

  async function open(threads = 1): Promise<BrowserPage> {
    const tab = await browser!.open(page.url(threads))
    tabs.push(tab)
    return tab
  }
  async function lend(threads = 1): Promise<BrowserPage> {
    const tab = await open(threads)
    await tab.evaluate('volunteer.start()')
    return tab
  }

  test(`U1 X18 a tab of ${engine.name} computes a job in its sandbox and says for whom and how far it is`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const tab = await lend(2)
    await waitFor(tab, 'volunteer.snapshot.connected')
    const job = await submit('export const work = (x) => x * x', 20)
    expect(await valuesOf(job)).toEqual(Array.from({ length: 20 }, (_, x) => x * x))
    await waitFor(tab, 'volunteer.snapshot.counters.recorded === 20')
    expect(await tab.evaluate('results.length')).toBe(20)
    const slow = await submit(SAYING, 1, { purpose: 'to be seen' })
    await waitFor(tab, 'volunteer.snapshot.threads.some((thread) => thread?.progress)')
    const shown = { job: slow, purpose: 'to be seen', owner: 'owner', progress: { fraction: 0.25, note: 'a quarter' } }
    expect((await snapshotOf(tab)).threads.find((thread) => thread)).toMatchObject(shown)
    await researcher.ask('control', { job: slow, action: 'cancel' })
    await waitFor(tab, 'volunteer.snapshot.state.name === "idle"')
  })

  alsoHere(`X21 X22 a tab of ${engine.name} fetches a file of its job and gives it to the code`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const content = new Uint8Array(5_000_000).fill(7)
    const sha256 = createHash('sha256').update(content).digest('hex')
    for (let at = 0; at < content.length; at += LIMITS.filePieceBytes)
      await fetch(`${app.url}/api/v1/files/${sha256}?bytes=${content.length}&offset=${at}`, {
        ...{ method: 'POST', headers: { authorization: `Bearer ${TOKEN}` }, body: content.slice(at, at + LIMITS.filePieceBytes) },
      })
    const tab = await lend()
    const reading = `export const work = (x, ctx) => {
      const bytes = ctx.files.get('sevens')
      bytes[x] = 1
      return [bytes.length, bytes.reduce((sum, byte) => sum + byte, 0), ctx.files.names]
    }`
    const job = await submit(reading, 2, { files: [{ name: 'sevens', sha256, bytes: content.length }] })
    expect(await valuesOf(job)).toEqual(Array(2).fill([5_000_000, 35_000_000 - 6, ['sevens']]))
    const stored = `new Promise((resolve) => (indexedDB.open('dsage-files').onsuccess = ({ target }) => {
      target.result.transaction('pieces').objectStore('pieces').getAllKeys().onsuccess = ({ target }) => resolve(target.result)
    }))`
    expect(await tab.evaluate(stored)).toEqual([`${sha256}.0`, `${sha256}.1`])
  })

  alsoHere(`U2 a second tab of ${engine.name} waits and takes over, as the same device`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const tab = await lend()
    await waitFor(tab, 'volunteer.snapshot.connected')
    const { device } = await snapshotOf(tab)
    await tab.evaluate('second.start()')
    await waitFor(tab, 'second.snapshot.trouble === "another-tab"')
    expect(await tab.evaluate('second.snapshot.connected')).toBe(false)
    await tab.evaluate('volunteer.stop()')
    await waitFor(tab, 'second.snapshot.connected && !second.snapshot.trouble')
    expect(await tab.evaluate('second.snapshot.device')).toBe(device)
  })

  if (LONG_TESTS)
    test(`U3 where sockets are blocked ${engine.name} says so, and goes on when they are not`, async (context) => {
      context.skip(engine.missing() !== undefined, engine.missing())
      page.blocksSockets = true
      const tab = await lend()
      await waitFor(tab, 'volunteer.snapshot.trouble === "network-blocks"', 20)
      expect(await snapshotOf(tab)).toMatchObject({ connected: false, state: { name: 'connecting' } })
      page.blocksSockets = false
      await waitFor(tab, 'volunteer.snapshot.connected && !volunteer.snapshot.trouble')
    })

  alsoHere(`U4 pausing, resuming, other threads and the end are obeyed in ${engine.name}`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const job = await submit(SLOW, 8)
    const tab = await lend(2)
    const running = 'volunteer.snapshot.threads.filter((thread) => thread).length'
    await waitFor(tab, `${running} === 2`)
    await tab.evaluate('volunteer.setThreads(3)')
    await waitFor(tab, `${running} === 3`)
    await expect(tab.evaluate('volunteer.setThreads(0)')).rejects.toThrow('integer')
    await tab.evaluate('volunteer.setThreads(1)')
    await waitFor(tab, `${running} === 1 && volunteer.snapshot.threads.length === 1`)
    await tab.evaluate('volunteer.pause()')
    await waitFor(tab, `${running} === 0 && volunteer.snapshot.state.name === 'paused' && volunteer.snapshot.queued === 0`)
    await tab.evaluate('volunteer.resume()')
    await waitFor(tab, `${running} === 1`)
    await tab.evaluate('volunteer.stop()')
    expect(await tab.evaluate('frames()')).toBe(0)
    await researcher.ask('control', { job, action: 'cancel' })
    expect(await snapshotOf(tab)).toMatchObject({ counters: { returned: 0 } })
  })

  test(`U5 what a closed tab of ${engine.name} computed is computed by another within two seconds`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const tab = await lend()
    await waitFor(tab, 'volunteer.snapshot.connected')
    const job = await submit(SLOW, 1)
    await waitFor(tab, 'volunteer.snapshot.threads[0]')
    const other = await app.volunteer()
    const asked = other.ask('lease', { threads: 1, seconds: 5, held: 0 })
    // Away to another page: WebKit keeps the one that was left, with its socket.
    await tab.goto('about:blank')
    const leftAt = performance.now()
    expect((await asked).leases).toHaveLength(1)
    expect(performance.now() - leftAt).toBeLessThan(2000)
    other.close()
    await researcher.ask('control', { job, action: 'cancel' })
  })
})
