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
/** How often it looks for somebody who has come, and the pace of tiles then. */
const LOOK_MS = 200
const WELCOME_MS = 100
const LIVELY_MS = 500
const QUIET_MS = 10_000
/** So many quick tiles for whoever comes: the machine's own workers are as quick to take one. */
const WELCOME_TILES = 12
/** Tiles that may be out at once: a device that vanishes keeps its tiles for a while, and must not keep all. */
const TILES_OUT = 8

/** The pace of tiles, one after the other; `alone` devices are the machine's own. */
class Pace {
  readonly #d: DSage
  readonly #alone: number
  #present: number
  #welcome = 0

  constructor(d: DSage, alone: number) {
    this.#d = d
    this.#alone = alone
    this.#present = alone
  }

  /** Resolves when the next tile is due. */
  async next(stopped: AbortSignal): Promise<void> {
    const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal: stopped }).catch(() => {})
    for (let waited = 0; waited < (this.#present > this.#alone ? LIVELY_MS : QUIET_MS); waited += LOOK_MS) {
      if (this.#welcome > 0) {
        this.#welcome -= 1
        return pause(WELCOME_MS)
      }
      await pause(LOOK_MS)
      if (stopped.aborted) return
      const { devicesConnected } = await this.#d.getStatus()
      if (devicesConnected > this.#present) this.#welcome = WELCOME_TILES
      this.#present = devicesConnected
    }
  }
}

/** Computes zoom after zoom until `signal`; `alone` of the connected devices are the machine's own. @throws what the job throws, for example NotConnected when the server is gone */
export async function demonstrate(d: DSage, signal: AbortSignal, alone: number): Promise<void> {
  const pace = new Pace(d, alone)
  while (!signal.aborted) {
    const zoom = new MandelbrotZoom(d, {
      name: 'Demonstration: Mandelbrot zoom',
      purpose: START_PURPOSE,
      priority: 0,
      redundancy: { quorum: 2 },
      // The machine's own workers are strangers here, so that a tab that opens has units whose answer counts.
      ownDevices: false,
      visibility: 'public',
      concurrent: TILES_OUT,
      frames: FRAMES,
      pause: (stopped) => pace.next(stopped),
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
