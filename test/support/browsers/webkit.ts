import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Browser, type BrowserEngine, type BrowserPage, type PageSize, USUAL_SIZE } from './browser.ts'
import { firstMissing, installed } from './installed.ts'
import { ProcessTree } from './process-tree.ts'
import { isReady, openSession } from './web-driver.ts'

const MINI_BROWSER = '/usr/lib*/*/webkit2gtk-4.?/MiniBrowser'
const START_MS = 20_000
/** On a busy machine one of some hundred starts fails: the driver waits for ever for a browser or a first page that was lost. Another is started. */
const STARTS = 3

/** A display nobody sees; X itself picks a free number and tells it. */
async function startDisplay(): Promise<{ readonly tree: ProcessTree; readonly display: string }> {
  const args = ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp']
  const tree = new ProcessTree('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const [number] = (await once(tree.root.stdio[3]!, 'data', { signal: AbortSignal.timeout(START_MS) })) as [Buffer]
  return { tree, display: `:${String(number).trim()}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** One driver process with its one session: a driver refuses a second. Home and profile are a temporary folder. */
class WebKitDevice {
  readonly #home: string
  readonly #tree: ProcessTree
  readonly #base: string

  private constructor(home: string, display: string, port: number) {
    this.#home = home
    this.#base = `http://127.0.0.1:${port}`
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      DISPLAY: display,
      LANG: 'C.UTF-8',
      NO_AT_BRIDGE: '1',
      // It works without a session bus, and one of its own would leave its socket behind.
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      // As root the engine's own sandbox cannot be made: on a test machine only, as `--no-sandbox` for Chromium.
      ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
    }
    this.#tree = new ProcessTree('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' })
  }

  static async start(display: string): Promise<WebKitDevice> {
    return new WebKitDevice(await mkdtemp(join(tmpdir(), 'dsage-webkit-')), display, await freePort())
  }

  async open(url: string, size: PageSize): Promise<BrowserPage> {
    const endsAt = performance.now() + START_MS
    while (!(await isReady(this.#base))) {
      if (performance.now() > endsAt) throw new Error(`Expected WebKitWebDriver to listen within ${START_MS / 1000} s, it did not.`)
      await setTimeout(20)
    }
    const options = { binary: installed(MINI_BROWSER), args: ['--automation'] }
    const page = await openSession(this.#base, { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': options }, size, START_MS)
    await page.goto(url)
    return page
  }

  async end(): Promise<void> {
    await this.#tree.end()
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function openDevice(devices: Set<WebKitDevice>, display: string, url: string, size: PageSize, starts = STARTS): Promise<BrowserPage> {
  const device = await WebKitDevice.start(display)
  devices.add(device)
  const close = async () => {
    devices.delete(device)
    await device.end()
  }
  try {
    return { ...(await device.open(url, size)), close }
  } catch (error) {
    await close()
    if ((error as Error).name !== 'TimeoutError' || starts === 1) throw error
    return openDevice(devices, display, url, size, starts - 1)
  }
}

export const webkitEngine: BrowserEngine = {
  name: 'webkit',
  missing: () =>
    firstMissing({
      WebKitWebDriver: 'webkit2gtk-driver',
      [MINI_BROWSER]: 'webkit2gtk-driver',
      Xvfb: 'xvfb',
    }),
  async launch(): Promise<Browser> {
    const { tree, display } = await startDisplay()
    const devices = new Set<WebKitDevice>()
    return {
      name: 'webkit',
      open: (url, size = USUAL_SIZE) => openDevice(devices, display, url, size),
      async close() {
        await Promise.all([...devices].map((device) => device.end()))
        await tree.end()
      },
    }
  },
}
