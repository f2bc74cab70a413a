import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS } from '../browsers/chromium.ts'
import { installed } from '../browsers/installed.ts'

export interface Look {
  readonly scheme: 'light' | 'dark'
  /** CSS pixels. */
  readonly width: number
}
export const LOOKS: readonly Look[] = [
  { scheme: 'light', width: 1440 },
  { scheme: 'dark', width: 1440 },
  { scheme: 'light', width: 360 },
  { scheme: 'dark', width: 360 },
]

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: installed('chromium')!, args: [...CHROMIUM_ARGUMENTS] })

/** A page of a profile of its own, and everything that went wrong in it: console, scripts, requests beyond `url`. */
export class PortalPage {
  readonly page: Page
  readonly context: BrowserContext
  readonly complaints: string[] = []
  readonly #url: string

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context
    this.page = page
    this.#url = url
  }

  static async open(browser: Browser, url: string, { scheme, width }: Look = LOOKS[0]!): Promise<PortalPage> {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, locale: 'en-GB' })
    const portal = new PortalPage(context, await context.newPage(), url)
    portal.#listen()
    return portal
  }

  /** Goes to a page of the portal and waits until it says what it has to say. */
  async goto(path: string): Promise<void> {
    await this.page.goto(this.#url + path)
    await this.page.locator('header [data-state="live"]').waitFor()
    await this.page.locator('main:not(:has-text("Loading …"))').waitFor()
  }

  close(): Promise<void> {
    return this.context.close()
  }

  #listen(): void {
    this.page.on('pageerror', (error) => this.complaints.push(error.message))
    this.page.on('console', (message) => {
      // The browser says so of a document that is not found, which the page itself says better.
      const isExpected = /status of 40[14]/.test(message.text())
      if (message.type() === 'error' && !isExpected) this.complaints.push(message.text())
    })
    this.context.on('request', (request) => {
      const { protocol, host } = new URL(request.url())
      if (protocol !== 'blob:' && protocol !== 'data:' && host !== new URL(this.#url).host) this.complaints.push(request.url())
    })
  }
}
