/** The few commands of W3C WebDriver (https://www.w3.org/TR/webdriver2) that the tests need, over fetch; a client library would bring more. */
import { setTimeout } from 'node:timers/promises'
import { asJson, type BrowserPage, type PageSize } from './browser.ts'

/** The key of an element reference, as the standard fixes it. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
/** A script may wait as long as its test may. */
const SCRIPT_MS = 600_000
const LOOK_AGAIN_MS = 10
/** A script that meets the change from one document to the next is lost with its document, and WebKit's driver never answers for it. */
const LOST_MS = 2_000
/** A page of this machine that is not there by then never comes: WebKit's driver loses one of some hundred first navigations on a busy machine. */
const LOAD_MS = 20_000

async function command(base: string, method: string, path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(base + path, { method, ...(body && { body: JSON.stringify(body) }), ...(signal && { signal }) })
  const { value } = (await response.json()) as { value: unknown }
  if (response.ok) return value
  const { error, message } = value as { error?: string; message?: string }
  throw new Error(`WebDriver refused ${method} ${path}: ${error}: ${message}`)
}

async function pageOf(session: string, size: PageSize): Promise<BrowserPage> {
  const send = (method: string, path: string, body?: object, signal?: AbortSignal) => command(session, method, path, body, signal)
  const find = async (selector: string) => {
    const element = (await send('POST', '/element', { using: 'css selector', value: selector })) as Record<string, string>
    return `/element/${element[ELEMENT]}`
  }
  const evaluate = async (expression: string, signal?: AbortSignal) => {
    const script = `return ${asJson(expression)}.then((json) => ({ json }), (error) => ({ error: String(error) + '\\n' + (error && error.stack) }))`
    const answer = (await send('POST', '/execute/sync', { script, args: [] }, signal)) as { json?: string; error?: string }
    if (answer.json === undefined) throw new Error(answer.error)
    return JSON.parse(answer.json)
  }
  const isLoaded = async (url: string): Promise<boolean> => {
    const expression = `document.readyState === 'complete' && (location.href !== 'about:blank' || ${url === 'about:blank'})`
    try {
      return (await evaluate(expression, AbortSignal.timeout(LOST_MS))) as boolean
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return false
      throw error
    }
  }
  await send('POST', '/timeouts', { script: SCRIPT_MS, implicit: 0 })
  await send('POST', '/window/rect', { ...size })
  return {
    async goto(url) {
      await send('POST', '/url', { url })
      // The driver may answer for the empty document a session begins with, or before the page's scripts have run.
      const endsAt = performance.now() + LOAD_MS
      while (!(await isLoaded(url))) {
        if (performance.now() > endsAt) throw new DOMException(`Expected ${url} to load within ${LOAD_MS / 1000} s.`, 'TimeoutError')
        await setTimeout(LOOK_AGAIN_MS)
      }
    },
    evaluate: (expression) => evaluate(expression),
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

/** A session of the driver that listens at `base`. @throws TimeoutError when its browser has not answered after `withinMs` */
export async function openSession(base: string, capabilities: object, size: PageSize, withinMs: number): Promise<BrowserPage> {
  const asked = { capabilities: { alwaysMatch: capabilities } }
  const created = await command(base, 'POST', '/session', asked, AbortSignal.timeout(withinMs))
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
