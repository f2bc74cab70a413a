/**
 * A zoom into the Mandelbrot set, frame by frame, each in tiles. It keeps the tiles of the current frame and nothing else. By default it never
 * ends: `stop()` it, or give `frames`; a job that is to go on for days is better cut into several, since a job remembers the keys of its units.
 */
import { DistributedFunction, type DistributedFunctionOptions, type NextJob, type ProcessedUnit } from '../../distributed-function.ts'
import type { DSage } from '../../dsage.ts'
import { BadArgument } from '../../errors.ts'
import { keyOfTile, TILES, tileOf } from './tiles.ts'
import type { MandelbrotTile } from './work.ts'

export interface MandelbrotZoomOptions extends DistributedFunctionOptions {
  /** Frames until it is done, from 1. @default Infinity */
  readonly frames?: number
  /** Seconds between two tiles, so that a demonstration leaves the machine to others. @default 0 */
  readonly pauseSeconds?: number
  /** Awaited before each tile in place of `pauseSeconds`, for a pace that changes; to be over at once when the zoom is stopped. */
  readonly pause?: (stopped: AbortSignal) => Promise<void>
  /** Text of the ES module that exports `work`. @default bundled from this package, which needs Node */
  readonly bundle?: string
}

export interface MandelbrotFrame {
  /** From 0. */
  readonly frame: number
  /** Iteration counts of each tile, row by row; undefined until they come, and for a tile that failed. */
  readonly tiles: readonly (Uint8Array | undefined)[]
}

const emptyFrame = (frame: number): MandelbrotFrame => ({ frame, tiles: new Array(TILES).fill(undefined) })

export class MandelbrotZoom extends DistributedFunction<MandelbrotTile, Uint8Array, MandelbrotFrame> {
  override result: MandelbrotFrame = emptyFrame(0)
  protected readonly work: { readonly bundle: string | (() => Promise<string>) }
  readonly #frames: number
  readonly #pause: ((stopped: AbortSignal) => Promise<void>) | undefined
  #issued = 0
  #answered = 0
  readonly #stopping = new AbortController()

  /** @throws BadArgument when an option is out of bounds */
  constructor(d: DSage, options: MandelbrotZoomOptions = {}) {
    super(d, { name: 'Mandelbrot zoom', builtin: 'mandelbrot', ...options })
    const { frames = Number.POSITIVE_INFINITY, pauseSeconds = 0 } = options
    if (!(frames >= 1)) throw new BadArgument(`Expected \`frames\` to be a number from 1, got ${String(frames)}.`)
    if (!(pauseSeconds >= 0 && pauseSeconds <= 60))
      throw new BadArgument(`Expected \`pauseSeconds\` to be a number from 0 to 60, got ${String(pauseSeconds)}.`)
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.work = { bundle: options.bundle ?? (() => d.bundleModule(new URL(`./work.${extension}`, import.meta.url))) }
    this.#frames = frames
    const ofSeconds = pauseSeconds > 0 ? (stopped: AbortSignal) => pauseFor(pauseSeconds * 1000, stopped) : undefined
    this.#pause = options.pause ?? ofSeconds
  }

  /** The tiles of the next frame are not handed out before this one is complete. */
  protected override async nextJob(): Promise<NextJob<MandelbrotTile> | undefined> {
    if (this.#issued === TILES) return undefined
    const { frame } = this.result
    const index = this.#issued++
    if (this.#pause && !this.#stopping.signal.aborted) await this.#pause(this.#stopping.signal)
    return { key: keyOfTile(frame, index), input: tileOf(frame, index) }
  }

  protected override processResult({ key, output }: ProcessedUnit<MandelbrotTile, Uint8Array>): void {
    const { frame, tiles } = this.result
    const index = Number(key.split('-')[1])
    this.result = { frame, tiles: tiles.with(index, output) }
    this.#answered++
    if (this.#answered < tiles.length) return
    this.done = frame + 1 >= this.#frames
    if (this.done) return
    this.result = emptyFrame(frame + 1)
    this.#issued = 0
    this.#answered = 0
  }

  /** The answer that replaces it is one more of this frame, unless the frame is over: then it no longer matters. */
  protected override retractResult({ key }: { readonly key: string }): void {
    if (key.startsWith(`${this.result.frame}-`)) this.#answered--
  }

  /** Ends it without waiting for the pause to be over. */
  override async stop(): Promise<void> {
    const stopped = super.stop()
    this.#stopping.abort()
    await stopped
  }
}

function pauseFor(milliseconds: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      stopped.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    stopped.addEventListener('abort', end)
  })
}
