import { placeOfKey, TILE, TILES } from '../../sdk/functions/mandelbrot/tiles.ts'
import { Polled } from '../api/polled.svelte.ts'
import { read } from '../api/rest.ts'
import { bytesOfJson } from './bytes-of-json.ts'
import type { Results } from './job-results.ts'

/** Events read first: the current frame and the one before it. */
const FIRST = 2 * TILES

interface Frames {
  /** Number of the last event that was read. */
  readonly n: number
  readonly frame: number
  readonly current: ReadonlyMap<number, Uint8Array>
  readonly previous: ReadonlyMap<number, Uint8Array>
}
const NONE: Frames = { n: 0, frame: 0, current: new Map(), previous: new Map() }

/** The tiles of a zoom as they are decided: those of the newest frame, and of the one before it for as long as theirs are missing. */
export class TileStream {
  readonly #frames: Polled<Frames>

  constructor(job: string) {
    this.#frames = new Polled(async (before) => taken(before ?? NONE, await read<Results>(pathOf(job, before))))
  }

  /** From 0; undefined before anything is known. */
  get frame(): number | undefined {
    return this.#frames.body?.frame
  }

  /** Iteration counts by place in the frame. */
  get current(): ReadonlyMap<number, Uint8Array> {
    return this.#frames.body?.current ?? NONE.current
  }

  get previous(): ReadonlyMap<number, Uint8Array> {
    return this.#frames.body?.previous ?? NONE.previous
  }

  follow(): () => void {
    return this.#frames.follow()
  }
}

const pathOf = (job: string, before: Frames | undefined): string =>
  `/jobs/${job}/results?limit=${FIRST}${before === undefined ? '&newest=true' : `&after=${before.n}`}`

function taken(before: Frames, { events }: Results): Frames {
  let { n, frame, current, previous } = before
  for (const event of events) {
    n = event.n
    const place = placeOfKey(event.key)
    const [output] = event.outputs ?? []
    const counts = output !== undefined && 'value' in output ? bytesOfJson(output.value) : undefined
    if (place === undefined || counts?.length !== TILE * TILE || place.frame < frame) continue
    if (place.frame > frame) [frame, previous, current] = [place.frame, current.size > 0 ? current : previous, new Map()]
    current = new Map(current).set(place.index, counts)
  }
  return { n, frame, current, previous }
}
