/** WebAssembly: a module of TypeScript that imports `collatz.wasm`, both of which travel as one bundle. Looks for the longest Collatz path. */
import { startAll, workModule } from 'dsage'

const LAST = 1_000_000n
const STEP = 50_000n

const d = await startAll({ workers: 2 })
try {
  const ranges: [bigint, bigint][] = []
  for (let first = 1n; first < LAST; first += STEP) ranges.push([first, first + STEP < LAST ? first + STEP : LAST])
  const job = d.map(workModule<typeof import('./collatz/work.ts')>(new URL('./collatz/work.ts', import.meta.url)), ranges, {
    name: 'Collatz',
  })
  const best = await job.reduce((most, found) => (found.steps > most.steps ? found : most), { number: 1n, steps: 0n })
  console.log(`of the numbers below ${LAST}, ${best.number} has the longest Collatz path: ${best.steps} steps`)
} finally {
  await d.close()
}
