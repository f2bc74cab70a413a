import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS } from '../browsers/chromium.ts'
import { installed } from '../browsers/installed.ts'

export interface Look {
  readonly scheme: 'light' | 'dark'
  /** CSS pixels. */
  readonly width: number
}
/** Both schemes and both widths; all pages are seen in the second by the short tests, in the first and in the further ones by the long. */
export const LOOKS: readonly Look[] = [
  { scheme: 'light', width: 1440 },
  { scheme: 'dark', width: 360 },
]
export const FURTHER_LOOKS: readonly Look[] = [
  { scheme: 'dark', width: 1440 },
  { scheme: 'light', width: 360 },
]

/** Kept by each run for a person to look at; git ignores the folder. */
const SCREENSHOTS = fileURLToPath(new URL('../../../.vitest/portal', import.meta.url))
/** The rules whose outcome can differ between light and dark. */
const ABOUT_COLOURS = ['color-contrast', 'link-in-text-block']

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: installed('chromium')!, args: [...CHROMIUM_ARGUMENTS] })

/** A page of a profile of its own, and everything that went wrong in it: console, scripts, requests beyond `url`. */
export class PortalPage {
  readonly page: Page
  readonly context: BrowserContext
  readonly complaints: string[] = []
  readonly #url: string
  readonly #look: Look

  private constructor(context: BrowserContext, page: Page, url: string, look: Look) {
    this.context = context
    this.page = page
    this.#url = url
    this.#look = look
  }

  static async open(browser: Browser, url: string, look: Look = LOOKS[0]!): Promise<PortalPage> {
    const { scheme, width } = look
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, locale: 'en-GB' })
    const portal = new PortalPage(context, await context.newPage(), url, look)
    portal.#listen()
    return portal
  }

  /** Goes to a page of the portal and waits until it says what it has to say. */
  async goto(path: string): Promise<void> {
    await this.page.goto(this.#url + path)
    await this.page.locator('header [data-state="live"]').waitFor()
    await this.page.locator('main:not(:has-text("Loading …"))').waitFor()
  }

  /** What is wrong with the page as it stands, a line each; keeps a screenshot of it under `name`. */
  async flaws(name: string): Promise<string[]> {
    const { page } = this
    mkdirSync(SCREENSHOTS, { recursive: true })
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${this.#look.width}-${this.#look.scheme}.png`), fullPage: true })
    const axe = new AxeBuilder({ page })
    const { violations } = await (this.#look.scheme === 'dark' ? axe.withRules(ABOUT_COLOURS) : axe).analyze()
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${name}: ${id}: ${html.slice(0, 200)}`))
    const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
    return [...found, ...(isTooWide ? [`${name}: wider than the window`] : []), ...this.complaints.map((said) => `${name}: ${said}`)]
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
