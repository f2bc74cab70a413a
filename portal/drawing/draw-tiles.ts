import { SIDE, TILE } from '../../sdk/functions/mandelbrot/tiles.ts'
import { palette } from './palette.ts'

/** How much of a tile of the frame before is still to be seen, 0 to 255. */
const FADED = 80
const FRAME_PIXELS = 2
const FRAME_COLOUR = [224, 122, 31] as const

/** Draws a frame: its own tiles, faded ones of the frame before where its own are missing, and a border around those of `mine`. */
export function drawTiles(
  canvas: HTMLCanvasElement,
  current: ReadonlyMap<number, Uint8Array>,
  previous: ReadonlyMap<number, Uint8Array>,
  mine: ReadonlySet<number>,
): void {
  const context = canvas.getContext('2d')
  if (context === null) return
  context.clearRect(0, 0, canvas.width, canvas.height)
  for (let index = 0; index < SIDE * SIDE; index++) {
    const counts = current.get(index) ?? previous.get(index)
    if (counts === undefined) continue
    const pixels = context.createImageData(TILE, TILE)
    paint(pixels.data, counts, current.has(index) ? 255 : FADED)
    if (current.has(index) && mine.has(index)) frame(pixels.data)
    context.putImageData(pixels, (index % SIDE) * TILE, Math.floor(index / SIDE) * TILE)
  }
}

function paint(pixels: Uint8ClampedArray, counts: Uint8Array, opacity: number): void {
  for (const [at, count] of counts.entries()) pixels.set([...palette[count]!, opacity], at * 4)
}

function frame(pixels: Uint8ClampedArray): void {
  const isEdge = (at: number) => at < FRAME_PIXELS || at >= TILE - FRAME_PIXELS
  for (let at = 0; at < TILE * TILE; at++)
    if (isEdge(at % TILE) || isEdge(Math.floor(at / TILE))) pixels.set([...FRAME_COLOUR, 255], at * 4)
}
