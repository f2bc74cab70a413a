/**
 * Discrete logarithms by baby steps and giant steps (Shanks, 1971): which power of 7 is h modulo a prime? Finding it takes some ten thousand
 * multiplications and a table, checking it one power: so `verify` checks each answer at the server, and no stranger's word is asked for twice.
 */
import { startAll } from 'dsage'
// Where a job runs, and where `verify` does, the names of dsage/math are there without an import, and this is one of them.
import { powMod } from 'dsage/math'

const PRIME = 2n ** 31n - 1n
const BASE = 7n
const STEPS = 46_341

const d = await startAll({ workers: 2 })
try {
  const numbers = Array.from({ length: 12 }, (_, i) => BigInt(i + 2))
  const job = d.map(
    (h: bigint) => {
      const table = new Map<bigint, number>()
      let power = 1n
      for (let step = 0; step < STEPS; step++, power = (power * BASE) % PRIME) table.set(power, step)
      const giant = powMod(power, PRIME - 2n, PRIME)
      for (let step = 0, left = h; step < STEPS; step++, left = (left * giant) % PRIME) {
        const found = table.get(left)
        if (found !== undefined) return step * STEPS + found
      }
      throw new RangeError(`${h} is no power of ${BASE}`)
    },
    numbers,
    {
      ...{ name: 'discrete logarithms', vars: { PRIME, BASE, STEPS }, ownDevices: false },
      verify: (h, logarithm) => powMod(BASE, BigInt(logarithm), PRIME) === h,
    },
  )
  for await (const { input, value, verified } of job)
    if (input === 11n) console.log(`7^${value} = 11 mod ${PRIME}, ${verified ? 'verified' : 'NOT VERIFIED'}`)
  const { leases, units } = (await d.job(job.id)).status
  console.log(`${units.sealed} units sealed after ${leases} leases: nothing was computed twice`)
} finally {
  await d.close()
}
