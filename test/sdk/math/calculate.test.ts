import { describe, expect, test } from 'vitest'
import { calculate, ExpressionError, Rational } from '../../../sdk/math.ts'

function errorOf(text: string, maximumDigits?: number): ExpressionError {
  try {
    calculate(text, maximumDigits === undefined ? {} : { maximumDigits })
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`${text} was accepted`)
}

describe('M4 the usual notation', () => {
  test.each([
    ['2^360-1', 2n ** 360n - 1n],
    ['1/3 + 1/6', new Rational(1, 2)],
    ['6/3', 2n],
    ['2^-2', new Rational(1, 4)],
    ['(2/3)^-2', new Rational(9, 4)],
    ['-(1/2)', new Rational(-1, 2)],
    ['1/2/2', new Rational(1, 4)],
    ['8/2^2', 2n],
    [
      'factor(2^11-1)',
      [
        [23n, 1n],
        [89n, 1n],
      ],
    ],
    ['isPrime(2^61-1)', true],
    ['crt([2, 3, 2], [3, 5, 7])', 23n],
    ['gcd()', 0n],
    ['[1, [2], 3/2]', [1n, [2n], new Rational(3, 2)]],
    ['binomial(10, 5) * powMod(2, 10, 1000)', 252n * 24n],
  ])('M4 %s', (text, value) => {
    expect(calculate(text)).toEqual(value)
  })

  test.each([
    ['sin(1)', 0, 'Expected one of binomial, crt, factor'],
    ['constructor(1)', 0, 'got constructor'],
    ['2 * toString()', 4, 'got toString'],
    ['1 + isqrt(-4)', 4, 'isqrt: Expected `n` to be at least 0, got -4'],
    ['gcd(1/2, 3)', 0, 'to be an integer, got 1/2'],
    ['2^(1/2)', 1, 'Expected an integer as exponent, got 1/2'],
    ['1/(3-3)', 1, 'Expected a divisor other than 0'],
    ['0^-1', 1, 'Expected an exponent of at least 0'],
    ['[1] + 2', 4, 'Expected a number to compute with, got a list'],
    ['-isPrime(3)', 0, 'got true'],
    ['gcd(1, )', 7, 'Expected a number or "(", got ")"'],
    ['gcd(1 2)', 6, 'Expected ")", "," or an operator, got "2"'],
    ['gcd', 3, 'Expected "(", got the end'],
    ['1 + abc', 7, 'Expected "(", got the end; abc is read as the name of a function'],
    ['1.5', 1, 'got "."; write exact numbers, 3/2 for 1.5'],
    ['2*1e6', 3, 'got "e"; write exact numbers, 3/2 for 1.5 and 10^6 for 1e6'],
    ['1__0', 1, 'got "_"'],
    ['[1', 2, 'Expected "]", "," or an operator, got the end'],
    ['9^9^9', 1, 'at most 1000000 digits, got 369693100'],
    ['fibonacci(10^9)', 0, 'at most 1000000 digits'],
    ['binomial(10^8, 5*10^7)', 0, 'at most 1000000 digits'],
    ['(1/3)^(10^9)', 5, 'at most 1000000 digits'],
  ])('M4 %s is refused with its place', (text, position, message) => {
    const error = errorOf(text)
    expect(error.message).toContain(message)
    expect(error.position).toBe(position)
  })

  test('M4 a long sum is no deep one', () => {
    expect(calculate(`${'1+'.repeat(9999)}1`)).toBe(10_000n)
    expect(calculate(`${'2-'.repeat(5000)}1`)).toBe(2n - 2n * 4999n - 1n)
    expect(errorOf(`${'('.repeat(300)}1`).message).toContain('at most 200 nested')
    expect(errorOf(`${'gcd('.repeat(300)}1`).message).toContain('at most 200 nested')
    expect(errorOf(5 as never).message).toContain('got a number')
  })

  test('M4 the limit holds for every part, above and below the line', () => {
    expect(calculate('10^9', { maximumDigits: 10 })).toBe(10n ** 9n)
    expect(errorOf('10^10', 10).message).toContain('at most 10 digits, got 11')
    expect(errorOf('1/10^10', 10).message).toContain('at most 10 digits')
    expect(errorOf('99999 * 1/(10^6+1) / 1000', 8).message).toContain('at most 8 digits')
  })
})
