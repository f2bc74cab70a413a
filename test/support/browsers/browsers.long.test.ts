import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { descendantsOf } from '../descendants.ts'
import type { Browser, BrowserEngine } from './browser.ts'
import { browsers, waitFor } from './browsers.ts'
import { firstMissing } from './installed.ts'

/** A strict policy, as on the portal: the drivers must not need `eval`. */
const PAGE = `<!doctype html><title>computes</title><input id="number"><button id="square">square</button><output></output>
<script src="/page.js"></script>`
const SCRIPT = `localStorage.visits = Number(localStorage.visits ?? 0) + 1
document.querySelector('#square').onclick = () => setTimeout(() => {
  document.querySelector('output').textContent = document.querySelector('#number').value ** 2
}, 100)`

let server: Server
let url: string
beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-security-policy', "default-src 'self'")
    response.setHeader('content-type', request.url === '/page.js' ? 'text/javascript' : 'text/html')
    response.end(request.url === '/page.js' ? SCRIPT : PAGE)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const squareOf = async (browser: Browser, number: string): Promise<unknown> => {
  const page = await browser.open(url)
  await page.type('#number', number)
  await page.click('#square')
  return waitFor(page, 'document.querySelector("output").textContent')
}

async function drive(engine: BrowserEngine): Promise<void> {
  const before = descendantsOf(process.pid)
  const browser = await engine.launch()
  try {
    const page = await browser.open(url, { width: 900, height: 700 })
    expect(await page.evaluate('Promise.resolve({ sum: [1, 2].map((x) => x + 1), none: null })')).toEqual({ sum: [2, 3], none: null })
    expect(await page.evaluate('undefined')).toBeNull()
    await expect(page.evaluate('Promise.reject(new RangeError("no such"))')).rejects.toThrow('no such')
    await expect(waitFor(page, '0 > 1', 0.1)).rejects.toThrow('Expected within 0.1 s: 0 > 1')
    await page.goto(`${url}again`)
    expect(await page.evaluate('localStorage.visits')).toBe('2')
    expect([...(await page.screenshot()).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47])
    expect(await Promise.all([squareOf(browser, '12'), squareOf(browser, '31')])).toEqual(['144', '961'])
    const other = await browser.open(url)
    expect(await other.evaluate('localStorage.visits'), 'another page is another device').toBe('1')
    await other.close()
    expect(await page.evaluate('1 + 1'), 'one page outlives another').toBe(2)
  } finally {
    await browser.close()
  }
  expect(
    descendantsOf(process.pid).filter((id) => !before.includes(id)),
    'nothing is left running',
  ).toEqual([])
}

describe.each(browsers)('R13 $name', (engine) => {
  test('R13 computes, is clicked and typed into, and ends', async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    await drive(engine)
  })
})

test('R13 what is not installed is said with its package', () => {
  expect(firstMissing({ sh: 'dash', 'no-such-browser': 'no-such-package' })).toBe(
    'Expected no-such-browser: install the Debian package no-such-package.',
  )
  expect(firstMissing({ sh: 'dash' })).toBeUndefined()
})
