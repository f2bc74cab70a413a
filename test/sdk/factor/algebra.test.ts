import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { algebraicDivisors, asPowerPlusMinusOne, cyclotomic, powerSumDivisors } from '../../../sdk/functions/factor/algebra.ts'
import { FactorCoordinator } from '../../../sdk/functions/factor/coordinator.ts'
import { digitCount } from '../../../sdk/math/arithmetic.ts'

describe('algebraic split', () => {
  test('F4 recognises a^k ± 1 given as an integer', () => {
    expect(asPowerPlusMinusOne(11n ** 150n + 1n)).toEqual({ a: 11n, b: 1n, k: 150, sign: 1 })
    expect(asPowerPlusMinusOne(2n ** 360n - 1n)).toEqual({ a: 2n, b: 1n, k: 360, sign: -1 })
    expect(asPowerPlusMinusOne(10n ** 40n + 3n)).toBeUndefined()
    expect(algebraicDivisors(1n)).toEqual([])
    expect(algebraicDivisors(2n)).toEqual([])
  })

  test('F4 11^150+1 falls into parts of 3, 5, 9, 17, 42 and 84 digits', () => {
    const parts = algebraicDivisors(11n ** 150n + 1n)
    expect(parts.map(digitCount).sort((a, b) => a - b)).toEqual([3, 5, 9, 17, 42, 84])
    expect(parts.reduce((a, b) => a * b)).toBe(11n ** 150n + 1n)
  })

  test('F4 the cyclotomic parts multiply to a^k ± b^k', () => {
    const arguments_ = fc.tuple(
      fc.bigInt({ min: 2n, max: 40n }),
      fc.bigInt({ min: 1n, max: 39n }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(1 as const, -1 as const),
    )
    fc.assert(
      fc.property(arguments_, ([a, b, k, sign]) => {
        fc.pre(a > b)
        const value = a ** BigInt(k) + BigInt(sign) * b ** BigInt(k)
        for (const part of powerSumDivisors({ a, b, k, sign })) expect(value % part).toBe(0n)
        if (a > b + 1n && b > 1n) expect(powerSumDivisors({ a, b, k, sign }).reduce((x, y) => x * y, 1n)).toBe(value)
      }),
    )
    expect(cyclotomic(105, 2n, 1n)).toBe(29_191n * 106_681n * 152_041n)
    expect(cyclotomic(12, 10n, 1n)).toBe(9901n)
  })

  test('F4 2^58+1 is split as Aurifeuille and Landry did', () => {
    const parts = algebraicDivisors(2n ** 58n + 1n)
    expect(parts).toContain(2n ** 29n - 2n ** 15n + 1n)
    expect(parts).toContain(2n ** 29n + 2n ** 15n + 1n)
  })

  test('F4 the split alone leaves small parts, and can be switched off', () => {
    const options = { seed: 1n, trialDivisionLimit: 0, distributeFrom: 0 }
    const parts = (algebra: boolean) => new FactorCoordinator(2n ** 360n - 1n, { ...options, algebra }).factors
    expect(parts(false).composites).toHaveLength(1)
    expect(parts(true).composites.every(({ value }) => digitCount(value) <= 30)).toBe(true)
  })

  test('F4 hints that are false, zero or negative change nothing that is wrong', () => {
    const n = 1_000_003n * 1_000_033n
    const coordinator = new FactorCoordinator(n, {
      seed: 1n,
      trialDivisionLimit: 0,
      distributeFrom: 0,
      divisors: [0n, -7n, 12n, 1n, n, 1_000_003n * 5n],
    })
    expect(coordinator.primeFactors).toEqual([
      [1_000_003n, 1],
      [1_000_033n, 1],
    ])
  })
})
