/** One tile of a picture of the Mandelbrot set. Only + - * and comparisons on doubles, which every engine rounds alike (IEEE 754). */

export interface MandelbrotTile {
  /** Centre of the first pixel, real and imaginary part. */
  readonly x: number
  readonly y: number
  /** Distance of two pixels. */
  readonly step: number
  /** Pixels a side; the output has size * size entries, row by row, downwards. */
  readonly size: number
}

/** Points that stay bounded for so many steps count as belonging to the set. */
export const MOST_ITERATIONS = 255

/** Steps until |z| > 2, for each pixel; 255 for what does not get there. */
export function work({ x, y, step, size }: MandelbrotTile): Uint8Array {
  const counts = new Uint8Array(size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) counts[row * size + column] = iterations(x + column * step, y - row * step)
  return counts
}

function iterations(x: number, y: number): number {
  let [a, b] = [0, 0]
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    const [aa, bb] = [a * a, b * b]
    if (aa + bb > 4) return i
    b = 2 * a * b + y
    a = aa - bb + x
  }
  return MOST_ITERATIONS
}
