/** The Mandelbrot set as a picture, `mandelbrot.png` in this directory: a row an input, its colours as bytes. */
import { writeFileSync } from 'node:fs'
import { startAll } from 'dsage'
import { pngOf } from './pictures/png.ts'

const WIDTH = 960
const HEIGHT = 640
const LIMIT = 1000

const d = await startAll({ workers: 2 })
try {
  const job = d.map(
    (y: number) => {
      const row = new Uint8Array(3 * WIDTH)
      for (let x = 0; x < WIDTH; x++) {
        const [a, b] = [(3.3 * x) / WIDTH - 2.4, (2.2 * y) / HEIGHT - 1.1]
        let [re, im, n] = [0, 0, 0]
        for (; n < LIMIT && re * re + im * im < 256; n++) [re, im] = [re * re - im * im + a, 2 * re * im + b]
        if (n === LIMIT) continue
        // How far beyond the circle it went makes the bands a slope (the set itself stays black). Only roots and divisions, which are exact
        // to the last bit everywhere: sines and logarithms may differ from engine to engine, and then two strangers would not agree.
        const slope = 1 - Math.min(1, 16 / Math.sqrt(re * re + im * im))
        const shade = Math.sqrt((n + 1 - slope) / LIMIT)
        row.set([Math.min(255, 900 * shade), Math.min(255, 420 * shade), Math.min(255, 60 + 700 * shade)], 3 * x)
      }
      return row
    },
    Array.from({ length: HEIGHT }, (_, y) => y),
    { name: 'Mandelbrot', vars: { WIDTH, HEIGHT, LIMIT } },
  )
  const pixels = new Uint8Array(3 * WIDTH * HEIGHT)
  // Rows come in any order, and each has its place.
  for await (const { index, value } of job) if (value !== undefined) pixels.set(value, 3 * WIDTH * index)
  writeFileSync('mandelbrot.png', pngOf(WIDTH, HEIGHT, pixels))
  let inside = 0
  for (let i = 0; i < pixels.length; i += 3) if (pixels[i + 2] === 0) inside++
  console.log(`mandelbrot.png: ${WIDTH} x ${HEIGHT}, ${((100 * inside) / (WIDTH * HEIGHT)).toFixed(2)} % of it in the set`)
} finally {
  await d.close()
}
