import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MandelbrotZoom } from '../../sdk/functions/mandelbrot/mandelbrot-zoom.ts'
import { connect, type DSage } from '../../sdk/node.ts'
import type { ClusterStatus, Welcome } from '../../sdk/protocol.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { connectSocket, helloOf } from '../support/app.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { LOOKS, type Look, launchChromium, PortalPage } from '../support/portal/page.ts'
import { seedStrikes } from '../support/portal/seed-strikes.ts'

const missing = chromiumEngine.missing()
const alsoHere = LONG_TESTS ? test : () => {}
const home = mkdtempSync(join(tmpdir(), 'dsage-portal-'))

let server: ServerProcess
let browser: Browser
let d: DSage
let zoom: MandelbrotZoom
beforeAll(async () => {
  if (missing !== undefined) return
  ;[server, browser] = await Promise.all([ServerProcess.start(home), launchChromium()])
  d = await connect(server.url, { home })
  // One word suffices, so that the tab alone keeps it going.
  zoom = new MandelbrotZoom(d, { name: 'A zoom', purpose: 'To see it.', redundancy: 'none', visibility: 'public', pauseSeconds: 0.1 })
  zoom.start()
})
afterAll(async () => {
  await zoom?.stop()
  await d?.close()
  await browser?.close()
  await server?.stop()
  rmSync(home, { recursive: true, force: true })
})

const tokenOf = () => readFileSync(join(home, 'token'), 'utf8').trim()
const status = async () => (await (await fetch(`${server.url}/api/v1/status`)).json()) as ClusterStatus
const devicesOn = () => status().then(({ devicesConnected }) => devicesConnected)

/** Agrees to everything that is asked. */
async function agree({ page }: PortalPage): Promise<void> {
  for (const box of await page.getByRole('checkbox').all()) await box.check()
  await page.getByRole('button', { name: 'Agree and start' }).click()
}
const finished = async ({ page }: PortalPage) => Number(await page.locator('dt:text-is("Units finished") + dd').innerText())
/** Resolves when the tab has finished more units than now. */
async function computesMore(portal: PortalPage): Promise<void> {
  const before = await finished(portal)
  await expect.poll(() => finished(portal), { timeout: 30_000 }).toBeGreaterThan(before)
}
async function volunteer(look?: Look): Promise<PortalPage> {
  const portal = await PortalPage.open(browser, server.url, look)
  await portal.goto('/volunteer')
  await agree(portal)
  await computesMore(portal)
  return portal
}

test('P4 nothing runs before consent, nothing is ticked, and one tick is not enough', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await PortalPage.open(browser, server.url)
  await portal.goto('/')
  await portal.page.getByRole('link', { name: 'Lend my computer' }).click()
  const boxes = portal.page.getByRole('checkbox')
  await boxes.first().waitFor()
  expect(await boxes.evaluateAll((all) => all.map((box) => (box as HTMLInputElement).checked))).toEqual([false, false])
  await boxes.first().check()
  await portal.page.getByRole('button', { name: 'Agree and start' }).click()
  await portal.page.getByRole('alert').getByText('Tick both boxes').waitFor()
  expect([portal.page.workers().length, await devicesOn()]).toEqual([0, 0])
  await boxes.last().check()
  await portal.page.getByRole('button', { name: 'Agree and start' }).click()
  await computesMore(portal)
  expect(portal.complaints).toEqual([])
  await portal.close()
})

alsoHere('P4 consent is remembered over a reload, asked again when it changes, and can be withdrawn', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  await portal.page.reload()
  await computesMore(portal)
  await portal.page.getByRole('button', { name: 'Withdraw my consent' }).click()
  await portal.page.getByRole('button', { name: 'Agree and start' }).waitFor()
  await expect.poll(devicesOn).toBe(0)
  await portal.page.reload()
  await agree(portal)
  await computesMore(portal)
  await portal.page.evaluate(() => localStorage.setItem('dsage.consent', JSON.stringify({ version: 0, at: 1 })))
  await portal.page.reload()
  await portal.page.getByText('These terms have changed').waitFor()
  await expect.poll(devicesOn).toBe(0)
  expect(portal.page.workers()).toEqual([])
  await portal.close()
})

