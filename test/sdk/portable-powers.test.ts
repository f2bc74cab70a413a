import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beforePowers, portablePowers } from '../../sdk/bundle/portable-powers.ts'
import { keepSourceMap } from '../../sdk/bundle/source-maps.ts'
import { readableStack } from '../../sdk/remote-stack.ts'

const load = async (code: string): Promise<{ work: (...inputs: unknown[]) => unknown }> =>
  import(`data:text/javascript,${encodeURIComponent(code)}`)
/** What `body` gives for `inputs`, before and after; and whether `**` of Numbers is left in it. */
async function both(body: string, ...inputs: unknown[]) {
  const code = `export const work = async (x, y) => { ${body} }\n`
  const text = portablePowers(code)
  const run = async (module: string) => {
    try {
      return { value: await (await load(module)).work(...inputs) }
    } catch (error) {
      return { error: (error as Error).name }
    }
  }
  return { before: await run(code), after: await run(text), calls: Math.max(0, text.split('dsage$pow(').length - 2), text }
}

const CASES: [body: string, calls: number, ...inputs: unknown[]][] = [
  ['return x ** y', 1, 3, 4],
  ['return x ** y', 1, 3n, 4n],
  ['return x ** y', 1, 3n, 4],
  ['return x ** y', 1, '3', { valueOf: () => 2 }],
  ['return x ** y', 1, Object(2n), Object(5n)],
  ['return [x ** 2, x ** -1, (-x) ** y, (x) ** (y), x**y**2]', 6, 2, 3],
  ['return 2n ** x + x ** 3n', 0, 5n],
  ['x **= y; return x', 1, 3, 4],
  ['x **= 2n; return x', 0, 3n],
  ['const o = { a: { b: 3 }, "c d": [1, 2] }; o.a.b **= y; o["c d"][1] **= y; const i = 0; o["c d"][i] **= 9; return o', 3, 0, 4],
  ['class A { #n = 3; raise() { this.#n **= 3; return this.#n } } return new A().raise()', 1],
  ['class A { n = 5 } class B extends A { up() { super.n = 2; this.n **= 2; return this.n } } return new B().up()', 1],
  ['return (await x) ** (await y)', 1, Promise.resolve(2), Promise.resolve(10)],
  ['function* g() { return (yield) ** 2 } const i = g(); i.next(); return i.next(7).value', 1],
  [['return `', '{x ** 2} ** ', '{"**"}` + /a[**]b/.source'].join('$'), 1, 3],
  ['// x ** y\nreturn x /* ** */ ** /* ** */ (y) // **\n', 1, 2, 8],
  ['const order = []; const say = (n) => (order.push(n), n); say(2) ** say(3); return order', 1],
  ['const f = (a = 2 ** 3, { b = a ** 2 } = {}) => [a, b]; return f()', 2],
  ['return x ** y ** 0.5 ** 2', 3, 2, 16],
]
test.each(CASES)('T7 %s', async (body, calls, ...inputs) => {
  const { before, after, calls: found, text } = await both(body, ...inputs)
  expect(after).toEqual(before)
  expect(found).toBe(calls)
  expect(portablePowers(text)).toBe(text)
})

test('T7 what has no power stays as it is', () => {
  for (const code of ['export const work = (x) => x * x', '/** a */ export const work = () => "**"'])
    expect(portablePowers(code)).toBe(code)
})

test('T7 the left side of an assignment that cannot be computed twice is refused with its line', () => {
  const code = 'export const work = (a) => {\n  let i = 0\n  a[i++] **= 2\n}'
  expect(() => portablePowers(code)).toThrow(/got a\[i\+\+\] at line 3 of the bundle; write x = x \*\* y/)
})

test('T7 any expression of powers has the value it had', async () => {
  const { expression } = fc.letrec<{ expression: string; leaf: string }>((tie) => ({
    leaf: fc.constantFrom('x', 'y', '2', '0.5', '(-1)', 'x * y', 'Math.abs(y)').map((text) => `(${text})`),
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      fc
        .tuple(tie('expression'), fc.constantFrom('**', ' ** ', '/**/**\n', '+', '*'), tie('expression'))
        .map(([a, op, b]) => `(${a}${op}${b})`),
      fc
        .tuple(tie('leaf'), tie('expression'))
        .map(([a, b]) => `${a} ** ${b}`)
        .map((text) => `[${text}][0]`),
    ),
  }))
  const check = fc.asyncProperty(fc.array(expression, { minLength: 20, maxLength: 20 }), async (texts) => {
    const { before, after } = await both(`return [${texts.join(',\n')}]`, 1.5, -3)
    expect(after).toEqual(before)
  })
  await fc.assert(check, { numRuns: 10 })
})

test('T7 places in stacks are those of the code before', async () => {
  const source = '(n) => {\n  const a = n ** 2, b = a ** 3; if (a ** b > -1) throw new Error("here")\n  return n.no ** missing(a) \n}'
  const code = `export const work = ${source}\n`
  const text = portablePowers(code)
  for (const [before, line] of [
    ['const', 2],
    ['throw', 2],
    ['new', 2],
    ['missing', 3],
  ] as const) {
    const place = (of: string) => of.split('\n')[line - 1]!.indexOf(before) + 1
    expect(beforePowers(text).columnOf(line, place(text))).toBe(place(code))
  }
  const at = text.split('\n')[1]!.indexOf('new Error') + 1
  const stack = `Error: here\n    at dsage$pow (bundle.js:7:1)\n    at work (bundle.js:2:${at})`
  const error = { name: 'Error', message: 'here' }
  const readable = await readableStack(stack, error, { code: text, source: { text: source, name: 'squares' } })
  expect(readable).toBe(`Error: here\n    at work (squares:2:${source.split('\n')[1]!.indexOf('new Error') + 1})`)
})

test('T7 a source map of the code before is found by the text after', async () => {
  const code = 'export const work = (n) => n ** 2 + n.no.no\n'
  // One segment: column 27 of the bundle is line 5, column 3 of a file.
  keepSourceMap(code, JSON.stringify({ version: 3, sources: ['squares.ts'], names: [], mappings: '2BAIG' }))
  const text = portablePowers(code)
  const column = text.indexOf('n.no.no') + 1
  expect(await readableStack(`at work (bundle.js:1:${column})`, { name: 'E', message: 'm' }, { code: text })).toBe(
    'E: m\n    at work (squares.ts:5:4)',
  )
})
