import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAll } from '../../sdk/node.ts'
import { percentile, type Report } from './report.ts'
import { measureFsync } from './server-process.ts'

const CALLS = 500

/** How long does `d('2+2')` take on an idle cluster with one headless worker? */
export async function latency(): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), 'dsage-bench-'))
  const d = await startAll({ workers: 1, home, port: 0 })
  for (let i = 0; i < 20; i++) await d('2+2').wait({ timeout: 30 })
  const fsync = measureFsync(home)
  const taken: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const started = performance.now()
    const value = await d('2+2').wait({ timeout: 30 })
    taken.push(performance.now() - started)
    if (value !== 4) throw new Error(`Expected 4, got ${String(value)}`)
  }
  fsync.push(...measureFsync(home))
  await d.close()
  rmSync(home, { recursive: true, force: true })
  const probe = percentile(fsync, 0.5)
  return {
    bench: 'latency',
    settings: { calls: CALLS, workers: 1 },
    rows: [
      { name: 'p50', value: percentile(taken, 0.5), unit: 'ms' },
      { name: 'p99', value: percentile(taken, 0.99), unit: 'ms' },
      { name: 'max', value: percentile(taken, 1), unit: 'ms' },
      { name: 'fsync p50 of the same run', value: probe, unit: 'ms' },
      { name: 'fsync p99 of the same run', value: percentile(fsync, 0.99), unit: 'ms' },
      { name: 'bar for p99: 40 ms + 10 × fsync', value: 40 + 10 * probe, unit: 'ms' },
    ],
  }
}
