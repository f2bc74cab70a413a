import { describe, expect, test } from 'vitest'
import { believedSeconds } from '../../server/core/claimed-seconds.ts'

describe('L5 what a device says a unit took', () => {
  const seen = { issuedAt: 10_000, answeredAt: 13_999, timeoutSeconds: 600, inputs: 1 }

  test.each([
    ['as it says, where the server saw as much', 2, {}, 2],
    ['no more than there was between lease and answer', 1e9, {}, 4],
    ['no more than the job lets its inputs take', 1e9, { answeredAt: 1e12, timeoutSeconds: 2, inputs: 3 }, 6],
    ['a millisecond, where the clock saw none go by', 1, { answeredAt: 10_000 }, 0.001],
    ['nor less when the clock was set back', 1, { answeredAt: 0 }, 0.001],
    ['never less than nothing', -1, {}, 0],
  ])('L5 is believed %s', (_, claimed, change, believed) => {
    expect(believedSeconds(claimed, { ...seen, ...change })).toBe(believed)
  })
})
