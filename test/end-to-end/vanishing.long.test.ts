import { test } from 'vitest'
import { surviveVanishing } from './vanishing.ts'

const first = Date.now() % 1_000_000

test.each([first, first + 1, first + 2])(
  'J18 seed %i: a client of 2,000 units is killed five times, once with its server, and the result is exact',
  async (seed) => {
    const serverToo = seed % 5
    process.stderr.write(`seed ${seed}: ${await surviveVanishing({ units: 2000, kills: 5, seed, serverToo })}\n`)
  },
  180_000,
)
