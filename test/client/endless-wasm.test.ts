import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { descendantsOf } from '../support/descendants.ts'
import { runUnit, type SandboxPage, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { erroredOf, unitOf, valuesOf } from './sandbox-support.ts'
import { CATCHING, ENDLESS } from './wasm-modules.ts'

const webkit = browsers.find(({ name }) => name === 'webkit')!
const missing = process.platform === 'linux' ? webkit.missing() : 'what a process computes is read from /proc, which Linux has'

function lineOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return '' // It ended meanwhile.
  }
}

/** Threads of WebKit's web processes that compute or wait for a processor: a loop is always among them, however busy the machine is. */
function computingThreads(): string[] {
  const pages = descendantsOf(process.pid).filter((id) => lineOf(`/proc/${id}/comm`).startsWith('WebKitWebPr'))
  const threads = pages.flatMap((id) => {
    try {
      return readdirSync(`/proc/${id}/task`).map((thread) => lineOf(`/proc/${id}/task/${thread}/stat`))
    } catch {
      return []
    }
  })
  return threads.filter((stat) => / R /.test(stat.slice(stat.lastIndexOf(')')))).map((stat) => stat.slice(0, stat.lastIndexOf(')')))
}

/** Resolves when no thread computed in ten looks, 20 ms apart. */
async function untilQuiet(mostMs: number): Promise<void> {
  const startedAt = performance.now()
  for (let quiet = 0; quiet < 10; await setTimeout(20)) {
    const computing = computingThreads()
    quiet = computing.length === 0 ? quiet + 1 : 0
    if (performance.now() - startedAt > mostMs)
      throw new Error(`Expected WebKit to be quiet within ${mostMs} ms, got ${computing.join(', ')} computing.`)
  }
}

const instantiated = (bytes: Uint8Array) => `new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from([${bytes.join(',')}])))`

describe('webkit', () => {
  let page: SandboxPage
  let browser: Browser | undefined
  let tab: BrowserPage
  beforeAll(async () => {
    page = await startSandboxPage()
    if (missing !== undefined) return
    browser = await webkit.launch()
    tab = await browser.open(page.url)
  })
  afterAll(async () => {
    await browser?.close()
    await page.close()
  })

  const atRun = Object.entries({ ...ENDLESS, 'a loop that catches all': CATCHING }).map(([name, { bytes }]) => {
    return [`${name}, as it runs`, `export const work = () => { ${instantiated(bytes)}.exports.f() }`] as const
  })
  const atLoad = `${instantiated(ENDLESS['a loop']!.bytes)}.exports.f(); export const work = () => 0`
  test.for([...atRun, ['a loop, as it is loaded', atLoad] as const])(
    'X2 WebAssembly ends at its deadline: %s',
    async ([, code], context) => {
      context.skip(missing !== undefined, missing)
      expect(valuesOf((await runUnit(tab, unitOf('export const work = (x) => x', [7])))!)).toEqual([7])
      const outcome = (await runUnit(tab, unitOf(code, [0], { timeoutSeconds: 0.4 })))!
      expect(erroredOf(outcome)).toBe('deadline')
      expect(outcome.seconds).toBeLessThan(1.4)
      await untilQuiet(3000) // a second, and what a busy machine adds to it
    },
  )
})
