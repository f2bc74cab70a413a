import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestApp, TOKEN } from '../support/app.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { type LivelyServer, livelyServer } from '../support/portal/lively-server.ts'
import { type Look, launchChromium, PortalPage } from '../support/portal/page.ts'
import { realTimers } from '../support/real-timers.ts'
import { hex } from '../support/store-kit.ts'

const missing = chromiumEngine.missing()

let lively: LivelyServer
let empty: TestApp
let browser: Browser

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
  [
    'job-picture',
    () => `/jobs/${lively.jobs.mandelbrot}`,
    async ({ page }) => {
      for (const said of [/^Nothing is open\. What stands on one word/, /^Engines were seen to differ/, /^Error of at most 0\.1%/])
        await page.getByText(said).waitFor()
      expect(await page.locator('dt:text-is("Copies for each decided unit") + dd').innerText()).toBe('2.00')
    },
  ],
  ['job-divisors', () => `/jobs/${lively.jobs.factor}`],
  ['job-errors', () => `/jobs/${lively.jobs.errors}`],
  ['job-closed', () => `/jobs/${lively.jobs.closed}`],
  [
    'job-differing-stranger',
    () => `/jobs/${lively.jobs.differing}`,
    async ({ page }) => {
      await page.getByText('Its owner sees two of the answers').waitFor()
      expect(await page.locator('.answer').count()).toBe(0)
    },
  ],
  [
    'job-verified',
    () => `/jobs/${lively.jobs.verified}`,
    async ({ page }) => page.getByText(/^By its `verify`; where the job’s code/).waitFor(),
  ],
  ['job-unknown', () => `/jobs/${hex(16)}`],
  ['devices', () => '/devices'],
  ['leaderboard', () => '/leaderboard'],
  ['admin-token', () => '/admin'],
  ['admin', () => '/admin', giveToken],
  [
    'job-differing',
    () => `/jobs/${lively.jobs.differing}`,
    // The session has the token by now: two columns where there is room, one below the other where there is not.
    async ({ page }) => {
      await page.getByRole('heading', { name: 'Two answers that differ' }).waitFor()
      const places = await page.locator('.answer').evaluateAll((answers) => answers.map((answer) => answer.getBoundingClientRect().top))
      expect(new Set(places).size).toBe(await page.evaluate(() => (innerWidth >= 700 ? 1 : 2)))
      const texts = await page.locator('.answer dd').allInnerTexts()
      expect(texts.map((text) => text.slice(-3))).toEqual([' 1"', ' 2"'])
      expect(texts.join('')).not.toMatch(/\p{Cc}(?<![\n\t])|[\u202a-\u202e]/u)
    },
  ],
  [
    'admin-strikes',
    () => '/admin',
    async ({ page }) => {
      const [struck] = lively.devices
      await page
        .locator('li', { hasText: struck!.welcome.device.id.slice(0, 8) })
        .getByText('Trust and strikes')
        .click()
      await page.getByText('Other devices agreed on another answer for this unit.').first().waitFor()
      expect(await page.locator('main').innerText()).not.toMatch(/\p{Cc}(?<![\n\t])|[\u202a-\u202e]/u)
    },
  ],
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

/** Where the pages are that are looked at. */
export interface Site {
  readonly lively: LivelyServer
  readonly browser: Browser
}

/** Every page, in each of `looks`; `further` tests of the same site come after them. */
export function describePages(looks: readonly Look[], further: (site: () => Site) => void = () => {}): void {
  describe.each(looks)('P2 $width px, $scheme', (look) => {
    beforeAll(async () => {
      if (missing !== undefined) return
      ;[lively, empty, browser] = await Promise.all([livelyServer(), TestApp.start({ timers: realTimers }), launchChromium()])
    })
    afterAll(async () => {
      await browser?.close()
      await lively?.app.close()
      await empty?.close()
    })

    test('P2 on no page does axe find anything, nothing is wider than the window, and the console is silent', {
      timeout: 240_000,
    }, async (context) => {
      context.skip(missing !== undefined, missing)
      await visitAll(lively.app.url, LIVELY, look)
      await visitAll(empty.url, EMPTY, look)
    })

    further(() => ({ lively, browser }))
  })
}
