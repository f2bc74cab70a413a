/** The sum of the numbers from 1 to n, n units of one number each, as in the slides of the original. */
import { DistributedFunctionTest, startAll } from 'dsage'

const d = await startAll({ workers: 2 })
try {
  const n = 50
  const sum = new DistributedFunctionTest(d, n)
  console.log(`1 + … + ${n} = ${await sum.wait()}`)
} finally {
  await d.close()
}
