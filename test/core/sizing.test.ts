import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deadlineMs, type Pace, unitsFor } from '../../server/core/sizing.ts'
import { seeds } from './crowd.ts'

const asks = (threads: number, held = 0, most?: number, seconds = 5) => ({
  threads,
  seconds,
  held,
  ...(most === undefined ? {} : { most }),
})
const pace = (unitSeconds: number, unitsOpen = 1_000_000, timeoutSeconds = 600): Pace => ({ unitSeconds, unitsOpen, timeoutSeconds })
const limits = { minimumLeaseSeconds: 30 }

describe('L4 size', () => {
  test.each([
    ['nothing measured: two a thread', asks(4), pace(0), 4, 8],
    ['five seconds a thread', asks(2), pace(0.1), 2, 100],
    ['what is held counts', asks(2, 60), pace(0.1), 2, 40],
    ['enough is held', asks(2, 100), pace(0.1), 2, 0],
    ['slow units: still two a thread', asks(3), pace(100), 3, 6],
    ['never more than a thousand', asks(64), pace(0.001), 64, 1000],
    ['never more than asked for', asks(64, 0, 7), pace(0.001), 64, 7],
    ['a fair share of what is left', asks(2), pace(1, 40), 20, 4],
    ['the share, rounded up, of few left', asks(1), pace(0.5, 30), 10, 3],
    ['a fair share of short units too', asks(1), pace(0.01, 600), 10, 60],
    ['what is over in a tenth of a second is not shared out', asks(1), pace(0.008, 20), 10, 10],
  ] as const)('L4 %s', (_name, request, now, connected, units) => {
    expect(unitsFor(request, now, connected)).toBe(units)
  })

  test('L4 a request never gets less than none, nor more than it asked for', () => {
    const request = fc.record({
      threads: fc.integer({ min: 1, max: 1024 }),
      seconds: fc.double({ min: 0.001, max: 3600, noNaN: true }),
      held: fc.nat(100_000),
      most: fc.integer({ min: 1, max: 1000 }),
    })
    const measured = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e5, noNaN: true }))
    fc.assert(
      fc.property(request, measured, fc.nat(1_000_000), fc.nat(10_000), (asking, seconds, open, connected) => {
        const units = unitsFor(asking, pace(seconds, open), connected)
        expect(Number.isInteger(units) && units >= 0 && units <= asking.most).toBe(true)
        const deadline = deadlineMs(asking, units, pace(seconds, open), limits)
        expect(deadline).toBeGreaterThanOrEqual(30_000)
        expect(deadline).toBeLessThanOrEqual(1000 * Math.max(30, 600 * Math.ceil((asking.held + units) / asking.threads)))
      }),
      { seed: seeds() },
    )
  })

  test.each([
    ['nothing measured', asks(1), 1, pace(0), 120_000],
    ['nothing measured, a short limit', asks(1), 1, pace(0, 1, 50), 50_000],
    ['short units: the least', asks(4), 100, pace(0.01), 30_000],
    ['three times the predicted p95', asks(1), 1, pace(10), 90_000],
    ['of all that comes before it', asks(2, 4), 6, pace(10), 450_000],
    ['never beyond the job’s limit for so many', asks(1), 2, pace(1000), 1_200_000],
  ] as const)('L4 deadline: %s', (_name, request, units, now, milliseconds) => {
    expect(deadlineMs(request, units, now, limits)).toBe(milliseconds)
  })
})
