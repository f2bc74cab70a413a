/**
 * Points x:z of Montgomery curves b·y² = x³ + a·x² + x modulo n (Montgomery, Math. Comp. 48, 1987), in BigInt.
 * Differences are left unreduced and signed: `%` takes any sign, so a product of two of them is reduced once and no comparison is needed.
 * Rejected after measuring: Montgomery and Barrett reduction by shifts (equal to `a * b % n` within 5 % from 130 to 520 bits).
 */
import { invMod, modulo } from './arithmetic.ts'

export interface Point {
  readonly x: bigint
  readonly z: bigint
}
/** What the formulas need of a curve: the modulus and (a + 2) / 4. */
export interface Curve {
  readonly n: bigint
  readonly a24: bigint
}

/** 2P: 5 multiplications. */
export function double({ n, a24 }: Curve, p: Point): Point {
  const sum = p.x + p.z
  const difference = p.x - p.z
  const s = (sum * sum) % n
  const d = (difference * difference) % n
  const t = s - d
  return { x: (s * d) % n, z: (t * (d + ((a24 * t) % n))) % n }
}

/** P + Q from P - Q: 6 multiplications. */
export function add({ n }: Curve, p: Point, q: Point, difference: Point): Point {
  const u = ((p.x - p.z) * (q.x + q.z)) % n
  const v = ((p.x + p.z) * (q.x - q.z)) % n
  const s = u + v
  const d = u - v
  return { x: (difference.z * ((s * s) % n)) % n, z: (difference.x * ((d * d) % n)) % n }
}

/** kP for k >= 1 by the ladder: 11 multiplications a bit, for any k. */
export function multiply(curve: Curve, p: Point, k: bigint): Point {
  let [low, high] = [p, double(curve, p)]
  for (const bit of k.toString(2).slice(1)) {
    const middle = add(curve, low, high, p)
    if (bit === '1') [low, high] = [middle, double(curve, high)]
    else [low, high] = [double(curve, low), middle]
  }
  return low
}

/**
 * Suyama's curve for sigma > 5 with a point on it; its order is divisible by 12 for every prime.
 * `a24` is undefined when the one inversion fails: `denominator` then shares a factor with n.
 */
export function suyama(n: bigint, sigma: bigint): { a24: bigint | undefined; denominator: bigint; point: Point } {
  const s = modulo(sigma, n)
  const u = modulo(s * s - 5n, n)
  const v = (4n * s) % n
  const u3 = modulo(u * u * u, n)
  const difference = v - u
  const numerator = modulo(difference ** 3n * (3n * u + v), n)
  const denominator = (16n * u3 * v) % n
  const inverse = invMod(denominator, n)
  return { a24: inverse === undefined ? undefined : (numerator * inverse) % n, denominator, point: { x: u3, z: modulo(v * v * v, n) } }
}

/**
 * The affine x of each point with one inversion in all and 4 multiplications for each (Montgomery's trick).
 * When some z has no inverse, only the product of all z comes back: it shares a factor with n.
 */
export function normalise(n: bigint, points: readonly Point[]): { xs: bigint[]; shared?: undefined } | { shared: bigint } {
  const before: bigint[] = []
  let product = 1n
  for (const p of points) {
    before.push(product)
    product = (product * p.z) % n
  }
  let inverse = invMod(product, n)
  if (inverse === undefined) return { shared: product }
  const xs = new Array<bigint>(points.length)
  for (let i = points.length - 1; i >= 0; i--) {
    const p = points[i]!
    xs[i] = modulo(p.x * ((before[i]! * inverse) % n), n)
    inverse = (inverse * p.z) % n
  }
  return { xs }
}
