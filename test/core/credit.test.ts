import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BADGES, badgesOf } from '../../server/core/badges.ts'
import { creditPerSecond, isOverpaid, MICROCREDITS, priceOf } from '../../server/core/credit.ts'
import { DAY_MS, type Earning, faded, HALF_LIFE_MS, recentOf, totalsOf } from '../../server/core/credit-totals.ts'

const earning: Earning = {
  ...{ kind: 'listed', accountId: 1, deviceId: 1, teamId: null, jobId: 1 },
  ...{ grantedAt: 0, microcredits: 7_000_000, results: 1 },
}
const standing = { microcredits: 0, results: 0, recent: 0 }

test('G3 a declared cost is no price of its own, and a lower one is taken', () => {
  expect(priceOf([], 5)).toBeNull()
  expect(priceOf([], null)).toBeNull()
  expect(priceOf([4, 2], null)).toBe(3)
  expect(priceOf([4, 2], 0.5)).toBe(0.5)
  expect(priceOf([1, 1, 100], 3)).toBe(3)
  expect(priceOf([1, 1, 100], 3.1)).toBe(3)
})

test('G5 a job is compared only when ten of its units were measured and five jobs with it', () => {
  const rate = { creditPerInput: 2, inputsPerUnit: 5, unitSeconds: 4, measuredUnits: 10 }
  expect(creditPerSecond(rate)).toBe(2.5)
  expect(creditPerSecond({ ...rate, measuredUnits: 9 })).toBeNull()
  expect(creditPerSecond({ ...rate, unitSeconds: 0 })).toBeNull()
  // Noise of the clock is no price; a big one is compared however little time devices claim.
  expect(creditPerSecond({ ...rate, creditPerInput: 0.0019 })).toBeNull()
  expect(creditPerSecond({ ...rate, creditPerInput: 0.002 })).toBe(0.0025)
  expect(creditPerSecond({ ...rate, creditPerInput: 0.002, unitSeconds: 1e-6 })).toBeCloseTo(1e4)
  expect(isOverpaid(3.01, [1, 1, 1, 1, 3.01])).toBe(true)
  expect(isOverpaid(3, [1, 1, 1, 1, 3])).toBe(false)
  expect(isOverpaid(100, [1, 1, 1, 100])).toBe(false)
  expect(isOverpaid(null, [1, 1, 1, 1, 1])).toBe(false)
})

test('G8 recent average credit halves every seven days, is the daily rate of steady work, and does not depend on when it is summed', () => {
  expect(faded(10, HALF_LIFE_MS)).toBe(5)
  expect(faded(10, -5)).toBe(10)
  expect(recentOf(earning, HALF_LIFE_MS) * 2).toBeCloseTo(recentOf(earning, 0))
  const daily = Array.from({ length: 200 }, (_, day) => ({ ...earning, grantedAt: day * DAY_MS }))
  const [atEnd] = totalsOf(daily, 199.5 * DAY_MS)
  expect(atEnd!.recent / earning.microcredits).toBeCloseTo(1, 2)
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }), (days) => {
      let recent = 0
      let at = 0
      for (const day of days.sort((a, b) => a - b)) {
        recent = faded(recent, day * DAY_MS - at) + recentOf({ ...earning, grantedAt: day * DAY_MS }, day * DAY_MS)
        at = day * DAY_MS
      }
      const atOnce = totalsOf(
        days.map((day) => ({ ...earning, grantedAt: day * DAY_MS })),
        at,
      )
      expect(recent / atOnce[0]!.recent).toBeCloseTo(1, 9)
    }),
  )
})

test('G8 credit that is taken back takes with it just what is left of it', () => {
  const [total] = totalsOf([earning, { ...earning, results: -1, microcredits: -7_000_000 }], 12 * DAY_MS)
  expect(total).toMatchObject({ microcredits: 0, results: 0, recent: 0 })
})

test('G9 ten badges stand in one table, each with an id, a name and a sentence of its own, and all can be earned', () => {
  expect(BADGES).toHaveLength(10)
  for (const key of ['id', 'name', 'earnedBy'] as const) expect(new Set(BADGES.map((badge) => badge[key])).size).toBe(10)
  expect(badgesOf(standing)).toEqual([])
  expect(badgesOf({ microcredits: 3600 * MICROCREDITS, results: 100, recent: 0 })).toEqual(['first-result', 'hundred-results', 'hour'])
  expect(badgesOf({ microcredits: 1e16, results: 1e5, recent: 1e12 })).toEqual(BADGES.map(({ id }) => id))
  expect(badgesOf({ ...standing, microcredits: 3600 * MICROCREDITS - 1 })).toEqual([])
})
