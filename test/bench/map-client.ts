/** One map of trivial inputs in a process of its own, so that its memory is that of a client. Arguments: inputs, batch. Prints one JSON line. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAll } from '../../sdk/node.ts'

export interface MapMeasured {
  readonly seconds: number
  readonly units: number
  /** Most bytes that were resident. */
  readonly bytes: number
}

const inputs = Number(process.argv[2])
const batch = process.argv[3] === 'auto' ? 'auto' : Number(process.argv[3])
const home = mkdtempSync(join(tmpdir(), 'dsage-bench-'))
const d = await startAll({ workers: 2, home, port: 0 })
// The workers have run something before: what is measured is a cluster that stands.
await d.map((n: number) => n + 1, [1, 2, 3, 4], { batch: 1 }).wait({ timeout: 60 })
const numbers = Array.from({ length: inputs }, (_, index) => index)
const started = performance.now()
const job = d.map((n: number) => n * n, numbers, { batch })
const values = await job.wait({ timeout: 600 })
const seconds = (performance.now() - started) / 1000
for (let n = 0; n < inputs; n++) if (values[n] !== n * n) throw new Error(`Expected ${n * n} at ${n}, got ${String(values[n])}.`)
const counts = job.status!.units
await d.close()
rmSync(home, { recursive: true, force: true })
const measured: MapMeasured = { seconds, units: counts.accepted + counts.sealed, bytes: process.resourceUsage().maxRSS * 1024 }
process.stdout.write(`${JSON.stringify(measured)}\n`)
