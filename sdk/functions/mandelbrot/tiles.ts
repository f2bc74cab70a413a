/** Where the tiles of a zoom lie; also for pages that draw them, so it imports nothing. */
import type { MandelbrotTile } from './work.ts'

export type { MandelbrotTile } from './work.ts'

/** Pixels of a tile's side, and tiles of a frame's. */
export const TILE = 64
export const SIDE = 4
export const TILES = SIDE * SIDE
/** A point of the boundary, where every depth has something to show (Seahorse Valley). */
const CENTRE = { x: -0.743643887037151, y: 0.13182590420533 }
const FIRST_WIDTH = 3
const SHRINK = 0.8
/** Deeper, neighbouring pixels would be the same double; the zoom then begins anew. */
const DEPTHS = 120

/** Tile `index` of a frame. */
export function tileOf(frame: number, index: number): MandelbrotTile {
  let width = FIRST_WIDTH
  for (let depth = frame % DEPTHS; depth > 0; depth--) width *= SHRINK
  const step = width / (TILE * SIDE)
  const column = index % SIDE
  const row = (index - column) / SIDE
  return { x: CENTRE.x - width / 2 + column * TILE * step, y: CENTRE.y + width / 2 - row * TILE * step, step, size: TILE }
}

/** The key of its unit: what a page and the zoom know a tile by. */
export const keyOfTile = (frame: number, index: number): string => `${frame}-${index}`

/** Frame and index of a unit's key, or undefined for a key of something else. */
export function placeOfKey(key: string): { readonly frame: number; readonly index: number } | undefined {
  const [, frame, index] = /^(\d{1,9})-(\d{1,2})$/.exec(key) ?? []
  return index === undefined || Number(index) >= TILES ? undefined : { frame: Number(frame), index: Number(index) }
}

/** The depth (frame modulo 120) and index of a tile, or undefined for what `tileOf` never gives. */
export function placeOfTile(tile: MandelbrotTile): { readonly depth: number; readonly index: number } | undefined {
  for (let depth = 0; depth < DEPTHS; depth++) {
    if (tileOf(depth, 0).step !== tile.step) continue
    for (let index = 0; index < TILES; index++) {
      const { x, y } = tileOf(depth, index)
      if (x === tile.x && y === tile.y) return { depth, index }
    }
  }
  return undefined
}
