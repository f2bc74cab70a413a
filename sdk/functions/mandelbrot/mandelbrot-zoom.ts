/**
 * A zoom into the Mandelbrot set, frame by frame, each in tiles. It keeps the tiles of the current frame and of a few after it. By default it never
 * ends: `stop()` it, or give `frames`; a job that is to go on for days is better cut into several, since a job remembers the keys of its units.
 */

import { DistributedFunction, type DistributedFunctionOptions, type NextJob, type ProcessedUnit } from '../../distributed-function.ts'
import type { DSage } from '../../dsage.ts'
import { BadArgument } from '../../errors.ts'
import { workModuleBeside } from '../work-module.ts'
import { keyOfTile, placeOfKey, TILES, tileOf } from './tiles.ts'
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

/** The options that no other distributed function has; a type that has another does not compile. */
const OWN: Readonly<Record<Exclude<keyof MandelbrotZoomOptions, keyof DistributedFunctionOptions>, true>> = {
  ...{ frames: true, pauseSeconds: true, pause: true, bundle: true },
}

export interface MandelbrotFrame {
  /** From 0. */
  readonly frame: number
  /** Iteration counts of each tile, row by row; undefined until they come, and for a tile that failed. */
  readonly tiles: readonly (Uint8Array | undefined)[]
}

const emptyFrame = (frame: number): MandelbrotFrame => ({ frame, tiles: new Array(TILES).fill(undefined) })
/** Frames begun at most before the current one is complete: one device that vanishes with a tile does not keep all others waiting. */
const AHEAD = 8

export class MandelbrotZoom extends DistributedFunction<MandelbrotTile, Uint8Array, MandelbrotFrame> {
  override result: MandelbrotFrame = emptyFrame(0)
  protected readonly work: { readonly bundle: string | (() => Promise<string>) }
  readonly #frames: number
  readonly #pause: ((stopped: AbortSignal) => Promise<void>) | undefined
  /** Tiles handed out, of all frames. */
  #issued = 0
  /** Later frames of which tiles came already, the next first. */
  #later: MandelbrotFrame[] = []
  /** Tiles answered, of the current frame and of the later ones. */
  #answered = [0]
  readonly #stopping = new AbortController()

  /** @throws BadArgument when an option is out of bounds */
  constructor(d: DSage, options: MandelbrotZoomOptions = {}) {
    super(d, { name: 'Mandelbrot zoom', builtin: 'mandelbrot', ...options }, Object.keys(OWN))
    const { frames = Number.POSITIVE_INFINITY, pauseSeconds = 0 } = options
    if (!(frames >= 1)) throw new BadArgument(`Expected \`frames\` to be a number from 1, got ${String(frames)}.`)
    if (!(pauseSeconds >= 0 && pauseSeconds <= 60))
      throw new BadArgument(`Expected \`pauseSeconds\` to be a number from 0 to 60, got ${String(pauseSeconds)}.`)
    this.work = { bundle: options.bundle ?? (() => d.bundleModule(workModuleBeside(import.meta.url))) }
    this.#frames = frames
    const ofSeconds = pauseSeconds > 0 ? (stopped: AbortSignal) => pauseFor(pauseSeconds * 1000, stopped) : undefined
    this.#pause = options.pause ?? ofSeconds
  }

  protected override async nextJob(): Promise<NextJob<MandelbrotTile> | undefined> {
    const index = this.#issued % TILES
    const frame = (this.#issued - index) / TILES
    if (frame > this.result.frame + AHEAD || frame >= this.#frames) return undefined
    this.#issued++
    if (this.#pause && !this.#stopping.signal.aborted) await this.#pause(this.#stopping.signal)
    return { key: keyOfTile(frame, index), input: tileOf(frame, index) }
  }

  protected override processResult({ key, output }: ProcessedUnit<MandelbrotTile, Uint8Array>): void {
    const { frame, index } = placeOfKey(key)!
    const ahead = frame - this.result.frame
    if (ahead < 0) return
    const frames = [this.result, ...this.#later]
    while (frames.length <= ahead) frames.push(emptyFrame(this.result.frame + frames.length))
    frames[ahead] = { frame, tiles: frames[ahead]!.tiles.with(index, output) }
    this.#answered[ahead] = (this.#answered[ahead] ?? 0) + 1
    this.#show(frames)
  }

  /** The answer that replaces it is one more of its frame, unless the frame is over: then it no longer matters. */
  protected override retractResult({ key }: { readonly key: string }): void {
    const ahead = placeOfKey(key)!.frame - this.result.frame
    if (ahead >= 0) this.#answered[ahead]! -= 1
  }

  /** The first frame that is not complete, or the last. */
  #show(frames: MandelbrotFrame[]): void {
    while (this.#answered[0] === TILES && !this.done) {
      this.done = frames[0]!.frame + 1 >= this.#frames
      if (this.done) break
      const { frame } = frames.shift()!
      this.#answered.shift()
      if (frames.length === 0) frames.push(emptyFrame(frame + 1))
    }
    const [shown, ...later] = frames
    this.result = shown!
    this.#later = later
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
