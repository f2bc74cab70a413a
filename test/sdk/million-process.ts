/** A researcher's process of its own: maps 10^6 inputs and says, as JSON, what came back and how much memory it took at most. */
import { startAll } from '../../sdk/node.ts'

const COUNT = 1_000_000
const [home = '', way = ''] = process.argv.slice(2)

function* inputs() {
  for (let n = 0; n < COUNT; n++) yield n
}

const d = await startAll({ home, port: 0, workers: 2 })
try {
  const job = d.map((n: number) => n + 1, inputs())
  let count = 0
  let sum = 0
  if (way === 'wait') {
    for (const value of await job.wait()) {
      count++
      sum += value
    }
  } else {
    for await (const { value } of job) {
      count++
      sum += value as number
    }
  }
  process.stdout.write(`${JSON.stringify({ count, sum, peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1e6 })}\n`)
} finally {
  await d.close()
}
