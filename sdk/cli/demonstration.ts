/**
 * What a cluster without other work does: a Mandelbrot zoom of the lowest priority, two tiles a second while somebody else is there and one in ten
 * seconds while nobody is, until it is told to stop. Tiles are kept like all results: 45 MB a day of the slow ones, 0.9 GB of the others.
 */
import { setTimeout } from 'node:timers/promises'
import type { DSage } from '../dsage.ts'
import { MandelbrotZoom } from '../functions/mandelbrot/mandelbrot-zoom.ts'
import { within } from '../within.ts'
import { aborted } from './interruption.ts'
import { readJobs } from './rest.ts'

/** Marks the jobs of `dsage start`, so that a later one knows which nobody goes on with. */
export const START_PURPOSE = 'Shows that the cluster works; started by dsage start.'

/** One job is one zoom: a job that never ended would grow for ever, here and at the server. */
const FRAMES = 60
const STOP_SECONDS = 1
/** So long does a tab that opens wait for its first unit at most, twice: until it is seen, and until its tile. */
const LIVELY_MS = 500
const QUIET_MS = 10_000

/** Resolves when the next tile is due; `alone` devices are the machine's own. */
async function nextTile(d: DSage, alone: number, stopped: AbortSignal): Promise<void> {
  for (let waited = 0; waited < QUIET_MS; waited += LIVELY_MS) {
    await setTimeout(LIVELY_MS, undefined, { signal: stopped }).catch(() => {})
    if (stopped.aborted || (await d.getStatus()).devicesConnected > alone) return
  }
}

/** Computes zoom after zoom until `signal`; `alone` of the connected devices are the machine's own. @throws what the job throws, for example NotConnected when the server is gone */
export async function demonstrate(d: DSage, signal: AbortSignal, alone: number): Promise<void> {
  while (!signal.aborted) {
    const zoom = new MandelbrotZoom(d, {
      name: 'Demonstration: Mandelbrot zoom',
      purpose: START_PURPOSE,
      priority: 0,
      redundancy: { quorum: 2 },
      // The machine's own workers are strangers here, so that a tab that opens has units whose answer counts.
      ownDevices: false,
      visibility: 'public',
      concurrent: 2,
      frames: FRAMES,
      pause: (stopped) => nextTile(d, alone, stopped),
    })
    const ended = await Promise.race([zoom.wait(), aborted(signal)])
    // A server that is already gone cannot be told; it must not keep us.
    if (ended === undefined) await within(zoom.stop(), STOP_SECONDS, 'not stopped').catch(() => {})
  }
}

/** Jobs of a start that was killed have nobody left to go on with them, and would only take workers from the next. */
export async function cancelLeftBehind(d: DSage, url: string): Promise<void> {
  for (const { job, purpose, state } of await readJobs(url)) if (purpose === START_PURPOSE && state === 'running') await d.kill(job)
}
