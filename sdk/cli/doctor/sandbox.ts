import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAll } from '../../local/start-all.ts'
import { within } from '../../within.ts'
import type { Check } from './finding.ts'

const SECONDS = 30

/** A server and a worker of their own, in a home that is removed: nothing of it stays in yours. */
export const checkSandbox: Check = async () => {
  const home = await mkdtemp(join(tmpdir(), 'dsage-doctor-'))
  try {
    const d = await startAll({ home, workers: 1, port: 0 })
    try {
      const startedAt = performance.now()
      const value = await within(d<number>('6 * 7').wait(), SECONDS, `A unit was not computed within ${SECONDS} s.`)
      if (value !== 42) return { state: 'broken', says: `A worker computed 6 * 7 = ${String(value)}.`, mend: 'Install the package anew.' }
      return {
        state: 'ok',
        says: `A worker computed a unit in its sandbox within ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`,
      }
    } finally {
      await d.close()
    }
  } catch (error) {
    const mend =
      'Install the package anew on this machine (npm ci), so that its compiled parts fit it; DSAGE_DEBUG=1 dsage eval 6*7 shows more.'
    return { state: 'broken', says: `No worker computed a unit here: ${(error as Error).message}`, mend }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
