import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { bundleExpression, bundleFunction } from '../../sdk/bundle.ts'
import { bundleModule } from '../../sdk/local/bundle-module.ts'
import { framesOf, readableStack, readableStacks } from '../../sdk/remote-stack.ts'

const error = { name: 'TypeError', message: 'no' }
/** Line and column (from 1) of `what` in `text`. */
function placeOf(text: string, what: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(what)).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}
const v8 = ({ line, column }: { line: number; column: number }, name = 'deep') =>
  `TypeError: no\n    at ${name} (bundle.js:${line}:${column})\n    at Array.map (<anonymous>)\n    at async runInputs (harness.js:1:2)`

test('J15 the frames of the bundle are read from the stacks of all engines, and nothing else of them', () => {
  const frames = [
    { name: 'deep', line: 1, column: 42 },
    { name: '', line: 6, column: 30 },
  ]
  expect(
    framesOf('TypeError: no\n    at deep (bundle.js:1:42)\n    at bundle.js:6:30\n    at async runInputs (blob:null/1f-2:6:48754)'),
  ).toEqual(frames)
  expect(framesOf('deep@bundle.js:1:42\n@bundle.js:6:30\nmap@[native code]\n')).toEqual(frames)
  const hostile = ['at (((((bundle.js:1:2', 'bundle.js:9999999999:1', 'x'.repeat(4000), 'a\u001b[2J@bundle.js:1:1'].join('\n')
  expect(framesOf(hostile)).toEqual([{ name: 'a\\u{1b}[2J', line: 1, column: 1 }])
  expect(framesOf('f@bundle.js:1:1\n'.repeat(1000)).length).toBeLessThan(100)
})

test('J15 places of a function and of an expression are those of the text that was written', async () => {
  const work = `(n) => {\n  const deep = () => n.no.no\n  return deep()\n}`
  const code = bundleFunction(new Function(`return ${work}`)() as () => unknown)
  const origin = { code, source: { text: work, name: 'squares' } }
  expect(await readableStack(v8(placeOf(code, 'n.no')), error, origin)).toBe('TypeError: no\n    at deep (squares:2:22)')
  expect(await readableStack(v8(placeOf(code, '(n)'), ''), error, origin)).toBe('TypeError: no\n    at squares:1:1')
  const expression = 'null.x'
  const evaluated = bundleExpression(expression)
  const source = { text: expression, name: 'null.x' }
  expect(await readableStack(v8(placeOf(evaluated, '.x'), 'work'), error, { code: evaluated, source })).toContain('at work (null.x:1:5)')
})

test('J15 places of a module are those of its files, which are not shipped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsage-stack-'))
  try {
    writeFileSync(
      join(folder, 'inner.ts'),
      '// a comment\nexport function deep(n: number): number {\n  return (n as never as { no: { no: number } }).no.no\n}\n',
    )
    writeFileSync(join(folder, 'work.ts'), "import { deep } from './inner.ts'\n\nexport const work = (n: number) => deep(n)\n")
    const code = await bundleModule(pathToFileURL(join(folder, 'work.ts')))
    expect(code).not.toContain('sourceMappingURL')
    expect(await readableStack(v8(placeOf(code, 'n.no.no')), error, { code })).toMatch(/at deep \(inner\.ts:3:\d+\)$/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('J54 the stacks of a unit are told apart by their inputs, however they were cut, and what is damaged costs itself only', async () => {
  const said = { name: 'TypeError', message: 'no' }
  const errors = new Map([1, 2, 4, 7].map((position) => [position, said]))
  const one = '1\nTypeError: no\n    at deep (bundle.js:3:4)'
  const sections = [one, '2\n=', '3\n    at nobody (bundle.js:1:1)', '4\n    at other (bundle.js:5:6)\n    at o', 'x\u001b', '7\n(((']
  const stacks = await readableStacks(sections.join('\u001e'), errors, undefined)
  const deep = 'TypeError: no\n    at deep (bundle.js:3:4)'
  expect([...stacks]).toEqual([
    [1, deep],
    [2, deep],
    [4, 'TypeError: no\n    at other (bundle.js:5:6)'],
  ])
  expect([...(await readableStacks(v8({ line: 3, column: 4 }), errors, undefined))]).toEqual([[1, deep]])
  expect(await readableStacks(one, new Map(), undefined)).toEqual(new Map())
})

test('J15 a stack without a line of the bundle is none; of a bundle made elsewhere it names the bundle', async () => {
  expect(await readableStack('TypeError: no\n    at x (harness.js:1:2)', error, undefined)).toBeUndefined()
  expect(await readableStack(v8({ line: 3, column: 4 }), error, { code: 'elsewhere' })).toBe('TypeError: no\n    at deep (bundle.js:3:4)')
})
