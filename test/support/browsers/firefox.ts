import puppeteer, { type Page } from 'puppeteer-core'
import { asJson, type Browser, type BrowserEngine, type BrowserPage, USUAL_SIZE } from './browser.ts'
import { firstMissing, installed } from './installed.ts'

/** The driver listens to the console, at a cost to the page that nobody else's Firefox has: a flood there would be judged by the driver. */
async function withoutConsole(browser: object): Promise<void> {
  const { connection } = browser as { connection: { send(method: string, parameters: object): Promise<unknown> } }
  await connection.send('session.unsubscribe', { events: ['log.entryAdded'] })
}

/** Whom a fresh Firefox would call by itself. */
const SILENT = {
  'app.normandy.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'toolkit.telemetry.enabled': false,
}

const pageOf = (page: Page, close: () => Promise<void>): BrowserPage => ({
  goto: async (url) => {
    await page.goto(url)
  },
  evaluate: async (expression) => JSON.parse((await page.evaluate(asJson(expression))) as string),
  click: (selector) => page.locator(selector).click(),
  type: (selector, text) => page.type(selector, text),
  screenshot: () => page.screenshot(),
  close,
})

export const firefoxEngine: BrowserEngine = {
  name: 'firefox',
  missing: () => firstMissing({ 'firefox-esr': 'firefox-esr' }),
  async launch(): Promise<Browser> {
    const executablePath = installed('firefox-esr')!
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      extraPrefsFirefox: SILENT,
      protocolTimeout: 0,
    })
    await withoutConsole(browser)
    return {
      name: 'firefox',
      async open(url, size = USUAL_SIZE) {
        const context = await browser.createBrowserContext()
        try {
          const page = await context.newPage()
          await page.setViewport({ ...size })
          await page.goto(url)
          return pageOf(page, () => context.close())
        } catch (error) {
          await context.close()
          throw error
        }
      },
      close: () => browser.close(),
    }
  },
}
