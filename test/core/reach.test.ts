import fc from 'fast-check'
import { expect, test } from 'vitest'
import { weightOfDevice } from '../../server/core/acceptance.ts'
import { weightOf } from '../../server/core/credibility.ts'
import type { Policy } from '../../server/core/policy.ts'
import { isWorthACopy, joined, newcomersFor, reachOf } from '../../server/core/reach.ts'
import { settle } from '../../server/core/settle.ts'
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

test('Q10 so many newcomers decide a unit with answers that differ, and one fewer does not', () => {
  const said = fc.array(fc.record({ checks: fc.nat(30), letter: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 5 })
  const demands = fc.oneof(
    targets.map((targetError) => ({ quorum: 2, targetError })),
    fc.integer({ min: 1, max: 5 }).map((quorum) => ({ quorum })),
  )
  fc.assert(
    fc.property(said, demands, (votes, demand) => {
      const groups = [...Map.groupBy(votes, ({ letter }) => letter)]
      const answers = groups.map(
        ([, same]) =>
          joined(
            [],
            same.map((vote) => weightOfDevice(trustOf(vote.checks))),
          )[0]!,
      )
      // Where a quorum decides the best answer has the most holders, where trust does the heaviest.
      const size = ({ weight, holders }: (typeof answers)[number]) => ('targetError' in demand ? weight : holders)
      const best = groups[answers.findIndex((one) => size(one) === Math.max(...answers.map(size)))]![0]
      const isDecidedWith = (newcomers: number): boolean => {
        const all = [...votes, ...Array.from({ length: newcomers }, () => ({ checks: 0, letter: best }))]
        const leases = all.map(({ checks }, i) => ({ ...issued(i + 1), trust: trustOf(checks) }))
        const policy: Policy = { targetError: undefined, ...demand, ownSeals: false, onError: 'continue' }
        const unit = unitOf(leases, { wanted: 2, copies: all.length })
        // All at once: what is decided on the way is not looked at.
        const arrivals = all.map(({ letter }, i) => output(i + 1, letter))
        return ['accepted', 'sealed'].includes(settle(unit, arrivals, policy).unit.state)
      }
      const count = newcomersFor(answers, demand)
      fc.pre(votes.length + count <= 10)
      expect([count, isDecidedWith(count)]).toEqual([count, true])
      if (count > 0) expect([count - 1, isDecidedWith(count - 1)]).toEqual([count - 1, false])
    }),
    { seed: seeds() },
  )
})
