import { test } from 'vitest'
import { surviveVanishing } from './vanishing.ts'

test('J18 a client that is killed twice is restored with the exact result, and nothing accepted is computed again', async () => {
  const seed = Date.now() % 1_000_000
  process.stderr.write(`seed ${seed}\n`)
  process.stderr.write(`${await surviveVanishing({ units: 150, kills: 2, seed, serverToo: 1 })}\n`)
})
