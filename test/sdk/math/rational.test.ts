import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode, encode } from '../../../sdk/codec.ts'
import { fromJson, toJson } from '../../../sdk/json.ts'
import { Rational } from '../../../sdk/math.ts'

const fraction = fc.tuple(fc.bigInt(), fc.bigInt({ min: 1n })).map(([top, bottom]) => new Rational(top, bottom))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('M3 fractions', () => {
  test('M3 lowest terms with a positive denominator, frozen', () => {
    expect(
      [new Rational(6, -4), new Rational(0, -7), new Rational(0.75), new Rational(new Rational(1, 2), new Rational(1, 3))].map(String),
    ).toEqual(['-3/2', '0', '3/4', '3/2'])
    expect(() => Object.assign(new Rational(1, 2), { denominator: 0n })).toThrow(TypeError)
    expect(() => new Rational(1, 0)).toThrow('Expected a denominator other than 0, got 1/0.')
    expect(() => new Rational(Number.NaN)).toThrow('finite')
    expect(() => new Rational('1/2' as never)).toThrow('got a string')
    expect(() => new Rational(1).over(0)).toThrow(RangeError)
  })

  test('M3 text is read as it is written', () => {
    expect([Rational.parse(' -3/4 '), Rational.parse('0.125'), Rational.parse('-7'), Rational.parse('+6 / 4')].map(String)).toEqual([
      '-3/4',
      '1/8',
      '-7',
      '3/2',
    ])
    for (const text of ['', '1/', '/2', '1/2/3', '0x1', '1e3', '1/-2', '.5']) expect(() => Rational.parse(text), text).toThrow(SyntaxError)
    expect(() => Rational.parse('1/0')).toThrow(RangeError)
  })

  test('M3 a number is exactly the fraction that it is, and comes back', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => new Rational(x).toNumber() === (x === 0 ? 0 : x)))
    expect(new Rational(5e-324).toNumber()).toBe(5e-324)
  })

  test('M3 is rounded to a number once, as IEEE 754 rounds', () => {
    const safe = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n })
    fc.assert(
      fc.property(safe, fc.bigInt({ min: 1n, max: 2n ** 53n }), (top, bottom) => {
        // Division of two exact numbers is correctly rounded.
        expect(new Rational(top, bottom).toNumber()).toBe(top === 0n ? 0 : Number(top) / Number(bottom))
      }),
    )
    expect(new Rational(2n ** 53n + 1n).toNumber()).toBe(2 ** 53)
    expect(new Rational(2n ** 53n + 3n).toNumber()).toBe(2 ** 53 + 4)
    expect(new Rational(3n, 2n ** 1075n).toNumber()).toBe(2 ** -1073)
    expect(new Rational(1n, 2n ** 1075n).toNumber()).toBe(0)
    expect(new Rational(2n ** 60n + 1n, 2n ** 1135n).toNumber()).toBe(5e-324)
    expect(new Rational(-(10n ** 400n)).toNumber()).toBe(-Infinity)
    expect(new Rational(2n ** 1024n - 2n ** 970n).toNumber()).toBe(Infinity)
    expect(new Rational(2n ** 1024n - 2n ** 970n - 1n).toNumber()).toBe(Number.MAX_VALUE)
  })

  test('M3 travels as bytes and as JSON', () => {
    expect(hex(encode(new Rational(-3, 4)))).toBe('d81e82c34102c24104')
    fc.assert(
      fc.property(fraction, (value) => {
        const back = decode(encode(value)) as Rational
        expect(back).toBeInstanceOf(Rational)
        expect(back.equals(value)).toBe(true)
        expect((fromJson(toJson(value)) as Rational).equals(value)).toBe(true)
      }),
    )
    expect(toJson(new Rational(-3, 4))).toEqual({ $rational: '-3/4' })
    for (const json of ['1/0', '1', '1/-2', '01/2', '1.5/2', 5, null])
      expect(() => fromJson({ $rational: json }), String(json)).toThrow('fraction')
  })

  test.each([
    ['three parts', 'd81e83c24101c24101c24101', 'two parts'],
    ['a denominator of 0', 'd81e82c24101c240', 'a BigInt of at least 1'],
    ['a negative denominator', 'd81e82c24101c34101', 'a BigInt of at least 1'],
    ['numbers as parts', 'd81e820102', 'a BigInt'],
    ['a leading zero', 'd81e82c24101c2420001', 'leading zero'],
    ['no list', 'd81ec24101', 'the parts of a fraction'],
  ])('M3 %s is no fraction', (_name, bytes, message) => {
    expect(() => decode(Uint8Array.from(Buffer.from(bytes, 'hex')))).toThrow(message)
  })

  test('M3 what only looks like one does not travel', () => {
    for (const fake of [Object.create(Rational.prototype), Object.setPrototypeOf({ numerator: 1n, denominator: 2n }, Rational.prototype)]) {
      expect(() => encode(fake)).toThrow('instance of Rational')
    }
    expect(() => Object.assign(Rational, { is: () => true })).toThrow(TypeError)
  })
})
