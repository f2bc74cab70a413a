import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { auditProbability } from '../../server/core/audit-plan.ts'
import { auditsAmong, planFor } from '../../server/core/lease-plan.ts'
import { seeds } from './crowd.ts'
import { earned, SUSPECT } from './voters.ts'

const job = { quorum: 2, targetError: 1e-2 }
const never = () => 0.999999
const always = () => 0

describe('Q5 what a device is given', () => {
  test.each([
    ['a newcomer', earned(0), 1e-2, 2, 'later'],
    ['one on probation', earned(9), 1e-2, 2, 'later'],
    ['a trusted one', earned(10, { returned: 12 }), 1e-2, 1, 'now'],
    ['a trusted one that is not believed alone', earned(10, { returned: 12 }), 1e-3, 2, 'now'],
    ['one that is believed alone for more', earned(92, { returned: 100 }), 1e-3, 1, 'now'],
    ['one without an account', earned(10, { anonymous: true }), 1e-2, 2, 'now'],
    ['one without an account and twice the checks', earned(20, { anonymous: true }), 1e-2, 1, 'now'],
    ['a suspect', SUSPECT, 1e-2, 2, 'never'],
    ['a suspect that had passed many', { ...SUSPECT, checks: 50 }, 1e-2, 2, 'never'],
  ] as const)('Q5 %s gets units that want this many', (_name, trust, targetError, wanted, recheck) => {
    expect(planFor(trust, { ...job, targetError }, false, 5, never)).toMatchObject({ wanted, recheck })
  })

  test('Q9 whose word decides alone is never audited, and computes what is to be computed once more', () => {
    expect(planFor(SUSPECT, job, true, 5, always)).toEqual({ wanted: 1, audits: 0, recheck: 'now' })
  })

  test('Q11 where a quorum or verify decides nobody is audited', () => {
    expect(planFor(SUSPECT, { quorum: 3 }, false, 5, always)).toEqual({ wanted: 3, audits: 0, recheck: 'never' })
    expect(planFor(SUSPECT, { ...job, verify: 'x' }, false, 5, always)).toEqual({ wanted: 1, audits: 0, recheck: 'never' })
  })

  test('Q11 a suspect gets audits only, a newcomer none, a trusted device as many as chance says', () => {
    expect([SUSPECT, earned(3)].map((trust) => planFor(trust, job, false, 7, never).audits)).toEqual([7, 0])
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 400 }),
        fc.integer({ min: 10, max: 4000 }),
        fc.infiniteStream(fc.nat(9999)),
        (checks, returned, chance) => {
          const trust = earned(checks, { returned })
          const drawn: number[] = []
          const { audits } = planFor(trust, job, false, 20, () => {
            drawn.push(chance.next().value / 10_000)
            return drawn.at(-1)!
          })
          expect(drawn).toHaveLength(20)
          expect(audits).toBe(drawn.filter((each) => each < auditProbability(trust, 1e-2)).length)
        },
      ),
      { seed: seeds(), numRuns: 300 },
    )
  })

  test('Q11 what is drawn for many is drawn for few of them with the same probability, all for a suspect and none for nothing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(30), fc.nat(30), fc.infiniteStream(fc.nat(1e6)), (count, some, few, chance) => {
        const [audits, fresh] = [Math.min(some, count), Math.min(few, count)]
        const below = (end: number) => chance.next().value % end
        const drawn = auditsAmong(fresh, audits, count, below)
        expect(drawn).toBeGreaterThanOrEqual(Math.max(0, audits - (count - fresh)))
        expect(drawn).toBeLessThanOrEqual(Math.min(audits, fresh))
        expect(auditsAmong(fresh, count, count, below)).toBe(fresh)
        expect(auditsAmong(fresh, 0, count, below)).toBe(0)
        expect(auditsAmong(count, audits, count, below)).toBe(audits)
      }),
      { seed: seeds(), numRuns: 300 },
    )
  })

  test.each([
    [1, 2, 8],
    [2, 3, 6],
    [4, 1, 5],
    [3, 3, 7],
  ])('Q11 of %i fresh units, %i audits drawn among %i wished, a fair share is replaced', (fresh, audits, count) => {
    // All outcomes of the draws, each as likely as every other.
    const outcomes = Array.from({ length: fresh }, (_, place) => count - place).reduce((all, end) => all * end, 1)
    let sum = 0
    for (let n = 0; n < outcomes; n++) {
      let left = n
      sum += auditsAmong(fresh, audits, count, (end) => {
        const drawn = left % end
        left = Math.floor(left / end)
        return drawn
      })
    }
    expect(sum / outcomes).toBeCloseTo((fresh * audits) / count, 12)
  })
})
