/** π by chance: of random points in the unit square the share that lies in the circle. `ctx.random` is seeded, so everybody draws the same points. */
import { startAll } from 'dsage'

const POINTS = 100_000
const SAMPLES = 40

const d = await startAll({ workers: 2 })
try {
  const job = d.map(
    (points: number, ctx) => {
      let inside = 0
      for (let i = 0; i < points; i++) if (ctx.random() ** 2 + ctx.random() ** 2 < 1) inside++
      return inside
    },
    Array.from({ length: SAMPLES }, () => POINTS),
    { name: 'pi by chance', batch: 1 },
  )
  // Nothing is kept but the sum.
  const inside = await job.reduce((sum, count) => sum + count, 0)
  const share = inside / (POINTS * SAMPLES)
  const error = 4 * Math.sqrt((share * (1 - share)) / (POINTS * SAMPLES))
  console.log(`π ≈ ${(4 * share).toFixed(5)} ± ${error.toFixed(5)} (one standard deviation, ${POINTS * SAMPLES} points)`)
} finally {
  await d.close()
}
