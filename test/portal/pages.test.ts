import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestApp, TOKEN } from '../support/app.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { HOSTILE_NAME, type LivelyServer, livelyServer } from '../support/portal/lively-server.ts'
import { LOOKS, type Look, launchChromium, PortalPage } from '../support/portal/page.ts'
import { realTimers } from '../support/real-timers.ts'
import { hex } from '../support/store-kit.ts'

const missing = chromiumEngine.missing()

let lively: LivelyServer
let empty: TestApp
let browser: Browser
beforeAll(async () => {
  if (missing !== undefined) return
  ;[lively, empty, browser] = await Promise.all([livelyServer(), TestApp.start({ timers: realTimers }), launchChromium()])
})
afterAll(async () => {
  await browser?.close()
  await lively?.app.close()
  await empty?.close()
})

type Visit = readonly [name: string, path: () => string, prepare?: (portal: PortalPage) => Promise<void>]

const giveToken = async ({ page }: PortalPage) => {
  await page.getByLabel('Home token').fill(TOKEN)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('heading', { name: 'Jobs under way' }).waitFor()
  await page.locator('main:not(:has-text("Loading …"))').waitFor()
}
const LIVELY: readonly Visit[] = [
  ['home', () => '/'],
  ['consent', () => '/volunteer'],
  ['jobs', () => '/jobs'],
  ['job-picture', () => `/jobs/${lively.jobs.mandelbrot}`],
  ['job-divisors', () => `/jobs/${lively.jobs.factor}`],
  ['job-errors', () => `/jobs/${lively.jobs.errors}`],
  ['job-closed', () => `/jobs/${lively.jobs.closed}`],
  ['job-unknown', () => `/jobs/${hex(16)}`],
  ['devices', () => '/devices'],
  ['leaderboard', () => '/leaderboard'],
  ['admin-token', () => '/admin'],
  ['admin', () => '/admin', giveToken],
  [
    'admin-ban',
    () => '/admin',
    // The session has the token by now.
    async (portal) => {
      await portal.page.getByRole('button', { name: 'Ban worker-1' }).click()
      await portal.page.getByRole('dialog').waitFor()
    },
  ],
  ['missing', () => '/nowhere'],
]
const EMPTY: readonly Visit[] = [
  ['empty-home', () => '/'],
  ['empty-jobs', () => '/jobs'],
  ['empty-devices', () => '/devices'],
  ['empty-leaderboard', () => '/leaderboard'],
]

async function visitAll(url: string, visits: readonly Visit[], look: Look): Promise<void> {
  const portal = await PortalPage.open(browser, url, look)
  for (const [name, path, prepare] of visits) {
    await portal.goto(path())
    await prepare?.(portal)
    expect(await portal.flaws(name)).toEqual([])
  }
  await portal.close()
}

describe.each(LOOKS)('P2 $width px, $scheme', (look) => {
  test('P2 on no page does axe find anything, nothing is wider than the window, and the console is silent', {
    timeout: 240_000,
  }, async (context) => {
    context.skip(missing !== undefined, missing)
    await visitAll(lively.app.url, LIVELY, look)
    await visitAll(empty.url, EMPTY, look)
  })
})

test('P9 what strangers call their jobs and devices is text, without control over page or line', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await PortalPage.open(browser, lively.app.url)
  for (const path of ['/jobs', `/jobs/${lively.jobs.errors}`, '/devices', '/']) {
    await portal.goto(path)
    const text = await portal.page.locator('main').innerText()
    expect(text).not.toMatch(/\p{Cc}(?<![\n\t])|[\u202a-\u202e]/u)
    if (path.startsWith('/jobs')) expect(text).toContain(HOSTILE_NAME.split('\u202e')[0]!)
    expect(await portal.page.locator('main img').count()).toBe(0)
  }
  expect(portal.complaints).toEqual([])
  await portal.close()
})

test('P2 every page is reached and left by keyboard, and says its title', async (context) => {
  context.skip(missing !== undefined, missing)
  const portal = await PortalPage.open(browser, lively.app.url)
  await portal.goto('/')
  await portal.page.keyboard.press('Tab')
  expect(await portal.page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
  for (const name of ['Volunteer', 'Jobs', 'Devices', 'Leaderboard', 'Admin']) {
    await portal.page.getByRole('link', { name, exact: true }).focus()
    await portal.page.keyboard.press('Enter')
    await portal.page.getByRole('heading', { level: 1, name }).waitFor()
    await expect.poll(() => portal.page.title()).toBe(`${name} · DSage`)
    await expect.poll(() => portal.page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN')
  }
  expect(portal.complaints).toEqual([])
  await portal.close()
})
