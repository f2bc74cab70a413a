import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FactorCoordinator } from '../../../sdk/functions/factor/coordinator.ts'
import { isPrime } from '../../../sdk/math/primality.ts'
import { asText, drive, product } from './drive.ts'

interface Case {
  readonly id: string
  readonly n: string
  readonly factors: readonly (readonly [string, number])[]
}
const cases = JSON.parse(readFileSync(new URL('./factor-cases.json', import.meta.url), 'utf8')) as readonly Case[]
/** Minutes each: factor-cases.long.test.ts. */
const LONG = ['rsa-style-c60', '11^150+1']
/** Seconds each, which the long tests take with everything distributed as well. */
const ONCE = ['rsa-style-c40']

describe.each([30, 0])('complete factorisations, distributeFrom %i', (distributeFrom) => {
  test.each(cases.filter(({ id }) => !LONG.includes(id) && !(distributeFrom === 0 && ONCE.includes(id))))('F2 $id', ({ n, factors }) => {
    const coordinator = new FactorCoordinator(BigInt(n), { seed: 3n, distributeFrom })
    drive(coordinator)
    expect(asText(coordinator.primeFactors)).toEqual(factors)
    expect(coordinator.factors).toMatchObject({ complete: true, composites: [], effort: [] })
    expect(coordinator.progress.fraction).toBe(1)
  })

  test('F2 random products of primes of up to 12 digits', () => {
    const prime = fc.bigInt({ min: 2n, max: 10n ** 12n }).map(nextPrime)
    const powers = fc.array(fc.tuple(fc.oneof(prime, fc.constantFrom(2n, 3n, 999_983n, 1_000_003n)), fc.integer({ min: 1, max: 3 })), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(powers, fc.boolean(), fc.integer({ min: 1, max: 1e6 }), (list, negative, seed) => {
        const n = list.reduce((value, [p, e]) => value * p ** BigInt(e), negative ? -1n : 1n)
        const coordinator = new FactorCoordinator(n, { seed: BigInt(seed), distributeFrom })
        drive(coordinator, { seed })
        expect(product(coordinator)).toBe(n)
        expect(coordinator.compositeFactors).toEqual([])
        for (const [p] of coordinator.primeFactors) expect(p === -1n || isPrime(p)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

test('F2 every integer up to 3,000 in absolute value, 0 refused', () => {
  for (let n = -3000n; n <= 3000n; n++) {
    if (n === 0n) continue
    const coordinator = new FactorCoordinator(n, { seed: 1n, trialDivisionLimit: Number(((n % 3n) + 3n) % 3n) * 10 })
    drive(coordinator)
    expect(product(coordinator)).toBe(n)
    for (const [p] of coordinator.primeFactors) expect(p === -1n || isPrime(p)).toBe(true)
  }
  expect(() => new FactorCoordinator(0n, { seed: 1n })).toThrow(/other than 0/)
})

test('F2 11^150+1 with the algebraic split, every curve at a worker', () => {
  // The seed is one of the lucky ones: the mean over seeds is about 12 s.
  const n = 11n ** 150n + 1n
  const coordinator = new FactorCoordinator(n, { seed: 110n, workers: 2 })
  drive(coordinator, { concurrent: 1 })
  expect(asText(coordinator.primeFactors)).toEqual(cases.find(({ id }) => id === '11^150+1')!.factors)
  expect(coordinator.curvesDistributed).toBeGreaterThan(9 * coordinator.curvesLocal)
}, 120_000)

function nextPrime(from: bigint): bigint {
  let n = from
  while (!isPrime(n)) n++
  return n
}
