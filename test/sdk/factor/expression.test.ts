import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExpressionError, parseExpression } from '../../../sdk/functions/factor/expression.ts'

function errorOf(text: string, maximumDigits?: number): ExpressionError {
  try {
    parseExpression(text, maximumDigits === undefined ? {} : { maximumDigits })
  } catch (error) {
    if (error instanceof ExpressionError) return error
    throw error
  }
  throw new Error(`${text} was accepted`)
}

describe('expressions', () => {
  test.each([
    ['11^150+1', 11n ** 150n + 1n],
    ['2^360-1', 2n ** 360n - 1n],
    ['2**360 - 1', 2n ** 360n - 1n],
    ['(2^61-1)*(2^89-1)', (2n ** 61n - 1n) * (2n ** 89n - 1n)],
    [' 00360 ', 360n],
    ['-360', -360n],
    ['--5', 5n],
    ['+5', 5n],
    ['-2^2', -4n],
    ['(-2)^3', -8n],
    ['2^3^2', 512n],
    ['2^(1+2)', 8n],
    ['2 - 3 - 4', -5n],
    ['2*-3', -6n],
    ['2 ** 3 ** 2', 512n],
    ['0^0', 1n],
    ['0^5', 0n],
    ['(-1)^1000000000000000000001', -1n],
    ['(-1)^1000000000000000000000', 1n],
    ['1^99999999999999999999', 1n],
    ['10^1999', 10n ** 1999n],
    ['10/5', 2n],
    ['(2^10-1)/3', 341n],
    ['2^-1*8', 4n],
    ['fibonacci(100)', 354224848179261915075n],
    ['lcm(4, 6) + gcd(12, 18)', 18n],
  ])('F8 %s', (text, value) => {
    expect(parseExpression(text).value).toBe(value)
  })

  test.each([
    ['', 0, 'Expected a number or "(", got the end (at character 1)'],
    ['2^', 2, 'Expected a number or "(", got the end'],
    ['2 + x', 5, 'Expected "(", got the end'],
    ['7/2', 0, 'Expected an integer, got 7/2'],
    ['factor(12)', 0, 'Expected an integer, got a list'],
    ['7/0', 1, 'Expected a divisor other than 0'],
    ['sin(1)', 0, 'got sin'],
    ['fibonacci(10^7)', 0, 'at most 2000 digits'],
    ['binomial(10^9, 10^6)', 0, 'at most 2000 digits'],
    ['(1+2', 4, 'Expected ")" or an operator, got the end'],
    ['1+2)', 3, 'Expected an operator or the end, got ")"'],
    ['2 3', 2, 'Expected an operator or the end, got "3"'],
    ['1e5', 1, 'got "e"'],
    ['1.5', 1, 'got "."'],
    ['2^-1', 0, 'Expected an integer, got 1/2'],
    ['0^-1', 1, 'Expected an exponent of at least 0'],
    ['0x10', 1, 'got "x"'],
    ['5!', 1, 'got "!"'],
    ['٣', 0, 'got "٣"'],
    ['2^2^2^2^2^2', 3, 'at most 2000 digits'],
    ['10^2000', 2, 'at most 2000 digits, got 2001'],
    ['9^9^9^9', 3, 'at most 2000 digits'],
    ['10^1999*10', 7, 'at most 2000 digits'],
    ['1*(10^1999*9+10^1999)', 12, 'at most 2000 digits'],
  ])('F8 refuses %s with its position', (text, position, message) => {
    const error = errorOf(text)
    expect(error.message).toContain(message)
    expect(error.position).toBe(position)
  })

  test('F8 refuses what is long or deep before it costs anything', () => {
    expect(errorOf('('.repeat(10_000)).message).toContain('at most 200 nested')
    expect(errorOf('-'.repeat(10_000)).message).toContain('at most 200 nested')
    expect(errorOf('2^'.repeat(9_000)).message).toContain('at most 200 nested')
    expect(errorOf('1+'.repeat(20_000)).message).toContain('at most 20000 characters')
    expect(errorOf('9'.repeat(2001)).message).toContain('at most 2000 digits, got 2001')
    expect(errorOf('100', 2).message).toContain('at most 2 digits')
    expect(parseExpression('9'.repeat(2000)).value).toBe(10n ** 2000n - 1n)
  })

  test('F8 reads what JavaScript reads', () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 5 },
        fc.bigInt({ min: 0n, max: 1000n }).map(String),
        fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*', ' - ', ' * '), tie('expression')).map((parts) => parts.join('')),
        tie('expression').map((inner) => `(${inner})`),
        tie('expression').map((inner) => `(-${inner})`),
        fc.tuple(tie('expression'), fc.integer({ min: 0, max: 3 })).map(([inner, k]) => `((${inner})**${k})`),
      ),
    }))
    fc.assert(
      fc.property(expression, (text) => {
        // biome-ignore lint/security/noGlobalEval: the text is made of digits and operators by this test, and JavaScript is the reference.
        const value: bigint = eval(text.replace(/[0-9]+/g, '$&n'))
        expect(parseExpression(text).value).toBe(value)
      }),
    )
  })

  test('F8 keeps what the way of writing gives away', () => {
    expect(parseExpression('(2^61-1)*(2^89-1)').divisors).toEqual(expect.arrayContaining([2n ** 61n - 1n, 2n ** 89n - 1n]))
    expect(parseExpression('3*(2^64-1)').divisors).toContain(65_537n)
    expect(parseExpression('10^12-7^12').divisors).toContain(10n ** 4n - 10n ** 2n * 7n ** 2n + 7n ** 4n)
    expect(parseExpression('17').divisors).toEqual([])
    for (const text of ['6*35', '2^90+1', '12^35-5^21', '-(2^50-1)', '(7^9-2^9)^4*11', '1-2^30', '1+1', '5-5', '8-1', '2^4+2^6']) {
      const { value, divisors } = parseExpression(text)
      for (const divisor of divisors) expect(value % divisor, `${text}: ${divisor}`).toBe(0n)
    }
  })
})
