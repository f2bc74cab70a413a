import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SANDBOX_GLOBALS } from '../../sdk/sandbox-globals.ts'
import type { UnitOutcome, UnitToRun } from '../../web-worker-client/engine/sandbox-thread.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { Browser, BrowserPage } from '../support/browsers/browser.ts'
import { browsers } from '../support/browsers/browsers.ts'
import { runUnit, startSandboxPage } from '../support/sandbox-page/sandbox-page.ts'
import { unitOf, valuesOf } from './sandbox-support.ts'

/** Where the walk begins: the global, and what only syntax or a failure gives. */
const ROOTS = `[globalThis, import.meta, (async () => {})(), (function* () {})(), (async function* () {})(), async () => {}, function* () {}, async function* () {},
  [][Symbol.iterator](), /x/[Symbol.matchAll](''), new Map().keys(), new Set().keys(), ''[Symbol.iterator](), [].values().map((x) => x), (function () { return arguments })(),
  new Intl.NumberFormat(), new Intl.Segmenter().segment('a b')[Symbol.iterator](), new WebAssembly.Memory({ initial: 1 }).buffer, new Proxy({}, {}),
  ...(await Promise.all([() => atob('!'), () => structuredClone(() => {}), () => null.x, () => import('x:y'), () => WebAssembly.compile(new Uint8Array(3)), () => new Array(-1), () => BigInt('x'),
    () => new Intl.NumberFormat('en', { style: 'x' }), () => decodeURI('%'), () => 'x'.repeat(-1), () => JSON.parse('{'), () => (function f() { f() })(), () => new WebAssembly.Memory({ initial: 70000 }),
    () => Function('1'), () => crypto.getRandomValues(1), () => ctx.tick.caller].map(async (f) => { try { return await f() } catch (error) { return error } })))]`

/**
 * Everything reachable over prototypes, properties of any kind and accessors: the names on the global's chain with what they give, the
 * functions that make something, and the tags of objects.
 */
const WALK = `export const work = async (x, ctx) => {
  const globals = {}, makers = new Set(), tags = new Set(), seen = new Set(), queue = [...${ROOTS}, ctx]
  for (let o = globalThis; o !== null && o !== Object.prototype; o = Object.getPrototypeOf(o)) for (const key of Reflect.ownKeys(o)) try { globals[String(key)] ??= typeof globalThis[key] } catch { globals[String(key)] = 'refused' }
  while (queue.length > 0) {
    const value = queue.pop()
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
    seen.add(value)
    if (typeof value === 'function' && Object.hasOwn(value, 'prototype')) makers.add(value.name)
    const tag = Object.getOwnPropertyDescriptor(value, Symbol.toStringTag)?.value
    if (typeof tag === 'string') tags.add(tag)
    queue.push(Object.getPrototypeOf(value))
    for (const key of Reflect.ownKeys(value)) {
      const { get, set, value: inner } = Object.getOwnPropertyDescriptor(value, key)
      queue.push(get, set, inner)
    }
  }
  return { globals, makers: [...makers], tags: [...tags], size: seen.size }
}`

/** Of ECMAScript, ECMA-402 and WebAssembly, reached through listed names; a Firefox's `InternalError` is what too much recursion throws. */
const MAKERS = new Set([
  ...SANDBOX_GLOBALS,
  ...['', 'TypedArray', 'GeneratorFunction', 'AsyncFunction', 'AsyncGeneratorFunction', 'InternalError', 'refuse'],
  ...[
    'DateTimeFormat',
    'NumberFormat',
    'Collator',
    'PluralRules',
    'RelativeTimeFormat',
    'ListFormat',
    'Locale',
    'DisplayNames',
    'Segmenter',
    'DurationFormat',
  ],
  ...[
    'Module',
    'Instance',
    'Table',
    'Memory',
    'Global',
    'Tag',
    'Exception',
    'CompileError',
    'LinkError',
    'RuntimeError',
    'AbstractModuleSource',
  ],
])
/** What an engine's own interfaces would be called, were one of them left. */
const PLATFORM =
  /Scope|Worker|Event|Port|Channel|Blob|File|URL|Navigator|Storage|DB|Cache|Crypto$|Performance|Stream|Request|Response|Headers|Socket|DOM|Canvas|WebGL|Image|Font|GPU/

interface Walked {
  readonly globals: Record<string, string>
  readonly makers: readonly string[]
  readonly tags: readonly string[]
  readonly size: number
}

function expectClean(outcome: UnitOutcome | undefined): void {
  const [{ globals, makers, tags, size }] = valuesOf(outcome!) as [Walked]
  // A constant that an engine lets nobody remove is hidden by undefined: its name is all that is left.
  const left = Object.keys(globals).filter((name) => !SANDBOX_GLOBALS.includes(name) && globals[name] !== 'undefined')
  expect(left).toEqual([])
  expect(makers.filter((name) => !MAKERS.has(name))).toEqual([])
  expect(tags.filter((tag) => PLATFORM.test(tag))).toEqual([])
  expect(size).toBeGreaterThan(600)
}

const unit: UnitToRun = unitOf(WALK, [0])

test('X1 nothing outside the list is reached in the headless worker', async () => {
  const thread = headlessThreads()()
  expectClean(await thread.run(unit))
  await thread.close()
})

describe.each(browsers)('$name', (engine) => {
  let browser: Browser | undefined
  let tab: BrowserPage
  let page: Awaited<ReturnType<typeof startSandboxPage>>
  let open: Awaited<ReturnType<typeof startSandboxPage>>
  beforeAll(async () => {
    page = await startSandboxPage()
    open = await startSandboxPage({ weakness: { withoutAllowList: true } })
    if (engine.missing() !== undefined) return
    browser = await engine.launch()
    tab = await browser.open(page.url)
  })
  afterAll(async () => {
    await browser?.close()
    await page.close()
    await open.close()
  })

  test(`X1 nothing outside the list is reached in ${engine.name}`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    expectClean(await runUnit(tab, unit))
  })

  test(`X1 without the removal the walk of ${engine.name} finds names outside the list`, async (context) => {
    context.skip(engine.missing() !== undefined, engine.missing())
    const weak = await browser!.open(open.url)
    const [{ globals, makers }] = valuesOf((await runUnit(weak, unit))!) as [Walked]
    expect(Object.keys(globals)).toEqual(expect.arrayContaining(['fetch', 'Worker', 'navigator']))
    expect(makers.filter((name) => !MAKERS.has(name)).length).toBeGreaterThan(100)
  })
})
