import fc from 'fast-check'
import { expect, test } from 'vitest'
import { weightOfDevice } from '../../server/core/acceptance.ts'
import { weightOf } from '../../server/core/credibility.ts'
import type { Policy } from '../../server/core/policy.ts'
import { isWorthACopy, reachOf } from '../../server/core/reach.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { issued, output, seeds, settleEach, unitOf } from './crowd.ts'

const checks = fc.array(fc.oneof(fc.constant(0), fc.nat(60)), { minLength: 1, maxLength: 10 })
const targets = fc.constantFrom(1e-2, 1e-3, 1e-4, 1e-6)
const trustOf = (count: number) => ({ ...NEW_TRUST, checks: count })
/** Nothing rests on the last digits of a sum of logarithms. */
const isClear = (counts: readonly number[], targetError: number): boolean =>
  Math.abs(counts.reduce((sum, count) => sum + weightOfDevice(trustOf(count)), 0) - weightOf(1 - targetError)) > 1e-6

test('Q10 enough are present exactly where a unit is decided when all of them agree', () => {
  fc.assert(
    fc.property(checks, targets, (counts, targetError) => {
      fc.pre(isClear(counts, targetError))
      const policy: Policy = { quorum: 2, targetError, ownSeals: false, onError: 'continue' }
      const leases = counts.map((count, i) => ({ ...issued(i + 1), trust: trustOf(count) }))
      const answers = leases.map(({ row }) => output(row, 'a'))
      const decided = settleEach(unitOf(leases, { wanted: 2 }), answers, policy).unit.state !== 'open'
      expect(reachOf(counts.map(trustOf), targetError).enough).toBe(decided)
    }),
    { seed: seeds() },
  )
})

test('Q10 a copy is worth it as long as those who have the unit and those who are left reach what all together reach', () => {
  fc.assert(
    fc.property(checks, targets, fc.nat(10), (counts, targetError, voted) => {
      fc.pre(isClear(counts, targetError))
      const [had, left] = [counts.slice(0, voted), counts.slice(voted)]
      const weight = had.reduce((sum, count) => sum + weightOfDevice(trustOf(count)), 0)
      expect(isWorthACopy(weight, left.map(trustOf), targetError)).toBe(reachOf(counts.map(trustOf), targetError).enough)
    }),
    { seed: seeds() },
  )
})
