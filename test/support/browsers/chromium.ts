import { type BrowserContext, chromium } from 'playwright-core'
import { asJson, type Browser, type BrowserEngine, type BrowserPage, USUAL_SIZE } from './browser.ts'
import { firstMissing, installed } from './installed.ts'

/** Root cannot have Chromium's own sandbox; the rest keeps it from talking to anybody but this machine. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
]

async function pageOf(context: BrowserContext, url: string): Promise<BrowserPage> {
  const page = await context.newPage()
  // Playwright evaluates text with the page's own `eval`, which a strict policy refuses; the debugger's is not the page's.
  const debug = await context.newCDPSession(page)
  await page.goto(url)
  return {
    goto: async (next) => {
      await page.goto(next)
    },
    async evaluate(expression) {
      const { result, exceptionDetails } = await debug.send('Runtime.evaluate', {
        expression: asJson(expression),
        awaitPromise: true,
        returnByValue: true,
        allowUnsafeEvalBlockedByCSP: false,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return JSON.parse(result.value)
    },
    click: (selector) => page.click(selector),
    type: (selector, text) => page.locator(selector).pressSequentially(text),
    screenshot: () => page.screenshot(),
    close: () => context.close(),
  }
}

export const chromiumEngine: BrowserEngine = {
  name: 'chromium',
  missing: () => firstMissing({ chromium: 'chromium' }),
  async launch(): Promise<Browser> {
    const browser = await chromium.launch({ executablePath: installed('chromium')!, args: CHROMIUM_ARGUMENTS })
    return {
      name: 'chromium',
      async open(url, size = USUAL_SIZE) {
        const context = await browser.newContext({ viewport: { ...size } })
        try {
          return await pageOf(context, url)
        } catch (error) {
          await context.close()
          throw error
        }
      },
      close: () => browser.close(),
    }
  },
}
