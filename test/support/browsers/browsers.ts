import type { BrowserEngine, BrowserPage } from './browser.ts'
import { chromiumEngine } from './chromium.ts'
import { firefoxEngine } from './firefox.ts'
import { webkitEngine } from './webkit.ts'

/**
 * The three engines. A test that needs one begins with `context.skip(engine.missing() !== undefined, engine.missing())`: a browser that is
 * not installed is a skip with its name, never a pass.
 */
export const browsers: readonly BrowserEngine[] = [chromiumEngine, firefoxEngine, webkitEngine]

/** The first truthy value of `expression`, which the page looks at again every 20 ms; throws after `seconds`. */
export async function waitFor(page: BrowserPage, expression: string, seconds = 25): Promise<unknown> {
  const sentence = `Expected within ${seconds} s: ${expression}`
  return page.evaluate(`new Promise((resolve, reject) => {
    const endsAt = performance.now() + ${seconds * 1000}
    const look = async () => {
      try {
        const value = await (${expression})
        if (value) resolve(value)
        else if (performance.now() > endsAt) reject(new Error(${JSON.stringify(sentence)}))
        else setTimeout(look, 20)
      } catch (error) { reject(error) }
    }
    look()
  })`)
}
