/** What the tests need of a browser, the same for three engines; each file beside this one drives one of them with what its makers offer. */

export interface PageSize {
  readonly width: number
  readonly height: number
}

export interface BrowserPage {
  goto(url: string): Promise<void>
  /** The value of a JavaScript expression in the page, awaited when it is a promise; what JSON can carry, and null for undefined. */
  evaluate(expression: string): Promise<unknown>
  /** Clicks the first element that the CSS selector finds, as a user would. */
  click(selector: string): Promise<void>
  /** Types into the first element that the CSS selector finds. */
  type(selector: string, text: string): Promise<void>
  /** A PNG of what is visible. */
  screenshot(): Promise<Uint8Array>
  close(): Promise<void>
}

export type EngineName = 'chromium' | 'firefox' | 'webkit'

export interface Browser {
  readonly name: EngineName
  /** A page in a profile of its own that shares nothing with the others: another device. */
  open(url: string, size?: PageSize): Promise<BrowserPage>
  /** Ends every process that was started for this browser. */
  close(): Promise<void>
}

export interface BrowserEngine {
  readonly name: EngineName
  /** What is not installed and which Debian package brings it; undefined when everything is there. */
  missing(): string | undefined
  launch(): Promise<Browser>
}

export const USUAL_SIZE: PageSize = { width: 1280, height: 800 }

/** `expression` as one whose value is JSON text: the three protocols differ in what else they can carry. */
export const asJson = (expression: string): string => `(async () => JSON.stringify((await (${expression})) ?? null))()`
