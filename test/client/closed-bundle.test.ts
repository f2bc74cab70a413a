import { expect, test } from 'vitest'
import { ClosedBundles, closeBundle } from '../../web-worker-client/sandbox/closed-bundle.ts'

test.each([
  'import x from "y"; export const work = () => x',
  'import "data:text/javascript,1"; export const work = () => 1',
  'import * as a from /* "b" */ "./c.js"; export const work = () => a',
  'export { work } from "./other.js"',
  'export * from/**/"./other.js"; export const work = () => 1',
  "export * as all from'x'; export const work = () => 1",
])('X13 a static import fails the bundle before it runs: %s', async (code) => {
  expect(await closeBundle(code)).toMatchObject({ failure: { kind: 'imports' } })
})

test.each([
  ['import("x")', 'dsage$import("x")'],
  ['import\n/* y */ (x, { with: { type: "json" } })', 'dsage$import\n/* y */ (x, { with: { type: "json" } })'],
  ['[import(import("a")), [`$`, import("b")]]', '[dsage$import(dsage$import("a")), [`$`, dsage$import("b")]]'],
  ['import.meta.url', 'import.meta.url'],
  ['({ import: 1 }).import', '({ import: 1 }).import'],
  ['"import(x)" + /import(x)/', '"import(x)" + /import(x)/'],
  ['Array.from("import")', 'Array.from("import")'],
])('X13 what imports becomes a call that rejects, and nothing else changes: %s', async (expression, expected) => {
  const { code, failure } = await closeBundle(`export const work = (x) => ${expression}`)
  expect(failure).toBeUndefined()
  expect(code.split('\n;async function')[0]).toBe(`export const work = (x) => ${expected}`)
})

test('X13 what no parser understands is not run where it might import', async () => {
  expect(await closeBundle('export const work = () => import.defer("x")')).toMatchObject({ failure: { kind: 'syntax' } })
  expect(await closeBundle('const = import("x")')).toMatchObject({ failure: { kind: 'syntax' } })
  // Nothing in it can import: the engine says whether it parses.
  expect(await closeBundle('export const work = () => {')).toEqual({ code: 'export const work = () => {' })
})

test('X13 each bundle is looked at once, and the last sixteen are kept', async () => {
  const bundles = new ClosedBundles()
  const first = bundles.get('a', '1')
  expect(bundles.get('a', '1')).toBe(first)
  for (let i = 0; i < 16; i++) bundles.get(String(i), '1')
  expect(bundles.get('a', '1')).not.toBe(first)
})