alsoHere(
  'V46 P5 a browser whose profile was copied says that it is a new device from now on, and is that one after a reload',
  async (context) => {
    context.skip(missing !== undefined, missing)
    const portal = await volunteer()
    const identity = (): Promise<Welcome['device']> =>
      portal.page.evaluate(
        () =>
          new Promise((resolve) => {
            const opening = indexedDB.open('dsage-identity')
            opening.onsuccess = () => {
              const asking = opening.result.transaction('devices').objectStore('devices').get(location.origin)
              asking.onsuccess = () => resolve(asking.result)
            }
          }),
      )
    const device = await identity()
    await portal.page.goto('about:blank')
    const original = await connectSocket(`${server.url}/volunteer`)
    original.on('alive', (answer: () => void) => answer())
    expect(await original.emitWithAck('hello', helloOf({ device }))).toMatchObject({ ok: { device } })
    await portal.goto('/volunteer')
    const copied = portal.page.getByText(`a copy of the identity of device ${device.id.slice(0, 8)},`)
    await copied.waitFor()
    await computesMore(portal)
    const anew = await identity()
    expect(anew.id).not.toBe(device.id)
    expect(await portal.flaws('volunteer-copy')).toEqual([])
    await portal.page.reload()
    await computesMore(portal)
    expect([await identity(), await copied.count()]).toEqual([anew, 0])
    original.disconnect()
    await portal.close()
  },
)

test('P4 a pause is kept over a reload, and ends at a click', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  await portal.page.getByRole('button', { name: 'Pause' }).click()
  await portal.page.getByText('Paused. Nothing runs until you resume.').waitFor()
  await portal.page.reload()
  await portal.page.getByText('Paused. Nothing runs until you resume.').waitFor()
  expect(portal.page.workers()).toEqual([])
  await portal.page.getByRole('button', { name: 'Resume' }).click()
  await computesMore(portal)
  await portal.close()
})

test('P4 what a thread computes is said with its purpose and for whom, and what was done here is framed in the picture', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  const thread = portal.page.locator('main ol li').first()
  await thread.getByRole('link', { name: 'A zoom' }).waitFor()
  expect(await thread.innerText()).toMatch(/Thread 1.*A zoom.*for \S+.*To see it\./s)
  await portal.page.getByText(/tiles, \d+ of them by this tab/).waitFor()
  await portal.close()
})

alsoHere('P4 X18 how far the code of a thread says it is stands beside it as a bar and in its words', async (context) => {
  context.skip(missing !== undefined, missing)
  const bundle = `export const work = async (x, ctx) => { ctx.progress(0.42, 'looking\\u0007 for \\u202efactors'); for (;;) await ctx.tick() }`
  const job = d.map({ bundle }, [1], { name: 'Says how far', redundancy: 'none', priority: 5 })
  const portal = await volunteer()
  const thread = portal.page.locator('main ol li').filter({ hasText: 'Says how far' })
  await thread.getByText('42%, looking for factors').waitFor()
  expect(await thread.getByRole('progressbar').evaluate((bar) => (bar as HTMLProgressElement).value)).toBe(0.42)
  expect(await portal.flaws('volunteer-progress')).toEqual([])
  await job.kill()
  await portal.close()
})

test.skipIf(missing !== undefined).each(LONG_TESTS ? LOOKS : LOOKS.slice(1))(
  'P2 axe finds nothing on the page of a tab that computes, that is paused, and whose server is away: $width px, $scheme',
  async (look) => {
    const portal = await volunteer(look)
    expect(await portal.flaws('volunteer')).toEqual([])
    await portal.page.getByRole('button', { name: 'Pause' }).click()
    await portal.page.getByText('Paused. Nothing runs until you resume.').waitFor()
    expect(await portal.flaws('volunteer-paused')).toEqual([])
    server.freeze()
    await portal.page.locator('header [data-state="lost"]').waitFor()
    expect(await portal.flaws('volunteer-lost')).toEqual([])
    server.thaw()
    await portal.page.locator('header [data-state="live"]').waitFor()
    await portal.close()
  },
)

async function showStrikes(look: Look): Promise<void> {
  const portal = await volunteer(look)
  const { page } = portal
  const device = await page.evaluate(() => JSON.parse(localStorage.getItem('dsage.device')!) as string)
  seedStrikes(join(home, 'db', 'dsage.db'), device, zoom.id!, '<b>7</b>')
  await page.getByText('It is suspect since its last strike').waitFor()
  await page.getByText('"<b>7</b>"').waitFor()
  expect(await portal.flaws('volunteer-strikes')).toEqual([])
  await page.getByLabel('Say something against a strike or a ban').fill('It was the memory.\nI have replaced it.')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('The owner of this server can read it now.').waitFor()
  await page.getByText('You have said:').waitFor()
  const admin = await PortalPage.open(browser, server.url, look)
  await admin.goto('/admin')
  await admin.page.getByLabel('Home token').fill(tokenOf())
  await admin.page.getByRole('button', { name: 'Open' }).click()
  const row = admin.page.locator('li', { hasText: device.slice(0, 8) })
  await row.getByText('It was the memory.').waitFor()
  await row.getByText('Trust and strikes').click()
  await row.getByText('Taken back').waitFor()
  await Promise.all([portal.close(), admin.close()])
}

