import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { installPortableMath } from '../../web-worker-client/sandbox/portable-math.ts'

const portable = {} as Math
installPortableMath(portable)
type Name = Exclude<keyof Math, symbol>
const NAMES = Object.getOwnPropertyNames(portable) as Name[]
const of = (math: Math, name: Name) => (math as unknown as Record<Name, (...values: unknown[]) => number>)[name]
const argumentsOf = (name: Name) => (['pow', 'atan2', 'hypot'].includes(name) ? 2 : 1)

const SPECIAL = [
  ...[
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    2,
    -2,
    3,
    -3,
    0.1,
    10,
    1e-300,
    -1e-300,
    1e300,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Infinity,
    -Infinity,
    Number.NaN,
  ],
  ...[709.78, 710, -740, -745, -746, 22, 1e22, Math.PI, Math.PI / 2, 1e15, 2 ** 53, -(2 ** 53) - 2, 1 - 2 ** -53, 1 + 2 ** -52],
]

/** Both as good as an engine's: the last digits may differ, and nothing else. */
function expectAgreement(name: Name, values: readonly number[]): void {
  const [ours, native] = [of(portable, name)(...values), of(Math, name)(...values)]
  const isClose = Object.is(ours, native) || Math.abs(ours - native) <= Math.max(1e-14 * Math.abs(native), 1e-322)
  expect({ name, values, ours, isClose }, `${native}`).toEqual({ name, values, ours, isClose: true })
}

test('T7 every function that the standard leaves to the engine has an implementation of ours', () => {
  const EXACT = [
    'abs',
    'ceil',
    'clz32',
    'f16round',
    'floor',
    'fround',
    'imul',
    'max',
    'min',
    'random',
    'round',
    'sign',
    'sqrt',
    'sumPrecise',
    'trunc',
  ]
  const left = Object.getOwnPropertyNames(Math).filter((name) => typeof Math[name as Name] === 'function' && !EXACT.includes(name))
  expect(NAMES.toSorted()).toEqual(left.sort())
})

test.each(NAMES)('T7 %s has the special values of the standard and agrees with the engine’s everywhere', (name) => {
  const pairs = argumentsOf(name) === 1 ? SPECIAL.map((x) => [x]) : SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y]))
  for (const values of pairs) expectAgreement(name, values)
  const near = fc.oneof(fc.double(), fc.double({ min: -50, max: 50 }), fc.integer({ min: -40, max: 40 }))
  const values = fc.tuple(...Array.from({ length: argumentsOf(name) }, () => near))
  fc.assert(
    fc.property(values, (some) => expectAgreement(name, some)),
    { numRuns: 300 },
  )
})

test('T7 hypot takes any number of arguments and neither overflows nor underflows on the way', () => {
  expect([portable.hypot(), portable.hypot(-3), portable.hypot(3, 4), portable.hypot(1, 2, 2), portable.hypot(-0)]).toEqual([0, 3, 5, 3, 0])
  expect(portable.hypot(3e307, 4e307)).toBeCloseTo(5e307, -300)
  expect(portable.hypot(3e-320, 4e-320) / 5e-320).toBeCloseTo(1, 3)
  expect(portable.hypot(Number.NaN, 1, -Infinity)).toBe(Infinity)
  expect(portable.hypot(Number.NaN, 0)).toBeNaN()
})

test('T7 arguments are converted as Math’s own are, and a BigInt is refused', () => {
  const asked: string[] = []
  const number = (name: string, value: number) => ({ valueOf: () => [asked.push(name), value][1] })
  expect(of(portable, 'pow')(number('base', 3), number('exponent', 2))).toBe(9)
  expect(asked).toEqual(['base', 'exponent'])
  expect([of(portable, 'exp')('1'), of(portable, 'sin')(null), of(portable, 'cos')()]).toEqual([Math.E, 0, Number.NaN])
  for (const name of NAMES) {
    expect(() => of(portable, name)(...[2n, 2n].slice(0, argumentsOf(name)))).toThrow(TypeError)
    expect(of(portable, name).name).toBe(name)
    expect(() => Reflect.construct(of(portable, name), [])).toThrow('not a constructor')
  }
})

test('T7 the library computes with nothing that engines do differently', () => {
  const library = new URL('../../web-worker-client/sandbox/generated/portable-math.js', import.meta.url)
  const context = createContext({ NAMES })
  runInContext(`for (const name of NAMES) Math[name] = () => { throw new Error('native ' + name) }`, context)
  runInContext(readFileSync(library, 'utf8').replace(/export \{\s*loaders\s*\};/, ''), context)
  const values = runInContext(
    `Object.entries(loaders).map(([name, load]) => [name, [-30, -0.7, 0.3, 1.9, 800, 1e9].map((x) => load()(x, 1.7))])`,
    context,
  )
  expect(values).toHaveLength(NAMES.length - 1)
  for (const [, some] of values) expect(some.every((value: unknown) => typeof value === 'number')).toBe(true)
})
