/** A picture by ray tracing, `ray-tracer.png` in this directory: tiles as inputs, put together as they come. */
import { writeFileSync } from 'node:fs'
import { startAll, workModule } from 'dsage'
import { pngOf } from './pictures/png.ts'
import type { Tile } from './ray-tracer/work.ts'

const [WIDTH, HEIGHT, TILE] = [960, 640, 64]

const d = await startAll({ workers: 2 })
try {
  const tiles: Tile[] = []
  for (let top = 0; top < HEIGHT; top += TILE)
    for (let left = 0; left < WIDTH; left += TILE)
      tiles.push({ left, top, width: Math.min(TILE, WIDTH - left), height: Math.min(TILE, HEIGHT - top), picture: [WIDTH, HEIGHT] })
  const work = workModule<typeof import('./ray-tracer/work.ts')>(new URL('./ray-tracer/work.ts', import.meta.url))
  const pixels = new Uint8Array(3 * WIDTH * HEIGHT)
  for await (const { input, value } of d.map(work, tiles, { name: 'ray tracer' })) {
    if (input === undefined || value === undefined) throw new Error('Expected every tile to come with its pixels.')
    const { left, top, width, height } = input
    for (let y = 0; y < height; y++) pixels.set(value.subarray(3 * width * y, 3 * width * (y + 1)), 3 * (WIDTH * (top + y) + left))
  }
  writeFileSync('ray-tracer.png', pngOf(WIDTH, HEIGHT, pixels))
  console.log(`ray-tracer.png: ${WIDTH} x ${HEIGHT}, of ${tiles.length} tiles`)
} finally {
  await d.close()
}
