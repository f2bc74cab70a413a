import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isUnreliable, speedAfter } from '../../server/core/lender.ts'
import { deadlineMs, lateMs, unitsFor } from '../../server/core/sizing.ts'
import { seeds } from './crowd.ts'

const asks = { threads: 2, seconds: 5, held: 0 }
const pace = { unitSeconds: 0.1, unitsOpen: 1_000_000, timeoutSeconds: 600 }
const lender = (speed: number, returned = 10, expired = 0) => ({ speed, returned, expired })
const times = (seconds: number, count: number) => new Array<number>(count).fill(seconds)

describe('L5 what a device is given', () => {
  test.each([
    ['of unknown speed', lender(0), 100],
    ['an average one', lender(1), 100],
    ['one of an eighth of the speed', lender(1 / 8), 13],
    ['one of eight times the speed', lender(8), 800],
    ['never more than a thousand', lender(64), 1000],
    ['never less than two a thread', lender(1 / 64), 4],
    ['one whose leases expire in half of cases', lender(1, 5, 5), 100],
    ['one whose leases expire more often', lender(1, 5, 6), 1],
  ])('L5 %s', (_, one, units) => {
    expect(unitsFor(asks, pace, 2, one)).toBe(units)
  })

  test('L5 who gets one unit at a time gets no other while it has that', () => {
    expect([0, 1, 2].map((held) => unitsFor({ ...asks, held }, pace, 2, lender(1, 0, 1)))).toEqual([1, 0, 0])
  })

  test('L5 of the last units a slow device gets less than its share, and nobody gets more', () => {
    const last = { ...pace, unitSeconds: 0.5, unitsOpen: 80 }
    expect([1 / 4, 1, 4].map((speed) => unitsFor(asks, last, 16, lender(speed)))).toEqual([4, 10, 10])
  })

  test('L5 a slow device has a later deadline', () => {
    const slow = { ...pace, unitSeconds: 10 }
    const deadlines = [1 / 4, 1, 4].map((speed) => deadlineMs(asks, 2, slow, { minimumLeaseSeconds: 30 }, lender(speed)))
    expect(deadlines).toEqual([360_000, 90_000, 30_000])
  })
})

describe('L5 the speed of a device', () => {
  test('L5 it comes to the ratio of the mean to its own seconds, within a few dozen units', () => {
    expect(speedAfter(0, { meanSeconds: 1, seconds: [4] })).toBe(1 / 4)
    expect(speedAfter(1, { meanSeconds: 1, seconds: times(4, 50) })).toBeCloseTo(1 / 4, 2)
    expect(speedAfter(1, { meanSeconds: 1, seconds: [4] })).toBeCloseTo(0.87, 2)
    expect(speedAfter(2, { meanSeconds: 0, seconds: [4] })).toBe(2)
    expect(speedAfter(2, { meanSeconds: 1, seconds: [] })).toBe(2)
  })

  test('L5 whatever a device says, it stays within a 64th and 64 times the average, and one unit moves it little', () => {
    const seconds = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true }))
    fc.assert(
      fc.property(
        fc.double({ min: 1 / 64, max: 64, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
        seconds,
        (before, mean, one) => {
          const after = speedAfter(before, { meanSeconds: mean, seconds: [one] })
          expect(after).toBeGreaterThanOrEqual(1 / 64)
          expect(after).toBeLessThanOrEqual(64)
          expect(Math.abs(Math.log(after / before))).toBeLessThanOrEqual(0.1 * Math.log(64 * 64) + 1e-9)
        },
      ),
      { seed: seeds() },
    )
  })

  test('T2 c: more than half of its leases must have expired before a device gets one unit at a time', () => {
    expect([lender(1, 0, 0), lender(1, 0, 1), lender(1, 1, 1), lender(1, 3, 4)].map(isUnreliable)).toEqual([false, true, false, true])
  })

  test('Q16 a lease is late after twice the p95, five seconds at least, and never before anything was measured', () => {
    expect([0, 0.01, 10].map((unitSeconds) => lateMs({ unitSeconds }))).toEqual([Number.POSITIVE_INFINITY, 5000, 60_000])
  })
})
