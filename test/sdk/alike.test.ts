import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alike, decode, encode, encodeOutputs, pairsOf } from '../../sdk/codec.ts'
import { Rational } from '../../sdk/math.ts'

const close = (a: unknown, b: unknown, relTol = 1e-6, absTol = 1e-9) => alike(a, b, { relTol, absTol })

describe('K25 tolerance', () => {
  test.each([
    ['numbers within the relative tolerance', 1e9, 1e9 + 999, true],
    ['and beyond it', 1e9, 1e9 + 1001, false],
    ['numbers within the absolute tolerance', 0, 1e-9, true],
    ['and beyond it', 0, 1.1e-9, false],
    ['zeros of either sign', 0, -0, true],
    ['NaN and NaN', Number.NaN, Number.NaN, true],
    ['NaN and a number', Number.NaN, 1, false],
    ['an infinity and itself', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, true],
    ['the two infinities', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false],
    ['an infinity and a number', Number.POSITIVE_INFINITY, Number.MAX_VALUE, false],
    ['BigInts that are equal', 10n ** 30n, 10n ** 30n, true],
    ['BigInts that are not', 10n ** 30n, 10n ** 30n + 1n, false],
    ['a BigInt and a number', 1n, 1, false],
    ['texts', 'a', 'b', false],
    ['lists element by element', [1, [2, 'x']], [1 + 1e-9, [2, 'x']], true],
    ['lists of other lengths', [1], [1, 1], false],
    ['objects by their keys', { a: 1, b: 2 }, { b: 2 + 1e-9, a: 1 }, true],
    ['objects of other keys', { a: 1 }, { b: 1 }, false],
    ['a missing property and an undefined one', { a: undefined }, {}, false],
    ['floats element by element', Float64Array.of(1, 2), Float64Array.of(1 + 1e-9, 2), true],
    ['floats, one of them beyond', Float64Array.of(1, 2), Float64Array.of(1, 2.1), false],
    ['floats of another width', Float64Array.of(1), Float32Array.of(1), false],
    ['bytes exactly', Uint8Array.of(200), Uint8Array.of(200), true],
    ['bytes that differ', Uint8Array.of(200), Uint8Array.of(201), false],
    ['integers exactly', Int32Array.of(1e9), Int32Array.of(1e9 + 1), false],
    ['values of a Map', new Map([['k', 1]]), new Map([['k', 1 + 1e-9]]), true],
    ['keys of a Map exactly', new Map([[1, 'v']]), new Map([[1 + 1e-9, 'v']]), false],
    ['Sets exactly', new Set([1]), new Set([1 + 1e-9]), false],
    ['Rationals exactly', new Rational(1n, 3n), new Rational(1n, 3n), true],
    ['Rationals that differ', new Rational(1n, 3n), new Rational(2n, 3n), false],
    ['Dates exactly', new Date(5), new Date(6), false],
    ['null and an object', null, {}, false],
  ])('K25 %s', (_what, a, b, expected) => {
    const travelled = (value: unknown) => decode(encode(value))
    expect(close(travelled(a), travelled(b))).toBe(expected)
    expect(close(travelled(b), travelled(a))).toBe(expected)
  })

  test('K25 a number is alike to another as the formula says, whichever comes first', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    fc.assert(
      fc.property(number, number, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, relTol) => {
        const within = Math.abs(a - b) <= Math.max(1e-3, relTol * Math.max(Math.abs(a), Math.abs(b)))
        expect([close(a, b, relTol, 1e-3), close(b, a, relTol, 1e-3)]).toEqual([within, within])
      }),
    )
  })
})

describe('K21 what verify is asked about', () => {
  test('K21 it gets pairs of an input and a value, of those that have one', () => {
    const value = fc.oneof(fc.integer(), fc.string(), fc.constant({ deep: [1n, null] }), fc.uint8Array())
    const item = fc.oneof(
      value.map((of) => ({ value: of })),
      fc.constant({ error: { name: 'Error', message: 'no' } }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(value, item), { maxLength: 30 }), (units) => {
        const pairs = units.flatMap(([input, given]) => ('value' in given ? [[input, given.value]] : []))
        const bytes = pairsOf(encode(units.map(([input]) => input)), encodeOutputs(units.map(([, given]) => given)))
        expect(bytes).toEqual(encode(pairs))
      }),
    )
    expect(() => pairsOf(encode([1, 2]), encodeOutputs([{ value: 1 }]))).toThrow('outputs for 2 inputs')
  })
})
