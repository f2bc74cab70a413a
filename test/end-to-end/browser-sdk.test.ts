/** The SDK in a page: the browser entry, bundled as any page would bundle it, in a page of the server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyFile, readKey } from '../../sdk/key-files/key-files.ts'
import { type LocalDSage, startAll } from '../../sdk/node.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { chromiumEngine } from '../support/browsers/chromium.ts'

let home: string
let cluster: LocalDSage
let browser: Browser
let tab: BrowserPage

beforeAll(async () => {
  if (chromiumEngine.missing() !== undefined) return
  home = mkdtempSync(join(tmpdir(), 'dsage-page-'))
  cluster = await startAll({ home, workers: 2, port: 0 })
  browser = await chromiumEngine.launch()
  tab = await browser.open(cluster.url)
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../sdk/browser.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'dsage',
    platform: 'browser',
    logLevel: 'silent',
  })
  const options = JSON.stringify({ key: await readKey(keyFile(home)) })
  await tab.evaluate(`(() => { ${outputFiles[0]!.text}; globalThis.dsage = dsage })()`)
  await tab.evaluate(`dsage.connect(location.origin, ${options}).then((d) => { globalThis.d = d; return true })`)
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await cluster?.close()
  if (home) rmSync(home, { recursive: true, force: true })
})

test('J20 a page submits expressions, maps and factorisations, and gets what a program gets', async (context) => {
  context.skip(chromiumEngine.missing() !== undefined, chromiumEngine.missing())
  expect(await tab.evaluate(`d('2n ** 64n + 1n').wait().then(String)`)).toBe('18446744073709551617')
  expect(await tab.evaluate('d.map((n) => n * n, [25, 12, 25, 32, 12]).wait()')).toEqual([625, 144, 625, 1024, 144])
  expect(await tab.evaluate(`d.math('1/3 + 1/6').wait().then(String)`)).toBe('1/2')
  const seen = `(async () => { const seen = []; for await (const { index, value } of d.map((n) => n + 1, [1, 2])) seen[index] = value; return seen })()`
  expect(await tab.evaluate(seen)).toEqual([2, 3])
  const factors = `(async () => (await new dsage.DistributedFactor(d, '2^64+1', { bundle: ${JSON.stringify(await cluster.bundleModule(new URL('../../sdk/functions/factor/work.ts', import.meta.url)))} }).wait()).primes.map(({ value }) => String(value)))()`
  expect(await tab.evaluate(factors)).toEqual(['274177', '67280421310721'])
})

test('J20 what needs a file system says so in a page', async (context) => {
  context.skip(chromiumEngine.missing() !== undefined, chromiumEngine.missing())
  expect(await tab.evaluate(`d.evalFile('work.ts').wait().catch((error) => error.code + ': ' + error.message)`)).toMatch(
    /^bad-argument: Expected to run in Node to bundle work\.ts; give the text of a bundle instead/,
  )
  expect(await tab.evaluate(`d.dryRun((n) => n, 1).catch((error) => error.code + ': ' + error.message)`)).toMatch(
    /^bad-argument: Expected to run in Node, whose sandbox process computes here; a page has none/,
  )
  expect(await tab.evaluate(`d('1').record().catch((error) => error.code + ': ' + error.message)`)).toMatch(
    /^bad-argument: Expected to run in Node to write a record; use `dsage record <job>`/,
  )
})
