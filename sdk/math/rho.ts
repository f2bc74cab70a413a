/** Pollard's rho in Brent's version (BIT 20, 1980): for small composites, where a curve costs more than it is worth. */
import { absolute, gcd } from './arithmetic.ts'

/** Differences multiplied together before one gcd. */
const BATCH = 128

/**
 * A divisor 1 < g < n of a composite n, or undefined when none was found in `iterations` steps (about sqrt(p) suffice for the smallest prime p).
 * Deterministic: the polynomial x^2 + c starts with c = 1 and moves on when a cycle closes on n itself.
 */
export function rho(n: bigint, iterations: number): bigint | undefined {
  if ((n & 1n) === 0n) return n > 2n ? 2n : undefined
  let left = iterations
  for (let c = 1n; left > 0; c++) {
    const { divisor, used } = cycle(n, c, left)
    left -= used
    if (divisor !== 1n && divisor !== n) return divisor
  }
  return undefined
}

/** One polynomial: the divisor found, 1 when `most` steps ran out, n when the cycle closed on every prime at once. */
function cycle(n: bigint, c: bigint, most: number): { divisor: bigint; used: number } {
  let [x, y, saved, product, used] = [2n, 2n, 2n, 1n, 0]
  for (let length = 1; used < most; length *= 2) {
    x = y
    for (let done = 0; done < length && used < most; done += BATCH) {
      saved = y
      const steps = Math.min(BATCH, length - done)
      for (let i = 0; i < steps; i++) {
        y = (y * y + c) % n
        product = (product * absolute(x - y)) % n
      }
      used += steps
      const divisor = gcd(product, n)
      if (divisor !== 1n) return { divisor: divisor === n ? oneByOne(n, c, x, saved) : divisor, used }
    }
  }
  return { divisor: 1n, used }
}

/** The batch again with a gcd for every step, because its product was 0 modulo n. */
function oneByOne(n: bigint, c: bigint, x: bigint, from: bigint): bigint {
  for (let y = from; ; ) {
    y = (y * y + c) % n
    const divisor = gcd(absolute(x - y), n)
    if (divisor !== 1n) return divisor
  }
}
