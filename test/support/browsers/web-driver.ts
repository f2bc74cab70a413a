/** The few commands of W3C WebDriver (https://www.w3.org/TR/webdriver2) that the tests need, over fetch; a client library would bring more. */
import { setTimeout } from 'node:timers/promises'
import { asJson, type BrowserPage, type PageSize } from './browser.ts'

/** The key of an element reference, as the standard fixes it. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** A script may wait as long as its test may. */
const SCRIPT_MS = 600_000
const LOOK_AGAIN_MS = 10

async function command(base: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error?: string; message?: string }
  throw new Error(`WebDriver refused ${method} ${path}: ${error}: ${message}`)
}

async function pageOf(session: string, size: PageSize): Promise<BrowserPage> {
  const send = (method: string, path: string, body?: object) => command(session, method, path, body)
  const find = async (selector: string) => {
    const element = (await send('POST', '/element', { using: 'css selector', value: selector })) as Record<string, string>
    return `/element/${element[ELEMENT]}`
  }
  const evaluate = async (expression: string) => {
    const script = `return ${asJson(expression)}.then((json) => ({ json }), (error) => ({ error: String(error) + '\\n' + (error && error.stack) }))`
    const answer = (await send('POST', '/execute/sync', { script, args: [] })) as { json?: string; error?: string }
    if (answer.json === undefined) throw new Error(answer.error)
    return JSON.parse(answer.json)
  }
  await send('POST', '/timeouts', { script: SCRIPT_MS, implicit: 0 })
  await send('POST', '/window/rect', { ...size })
  return {
    async goto(url) {
      await send('POST', '/url', { url })
      // The driver may answer for the empty document a session begins with, or before the page's scripts have run.
      while (!(await evaluate(`document.readyState === 'complete' && (location.href !== 'about:blank' || ${url === 'about:blank'})`))) {
        await setTimeout(LOOK_AGAIN_MS)
      }
    },
    evaluate,
    async click(selector) {
      await send('POST', `${await find(selector)}/click`, {})
    },
    async type(selector, text) {
      await send('POST', `${await find(selector)}/value`, { text })
    },
    screenshot: async () => Buffer.from((await send('GET', '/screenshot')) as string, 'base64'),
    async close() {
      await send('DELETE', '')
    },
  }
}

/** A session of the driver that listens at `base`. */
export async function openSession(base: string, capabilities: object, size: PageSize): Promise<BrowserPage> {
  const created = await command(base, 'POST', '/session', { capabilities: { alwaysMatch: capabilities } })
  return pageOf(`${base}/session/${(created as { sessionId: string }).sessionId}`, size)
}

/** Whether a driver listens at `base` and would open a session. */
export async function isReady(base: string): Promise<boolean> {
  try {
    return ((await command(base, 'GET', '/status')) as { ready: boolean }).ready
  } catch {
    return false
  }
}
