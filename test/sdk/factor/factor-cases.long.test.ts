import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FactorCoordinator } from '../../../sdk/functions/factor/coordinator.ts'
import { asText, drive } from './drive.ts'

interface Case {
  readonly id: string
  readonly n: string
  readonly factors: readonly (readonly [string, number])[]
}
const cases = JSON.parse(readFileSync(new URL('./factor-cases.json', import.meta.url), 'utf8')) as readonly Case[]

test.each([
  { id: '11^150+1', algebra: true },
  { id: '11^150+1', algebra: false },
  { id: 'rsa-style-c60', algebra: true },
  { id: 'rsa-style-c40', algebra: true, distributeFrom: 0 },
])(
  'F2 $id, algebra $algebra',
  ({ id, algebra, distributeFrom = 30 }) => {
    const { n, factors } = cases.find((entry) => entry.id === id)!
    const coordinator = new FactorCoordinator(BigInt(n), { seed: 20n, algebra, distributeFrom })
    drive(coordinator)
    expect(asText(coordinator.primeFactors)).toEqual(factors)
  },
  3_600_000,
)
