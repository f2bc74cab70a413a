import { afterAll, beforeAll, expect, test } from 'vitest'
import { SANDBOX_GLOBALS } from '../../sdk/sandbox-globals.ts'
import { headlessThreads } from '../../web-worker-client/headless/spawn-thread.ts'
import type { HeadlessThread } from '../../web-worker-client/headless/thread.ts'
import { removeUnlisted } from '../../web-worker-client/sandbox/allow-list.ts'
import { unitOf, valuesOf } from './sandbox-support.ts'

/** Names of the global and its prototype chain up to Object.prototype, seen by the bundle's top level and by `work`. */
const WALK = `
const walk = () => {
  const names = []
  for (let o = globalThis; o !== null && o !== Object.prototype; o = Object.getPrototypeOf(o)) {
    for (const key of Reflect.ownKeys(o)) if (o === globalThis || key !== 'constructor') names.push(String(key))
  }
  return names.sort()
}
const atLoad = walk()
export const work = () => [atLoad, walk()]`

let thread: HeadlessThread
beforeAll(() => {
  thread = headlessThreads()()
})
afterAll(() => thread.close())

test('X1 a realm has no global name outside the list, at load and in work', async () => {
  const [[atLoad, atWork]] = valuesOf(await thread.run(unitOf(WALK, [0]))) as [[string[], string[]]]
  const listed = new Set([...SANDBOX_GLOBALS, 'Symbol(Symbol.toStringTag)'])
  expect(atLoad.filter((name) => !listed.has(name))).toEqual([])
  expect(atWork).toEqual(atLoad)
})

test('X1 a realm has every listed name but those that no two engines share', async () => {
  const [[names]] = valuesOf(await thread.run(unitOf(WALK, [0]))) as [[string[]]]
  const missing = SANDBOX_GLOBALS.filter((name) => !names.includes(name))
  expect(missing).toEqual(['WeakRef', 'FinalizationRegistry', 'URL', 'URLSearchParams'].filter((name) => SANDBOX_GLOBALS.includes(name)))
})

test('X1 nothing reachable from a built-in leads to a removed name', async () => {
  const code = `export const work = () => {
    const seen = new Set(), found = []
    const queue = [[globalThis, 'globalThis'], [(async () => {})(), 'promise'], [(function* () {})(), 'generator'], [(async function* () {})(), 'asyncGenerator'],
      [async () => {}, 'async'], [function* () {}, 'function*'], [async function* () {}, 'async function*'], [[][Symbol.iterator](), 'iterator'],
      [/x/[Symbol.matchAll](''), 'matchAll'], [new Map().keys(), 'keys'], [''[Symbol.iterator](), 'text']]
    while (queue.length > 0) {
      const [value, path] = queue.shift()
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
      seen.add(value)
      if (typeof value === 'function' && /^(SharedArrayBuffer|WeakRef|FinalizationRegistry|eval|ShadowRealm|Instant)$/.test(value.name)) found.push(path)
      queue.push([Object.getPrototypeOf(value), path + '.__proto__'])
      for (const key of Reflect.ownKeys(value)) {
        const { get, set, value: inner } = Object.getOwnPropertyDescriptor(value, key)
        for (const next of [get, set, inner]) queue.push([next, path + '.' + String(key)])
      }
    }
    return { found, size: seen.size }
  }`
  const [walked] = valuesOf(await thread.run(unitOf(code, [0]))) as [{ found: string[]; size: number }]
  expect(walked.found).toEqual([])
  expect(walked.size).toBeGreaterThan(500)
})

test.each([
  ['eval', '(0, eval)("1")'],
  ['Function', 'Function("return 1")()'],
  ['new Function', 'new Function("return 1")()'],
  ['class extends Function', 'new (class extends Function {})("return 1")()'],
  ['async', '(async () => {}).constructor("return 1")()'],
  ['generator', '(function* () {}).constructor("return 1")()'],
  ['async generator', '(async function* () {}).constructor("return 1")()'],
  ['Reflect.construct', 'Reflect.construct((() => {}).constructor, ["return 1"])()'],
  ['import', 'await import("node:fs")'],
  ['import data', 'await import("data:text/javascript,export default 1")'],
])('X1 text cannot become code: %s', async (_, expression) => {
  const code = `export const work = async () => { try { ${expression}; return 'ran' } catch (error) { return error.name } }`
  expect(valuesOf(await thread.run(unitOf(code, [0])))[0]).toMatch(/^(EvalError|ReferenceError|Error|TypeError)$/)
})

test('X1 names of a prototype move to the global or go', () => {
  const prototype = Object.create(
    { hidden: 1 },
    { allowed: { get: () => 'real', configurable: true }, fetch: { value: 1, configurable: true } },
  )
  const global = Object.create(prototype, { allowed: { value: 'ours', configurable: true }, secret: { value: 1, configurable: true } })
  removeUnlisted(global, ['allowed'])
  expect(Reflect.ownKeys(global)).toEqual(['allowed'])
  expect(Reflect.ownKeys(prototype)).toEqual([])
  expect(global).toMatchObject({ allowed: 'ours' })
  expect('hidden' in global || 'secret' in global || 'fetch' in global).toBe(false)
})

test('X1 a name that cannot be removed stops the realm', () => {
  const global = Object.defineProperty({}, 'stuck', { value: 1, configurable: false, writable: false })
  expect(() => removeUnlisted(global, [])).toThrow('stuck')
})
