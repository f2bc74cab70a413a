import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bitLength, digitCount, gcd, invMod, iroot, isqrt, jacobi, log10, powMod } from '../../../sdk/math/arithmetic.ts'
import { coprimeBase, splitBy } from '../../../sdk/math/coprime-base.ts'
import { perfectPower } from '../../../sdk/math/perfect-power.ts'
import { forEachPrime, primesBelow, primesBetween } from '../../../sdk/math/primes.ts'
import { rho } from '../../../sdk/math/rho.ts'
import { trialDivision } from '../../../sdk/math/trial-division.ts'

const positive = fc.bigInt({ min: 1n, max: 1n << 200n })
const any = fc.bigInt({ min: -(1n << 200n), max: 1n << 200n })

describe('arithmetic', () => {
  test('F2 gcd divides both, and what is left is coprime', () => {
    fc.assert(
      fc.property(any, positive, (a, b) => {
        const g = gcd(a, b)
        expect(g > 0n && a % g === 0n && b % g === 0n).toBe(true)
        expect(gcd(a / g, b / g)).toBe(1n)
      }),
    )
    expect(gcd(0n, 0n)).toBe(0n)
  })

  test('F2 invMod inverts exactly when coprime', () => {
    fc.assert(
      fc.property(
        any,
        positive.filter((n) => n > 1n),
        (a, n) => {
          const inverse = invMod(a, n)
          if (inverse === undefined) expect(gcd(a, n)).not.toBe(1n)
          else expect((((a * inverse) % n) + n) % n).toBe(1n)
        },
      ),
    )
  })

  test('F2 powMod agrees with the power', () => {
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 60 }), positive, (a, k, n) => {
        expect(powMod(a, BigInt(k), n)).toBe(((a ** BigInt(k) % n) + n) % n)
      }),
    )
    expect(() => powMod(2n, -1n, 7n)).toThrow(/exponent of at least 0/)
  })

  test('F2 roots are floors', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 600n }), fc.integer({ min: 1, max: 40 }), (n, k) => {
        const root = iroot(n, k)
        expect(root ** BigInt(k) <= n && n < (root + 1n) ** BigInt(k)).toBe(true)
      }),
    )
    for (let n = 0n; n < 2000n; n++) expect(isqrt(n)).toBe(BigInt(Math.floor(Math.sqrt(Number(n)))))
  })

  test('F2 sizes are exact', () => {
    fc.assert(
      fc.property(positive, (n) => {
        expect(bitLength(n)).toBe(n.toString(2).length)
        expect(digitCount(-n)).toBe(n.toString().length)
        expect(Math.floor(log10(n) + 1e-12) + 1).toBe(n.toString().length)
      }),
    )
  })

  test('F2 jacobi is the Legendre symbol modulo primes and multiplicative', () => {
    for (const p of primesBetween(3, 200)) {
      for (let a = -5n; a < 60n; a++) {
        const power = powMod(a, BigInt((p - 1) / 2), BigInt(p))
        expect(jacobi(a, BigInt(p))).toBe(power === BigInt(p) - 1n ? -1 : Number(power))
      }
    }
    fc.assert(
      fc.property(any, positive, positive, (a, i, j) => {
        const [m, n] = [2n * i + 1n, 2n * j + 1n]
        expect(jacobi(a, m * n)).toBe(jacobi(a, m) * jacobi(a, n) + 0)
      }),
    )
  })

  test('F2 the sieve finds the primes, also far out and across segments', () => {
    expect(primesBelow(30)).toEqual([2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
    expect(primesBelow(2)).toEqual([])
    expect(primesBetween(2, 1_000_001).length).toBe(78_498)
    const all = primesBetween(0, 1_200_000)
    for (const [from, to] of [
      [0, 3],
      [2, 3],
      [24, 30],
      [524_280, 524_300],
      [1_048_570, 1_048_600],
      [999_000, 1_100_000],
    ] as const) {
      expect(primesBetween(from, to)).toEqual(all.filter((p) => p >= from && p < to))
    }
    const far: number[] = []
    forEachPrime(1e12, 1e12 + 100, (p) => far.push(p))
    expect(far).toEqual([1e12 + 39, 1e12 + 61, 1e12 + 63, 1e12 + 91])
  })

  test('F2 perfect powers are recognised with the largest exponent, others are not', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 1n << 80n }), fc.integer({ min: 2, max: 30 }), (a, k) => {
        const found = perfectPower(a ** BigInt(k))!
        expect(found.base ** BigInt(found.exponent)).toBe(a ** BigInt(k))
        expect(found.exponent % k).toBe(0)
        expect(perfectPower(found.base)).toBeUndefined()
        // 8 and 9 are the only consecutive powers (Mihailescu 2004).
        if (a ** BigInt(k) !== 8n) expect(perfectPower(a ** BigInt(k) + 1n)).toBeUndefined()
      }),
    )
    expect(perfectPower(2n ** 6000n)).toEqual({ base: 2n, exponent: 6000 })
    const powers = new Set<number>()
    for (let a = 2; a <= 100; a++) for (let n = a * a; n <= 10_000; n *= a) powers.add(n)
    for (let n = 2; n <= 10_000; n++) expect(perfectPower(BigInt(n)) !== undefined, String(n)).toBe(powers.has(n))
  })

  test('F2 trial division finds exactly the primes of its range', () => {
    expect(trialDivision(-2n * 3n ** 4n * 39_989n * 999_983n, 0, 1_000_000)).toEqual([2n, 3n, 39_989n, 999_983n])
    expect(trialDivision(2n * 3n * 39_989n, 3, 39_989)).toEqual([3n])
    expect(trialDivision(2n * 3n * 39_989n, 39_989, 39_990)).toEqual([39_989n])
  })

  test('F2 rho splits small composites, even squares and two', () => {
    for (let n = 4n; n < 600n; n++) {
      if (primesBelow(600).includes(Number(n)) || perfectPower(n) !== undefined) continue
      const g = rho(n, 100_000)!
      expect(g > 1n && g < n && n % g === 0n, String(n)).toBe(true)
    }
    expect((1_000_000_007n * 998_244_353n) % rho(1_000_000_007n * 998_244_353n, 1_000_000)!).toBe(0n)
    expect(rho(1_000_000_000_039n * 1_000_000_000_061n, 100)).toBeUndefined()
  })

  test('F2 a coprime base keeps the product and shares nothing', () => {
    const parts = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 5000n }), fc.integer({ min: 1, max: 4 })), { maxLength: 6 })
    fc.assert(
      fc.property(parts, (list) => {
        const value = (of: readonly (readonly [bigint, number])[]) => of.reduce((v, [m, e]) => v * m ** BigInt(e), 1n)
        const base = coprimeBase(list)
        expect(value(base)).toBe(value(list))
        for (const [i, [a]] of base.entries()) for (const [b] of base.slice(i + 1)) expect(gcd(a, b)).toBe(1n)
        const whole = value(list)
        expect(
          value(
            splitBy(
              whole,
              2,
              list.map(([m]) => m),
            ),
          ),
        ).toBe(whole ** 2n)
      }),
    )
  })
})
