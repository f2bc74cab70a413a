import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPrime, isStrongLucasProbablePrime, isStrongProbablePrime, primeLabel } from '../../../sdk/math/primality.ts'
import { primesBelow } from '../../../sdk/math/primes.ts'

describe('primality', () => {
  test('F3 agrees with the sieve below 200,000', () => {
    const primes = new Set(primesBelow(200_000))
    for (let n = -3; n < 200_000; n++) if (isPrime(BigInt(n)) !== primes.has(n)) expect.unreachable(`wrong about ${n}`)
  })

  test('F3 each half of the test has its own pseudoprimes, both together none of these', () => {
    const strongBase2 = [2047n, 3277n, 4033n, 4681n, 8321n, 15_841n, 29_341n, 42_799n, 49_141n, 3_215_031_751n]
    const strongLucas = [5459n, 5777n, 10_877n, 16_109n, 18_971n, 22_499n, 24_569n, 25_199n, 40_309n, 58_519n]
    for (const n of strongBase2)
      expect([isStrongProbablePrime(n, 2n), isStrongLucasProbablePrime(n), isPrime(n)], String(n)).toEqual([true, false, false])
    for (const n of strongLucas)
      expect([isStrongProbablePrime(n, 2n), isStrongLucasProbablePrime(n), isPrime(n)], String(n)).toEqual([false, true, false])
  })

  test('F3 strong pseudoprimes to many bases and Carmichael numbers are composite', () => {
    // The least strong pseudoprimes to the first 9 (also 10, 11), 12 and 13 prime bases (Jiang and Deng; Sorenson and Webster), and Arnault's method in small.
    for (const n of [3_825_123_056_546_413_051n, 318_665_857_834_031_151_167_461n, 3_317_044_064_679_887_385_961_981n]) {
      for (const base of primesBelow(24)) expect(isStrongProbablePrime(n, BigInt(base))).toBe(true)
      expect(isPrime(n)).toBe(false)
    }
    for (const n of [561n, 1105n, 1729n, 2465n, 6601n, 8911n, 56_052_361n, 118_901_521n, 172_947_529n]) expect(isPrime(n)).toBe(false)
  })

  test('F3 squares and products of primes are composite', () => {
    for (const p of [1093n, 3511n, (1n << 61n) - 1n, (1n << 89n) - 1n]) expect(isPrime(p * p)).toBe(false)
    const odd = fc.bigInt({ min: 3n, max: 1n << 90n })
    fc.assert(
      fc.property(odd, odd, (a, b) => {
        expect(isPrime(a * b)).toBe(false)
      }),
    )
  })

  test('F3 known primes are primes, with an honest label', () => {
    for (const k of [61n, 89n, 107n, 127n, 521n, 607n, 1279n]) expect(isPrime((1n << k) - 1n)).toBe(true)
    for (const k of [67n, 101n, 523n, 1277n]) expect(isPrime((1n << k) - 1n)).toBe(false)
    expect(primeLabel((1n << 61n) - 1n)).toBe('prime')
    expect(primeLabel(18_446_744_073_709_551_557n)).toBe('prime')
    expect(primeLabel(18_446_744_073_709_551_629n)).toBe('probable prime (BPSW)')
  })
})
