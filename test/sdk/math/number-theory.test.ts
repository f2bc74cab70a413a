import { describe, expect, test } from 'vitest'
import {
  binomial,
  crt,
  factor,
  fibonacci,
  gcd,
  invMod,
  iroot,
  isPrime,
  isqrt,
  lcm,
  nextPrime,
  powMod,
  primes,
  Rational,
} from '../../../sdk/math.ts'

describe('M2 what is given', () => {
  test('M2 numbers, BigInts and whole fractions are the same integers', () => {
    expect([gcd(12, 18n), lcm(4, new Rational(6)), powMod(2, 10, 1000), nextPrime(13), isqrt(99), iroot(28, 3)]).toEqual([
      6n,
      12n,
      24n,
      17n,
      9n,
      3n,
    ])
    expect([gcd(), gcd(-4), lcm(), lcm(0, 5), gcd(0, 0)]).toEqual([0n, 4n, 1n, 0n, 0n])
    expect(primes(10)).toEqual([2n, 3n, 5n, 7n])
    expect(primes(10, 10)).toEqual([])
    expect(factor(-360)).toEqual([
      [-1n, 1n],
      [2n, 3n],
      [3n, 2n],
      [5n, 1n],
    ])
    expect([factor(1), factor(2n ** 67n - 1n)]).toEqual([
      [],
      [
        [193707721n, 1n],
        [761838257287n, 1n],
      ],
    ])
    expect([isPrime(-7), nextPrime(-7), binomial(5, 7), binomial(-1, 3), fibonacci(-8)]).toEqual([false, 2n, 0n, -1n, -21n])
    expect([crt([], []), crt([2, 3, 2], [3, 5, 7]), crt([1, 3], [4, 6])]).toEqual([0n, 23n, 9n])
  })

  test.each<[string, () => unknown, ErrorConstructor, string]>([
    ['a half', () => gcd(0.5, 2), RangeError, 'Expected `argument 1` to be an integer, got 0.5.'],
    ['a number that is no safe integer', () => isPrime(2 ** 60), RangeError, 'above 2^53 - 1 write it as a BigInt'],
    ['a text', () => factor('12' as never), TypeError, 'Expected `n` to be a BigInt or an integral number, got a string.'],
    ['nothing', () => isqrt(undefined as never), TypeError, 'got a undefined'],
    ['a fraction', () => isqrt(new Rational(1, 2)), RangeError, 'Expected `n` to be an integer, got 1/2.'],
    ['0 to factor', () => factor(0), RangeError, 'other than 0'],
    ['a root of a negative', () => iroot(-8, 3), RangeError, 'at least 0, got -8'],
    ['a root of degree 0', () => iroot(8, 0), RangeError, 'from 1 to'],
    ['no inverse', () => invMod(6, 9), RangeError, 'both are divisible by 3'],
    ['no inverse for a power', () => powMod(6, -1, 9), RangeError, 'both are divisible by 3'],
    ['a modulus of 0', () => powMod(2, 3, 0), RangeError, 'Expected `modulus` to be at least 1, got 0.'],
    ['residues that contradict', () => crt([1, 2], [4, 6]), RangeError, 'contradicts'],
    ['fewer residues', () => crt([1], [4, 6]), RangeError, 'as many residues as moduli'],
    ['a range too long', () => primes(10 ** 9), RangeError, 'at most 100000000 integers'],
    ['a number too far', () => fibonacci(10 ** 10), RangeError, 'from -1000000000 to 1000000000'],
  ])('M2 %s is refused', (_name, call, kind, message) => {
    expect(call).toThrow(kind as never)
    expect(call).toThrow(message)
  })
})
