import { decode } from '../../sdk/codec.ts'
import { type MandelbrotTile, placeOfTile } from '../../sdk/functions/mandelbrot/tiles.ts'
import type { TabResult } from '../../web-worker-client/index.ts'

/** Units listed. */
const RECENT = 8
/** Tiles remembered a job. */
const TILES = 4096

export interface FinishedUnit extends Pick<TabResult, 'job' | 'jobName' | 'purpose' | 'owner' | 'seconds'> {
  /** Counts the units of this tab, from 1. */
  readonly n: number
  /** By the page's clock, milliseconds. */
  readonly finishedAt: number
}

/** What this tab has computed since it was opened. */
export class TabResults {
  #recent = $state.raw<readonly FinishedUnit[]>([])
  #tiles = $state.raw<ReadonlyMap<string, readonly string[]>>(new Map())
  #count = 0

  /** The last units, the newest first. */
  get recent(): readonly FinishedUnit[] {
    return this.#recent
  }

  /** Places in a frame of the zoom `job` that this tab computed; empty for a job that draws no tiles. */
  tilesOf(job: string, frame: number): ReadonlySet<number> {
    const places = (this.#tiles.get(job) ?? []).map((place) => place.split('-').map(Number))
    return new Set(places.flatMap(([depth, index]) => (depth === frame ? [index!] : [])))
  }

  add({ input, output: _, ...unit }: TabResult): void {
    this.#recent = [{ ...unit, n: ++this.#count, finishedAt: performance.now() }, ...this.#recent].slice(0, RECENT)
    const place = tileIn(input)
    if (place === undefined) return
    const tiles = [...(this.#tiles.get(unit.job) ?? []), `${place.depth}-${place.index}`].slice(-TILES)
    this.#tiles = new Map(this.#tiles).set(unit.job, tiles)
  }
}

function tileIn(input: Uint8Array): ReturnType<typeof placeOfTile> {
  const [tile] = decode(input) as [Partial<MandelbrotTile> | undefined]
  return typeof tile?.step === 'number' ? placeOfTile(tile as MandelbrotTile) : undefined
}

/** One for the tab. */
export const tabResults = new TabResults()
