import { expect, test } from 'vitest'
import { chromiumEngine } from '../support/browsers/chromium.ts'
import { HOSTILE_NAME } from '../support/portal/lively-server.ts'
import { LOOKS, PortalPage } from '../support/portal/page.ts'
import { describePages } from './describe-pages.ts'

const missing = chromiumEngine.missing()

describePages(LOOKS.slice(1), (site) => {
  test('P9 what strangers call their jobs and devices is text, without control over page or line', async (context) => {
    context.skip(missing !== undefined, missing)
    const { lively, browser } = site()
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
    const { lively, browser } = site()
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
})
