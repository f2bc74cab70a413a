import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { runUnit, type SandboxPage, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { erroredOf, unitOf, valuesOf } from './sandbox-support.ts'

/** Frames that do not come. */
const blocked = new Set<string>()
const answer = (path: string, response: ServerResponse): boolean => {
  if (blocked.has(path)) response.writeHead(503).end()
  return blocked.has(path)
}
let page: SandboxPage
beforeAll(async () => {
  page = await startSandboxPage({ answer, threads: 2 })
})
afterEach(() => blocked.clear())
afterAll(() => page.close())

const ENDLESS = 'export const work = () => { for (;;); }'
const plain = (job = 'a job'): UnitToRun => unitOf('export const work = (x) => x + 1', [41], { job })

describe.each(browsers)('$name', (engine) => {
  /** Slow because of what is waited for; all three engines in the long tests. */
  const alsoHere = LONG_TESTS || engine.name === 'chromium' ? test : () => {}

  let browser: Browser | undefined
  beforeAll(async () => {
    if (engine.missing() === undefined) browser = await engine.launch()
  })
  afterAll(() => browser?.close())

  async function inTab(use: (tab: BrowserPage) => Promise<void>): Promise<void> {
    const tab = await browser!.open(page.url)
    try {
      await use(tab)
      // Nothing of a sandbox is heard in the page's window, and no frame asked the server for anything.
      expect(await tab.evaluate('heard()')).toBe(0)
      expect(page.strangePaths).toEqual([])
    } finally {
      await tab.close()
    }
  }
  /** Whenever a sandbox can be had: a unit that finds none comes back. */
  async function runSoon(tab: BrowserPage, unit: UnitToRun) {
    for (;;) {
      const outcome = await runUnit(tab, unit)
      if (outcome) return outcome
    }
  }

  alsoHere(
    `X10 ${engine.name} computes by data: URLs where the frame for blob: does not come, and says when neither does`,
    async (context) => {
      context.skip(engine.missing() !== undefined, engine.missing())
      blocked.add('/sandbox/blob.html').add('/sandbox/data.html')
      await inTab(async (tab) => {
        expect(await runUnit(tab, plain())).toBeUndefined()
        blocked.delete('/sandbox/data.html')
        expect(valuesOf(await runSoon(tab, plain()))).toEqual([42])
        expect(await tab.evaluate('troubled()')).toBe(false)
        expect(await tab.evaluate('frames()')).toEqual([expect.stringContaining('/sandbox/data.html')])
      })
    },
  )

  test(`X2 in ${engine.name} a loop ends at its deadline, and other units go on meanwhile`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    await inTab(async (tab) => {
      await runUnit(tab, plain())
      const endless = runUnit(tab, unitOf(ENDLESS, [0], { timeoutSeconds: 1 }), 0)
      for (let i = 0; i < 3; i++) expect(valuesOf((await runUnit(tab, plain(), 1))!)).toEqual([42])
      const outcome = (await endless)!
      expect(erroredOf(outcome)).toBe('deadline')
      expect(outcome.seconds).toBeLessThan(2)
      expect(valuesOf((await runUnit(tab, plain(), 0))!)).toEqual([42])
    })
  })

  alsoHere(
    `X10 in ${engine.name} a frame that is taken away costs the unit that ran in it, and another takes its place`,
    async (context) => {
      context.skip(engine.missing() !== undefined, engine.missing())
      await inTab(async (tab) => {
        await runUnit(tab, plain('another job'))
        const telling = 'export const work = async (x, ctx) => { for (;;) { ctx.progress(0.5); await ctx.tick() } }'
        const running = runUnit(tab, unitOf(telling, [0], { timeoutSeconds: 60 }))
        // Before it runs it would be put into another frame instead.
        await tab.evaluate('progressed()')
        await tab.evaluate('removeFrames()')
        expect(erroredOf((await running)!)).toBe('crashed')
        expect(valuesOf(await runSoon(tab, plain()))).toEqual([42])
      })
    },
  )

  alsoHere(`X11 in ${engine.name} every unit has a fresh realm, and two jobs have two frames`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const counting = 'let runs = 0; export const work = () => [++runs, (Object.prototype.kept = (Object.prototype.kept ?? 0) + 1)]'
    await inTab(async (tab) => {
      for (const job of ['one', 'two', 'one', 'two']) {
        expect(valuesOf((await runUnit(tab, unitOf(counting, [0], { job })))!)).toEqual([[1, 1]])
      }
      expect(await tab.evaluate('frames()')).toHaveLength(2)
    })
  })

  alsoHere(`X4 in ${engine.name} outputs above the cap do not leave, nor what cannot travel`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    await inTab(async (tab) => {
      const large = await runUnit(tab, unitOf('export const work = (n) => new Uint8Array(n)', [2 ** 20]))
      expect(erroredOf(large!)).toBe('output-too-large')
      expect(erroredOf((await runUnit(tab, unitOf('export const work = () => () => 1', [0])))!)).toBe('unserialisable')
      const printed = await runUnit(
        tab,
        unitOf('export const work = () => { for (let i = 0; i < 1e5; i++) console.log("x".repeat(100)); return 1 }', [0]),
      )
      expect((printed as { console: string }).console).toHaveLength(8192)
    })
  })
})
