import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestApp } from '../support/app.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { launchChromium, PortalPage } from '../support/portal/page.ts'
import { realTimers } from '../support/real-timers.ts'

const BUDGET = 150 * 1000
const missing = chromiumEngine.missing()
let app: TestApp
let browser: Browser
beforeAll(async () => {
  if (missing === undefined) [app, browser] = await Promise.all([TestApp.start({ timers: realTimers }), launchChromium()])
})
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

test.runIf(missing === undefined).each([
  ['/', false],
  ['/volunteer', true],
] as const)('P3 %s loads less than 150 kB of JavaScript, gzip', async (path, starts) => {
  const portal = await PortalPage.open(browser, app.url)
  const sizes = new Map<string, Promise<number>>()
  portal.context.on('response', (response) => {
    if (/javascript/.test(response.headers()['content-type'] ?? ''))
      sizes.set(
        response.url(),
        response.body().then((body) => gzipSync(body).length),
      )
  })
  await portal.goto(path)
  if (starts) {
    for (const box of await portal.page.getByRole('checkbox').all()) await box.check()
    await portal.page.getByRole('button', { name: 'Agree and start' }).click()
    await portal.page.getByText('Waiting: there is no open unit').waitFor()
  }
  const total = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0)
  console.log(`${path}: ${total} bytes of JavaScript in ${sizes.size} files`)
  expect(sizes.size).toBeGreaterThan(0)
  expect(total).toBeLessThan(BUDGET)
  await portal.close()
})