alsoHere(
  'P11 a tab says what its word counts, each strike with both answers, and what its person says against it reaches the admin',
  async (context) => {
    context.skip(missing !== undefined, missing)
    await showStrikes(LOOKS[1]!)
  },
)

alsoHere('P11 the same on a wide window in the light', async (context) => {
  context.skip(missing !== undefined, missing)
  await showStrikes(LOOKS[0]!)
})

test('P5 a second tab of one browser says that another computes, and takes over when that is closed', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  const second = await portal.context.newPage()
  await second.goto(`${server.url}/volunteer`)
  await second.getByText('Another tab of this browser computes already.').waitFor()
  await portal.page.close()
  await second.getByText('Computing.', { exact: true }).waitFor()
  await portal.close()
})

test('P6 a server that falls silent shows and comes back by itself', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await PortalPage.open(browser, server.url)
  await portal.goto('/jobs')
  server.freeze()
  await portal.page.locator('header [data-state="lost"]').waitFor()
  server.thaw()
  await portal.page.locator('header [data-state="live"]').waitFor()
  expect(await portal.page.getByRole('link', { name: 'A zoom' }).count()).toBeGreaterThan(0)
  await portal.close()
})

test('P6 a tab goes on without a click when its server was killed and started again', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  server.kill()
  await portal.page.locator('header [data-state="lost"]').waitFor()
  await server.restart()
  await portal.page.locator('header [data-state="live"]').waitFor()
  await computesMore(portal)
  await portal.close()
})

test('P8 a job is paused, resumed and cancelled by page, with a token that only this tab keeps', async (context) => {
  context.skip(missing !== undefined, missing)
  const job = d.map((n: number) => n, [1, 2, 3], { name: 'to be cancelled', redundancy: { quorum: 9 } })
  const portal = await PortalPage.open(browser, server.url)
  const { page } = portal
  await portal.goto('/admin')
  await page.getByLabel('Home token').fill('another')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('The server does not know this token.').waitFor()
  await page.getByLabel('Home token').fill(tokenOf())
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('button', { name: 'Pause to be cancelled' }).click()
  await page.getByText('to be cancelled is paused.').waitFor()
  await page.getByRole('button', { name: 'Resume to be cancelled' }).click()
  await page.getByText('to be cancelled runs again.').waitFor()
  await page.getByRole('button', { name: 'Cancel to be cancelled' }).click()
  await page.getByRole('button', { name: 'Cancel the job' }).click()
  await page.getByText('to be cancelled is cancelled.').waitFor()
  await expect(job.wait()).rejects.toThrow('cancelled')
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie)).not.toContain(tokenOf())
  const other = await portal.context.newPage()
  await other.goto(`${server.url}/admin`)
  await other.getByLabel('Home token').waitFor()
  await portal.close()
})

alsoHere('P8 a banned device’s page says why, and goes on at a click once it is un-banned', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await volunteer()
  const device = await portal.page.evaluate(() => JSON.parse(localStorage.getItem('dsage.device')!).slice(0, 8) as string)
  const admin = await PortalPage.open(browser, server.url)
  await admin.goto('/admin')
  await admin.page.getByLabel('Home token').fill(tokenOf())
  await admin.page.getByRole('button', { name: 'Open' }).click()
  await admin.page.getByRole('button', { name: `Ban Device ${device}` }).click()
  await admin.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await admin.page.getByText('Give a reason').waitFor()
  await admin.page.getByLabel('Reason').fill('it smokes')
  await admin.page.getByRole('button', { name: 'Ban', exact: true }).click()
  await portal.page.getByText(/^Stopped: .*it smokes/).waitFor()
  await portal.page.getByText('Banned: it smokes').waitFor()
  expect(await portal.page.getByText(/^It is (new|on probation|trusted|suspect)/).count(), 'the ban alone').toBe(0)
  await admin.page.getByRole('button', { name: `Un-ban Device ${device}` }).click()
  await admin.page.getByText(`Device ${device} may come back.`).waitFor()
  await portal.page.getByRole('button', { name: 'Resume' }).click()
  await portal.page.getByText('Computing.', { exact: true }).waitFor()
  await computesMore(portal)
  await Promise.all([portal.close(), admin.close()])
})
