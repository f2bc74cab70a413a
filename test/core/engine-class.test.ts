import { expect, test } from 'vitest'
import { engineClassOf } from '../../server/core/engine-class.ts'
import { engineClass } from '../../web-worker-client/browser/engine-class.ts'

const CHROMIUM = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
const WEBKIT = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15'

test.each([
  [engineClass(CHROMIUM), 'v8-156'],
  [engineClass(CHROMIUM.replace('Chrome', 'HeadlessChrome')), 'v8-156'],
  [engineClass('Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0'), 'spidermonkey-153'],
  [engineClass(WEBKIT), 'javascriptcore-26'],
  [engineClass('curl/8'), 'unknown'],
  ['v8-13', 'v8-13'],
  ['V8-013.6', 'v8-13'],
  ['v8-13-again', 'unknown'],
  ['v8-12345', 'unknown'],
  ['v9-13', 'unknown'],
  ['', 'unknown'],
])('Q2 the class of the engine %s is %s', (engine, expected) => {
  expect(engineClassOf(engine)).toBe(expected)
})
