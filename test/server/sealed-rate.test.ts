import { expect, test } from 'vitest'
import { SealedRate } from '../../server/sealed-rate.ts'

test('G14 GFLOPS are those of the work that was sealed in the last five minutes, and never below none', async () => {
  let microcredits = 7e6
  const rate = new SealedRate(async () => microcredits)
  expect(await rate.gflops(0)).toBe(0)
  microcredits += 30e6 // thirty reference seconds, of four GFLOPS each, in ten seconds
  expect(await rate.gflops(999)).toBe(0)
  expect(await rate.gflops(10_000)).toBe(12)
  expect(await rate.gflops(240_000)).toBe(0.5)
  expect(await rate.gflops(305_000)).toBe(0)
  microcredits = 0
  expect(await rate.gflops(310_000)).toBe(0)
})
