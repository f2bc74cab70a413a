/**
 * Stage 2 of ECM, the standard continuation (Montgomery 1987): every prime p in (B1, B2] is m·D ± j, and x(mD·Q) - x(j·Q) vanishes modulo a
 * prime factor whose group has order (smooth · p). All x are made affine in batches, so that a pair (m, j) costs one multiplication.
 */
import { gcd, modulo } from './arithmetic.ts'
import { add, type Curve, double, multiply, normalise, type Point } from './montgomery-curve.ts'
import { forEachPrime } from './primes.ts'

/** Giant steps whose x are computed, made affine and used together. */
const SEGMENT = 512
/** Pair lists are kept for the next curve up to this B2 (5 MB); above it a curve takes minutes and can sieve for itself. */
const REMEMBER_UP_TO = 50_000_000

export interface StageTwo {
  /** A divisor 1 < g < n, if found. */
  readonly factor: bigint | undefined
  /** Product of all differences taken, in [0, n): what an audit compares. */
  readonly product: bigint
}

/** The baby steps j of giant step m are `babies[starts[m - first]]` to `babies[starts[m - first + 1] - 1]`, as positions in `coprimes(D)`. */
interface Segment {
  readonly first: number
  readonly starts: Uint32Array
  readonly babies: Uint16Array
}

/** Runs stage 2 for the point x1:1 on primes b1 < p <= b2; needs b1 >= 16. */
export function stageTwo(curve: Curve, x1: bigint, b1: number, b2: number): StageTwo {
  const { n } = curve
  const width = stepWidth(b1, b2)
  const q: Point = { x: x1, z: 1n }
  const babySteps = babyPoints(curve, q, width)
  const babies = normalise(n, babySteps)
  if (babies.shared !== undefined) return { factor: divisorOf(n, [babies.shared, ...babySteps.map((p) => p.z)]), product: 0n }
  const giants = new GiantSteps(curve, multiply(curve, q, BigInt(width)), Math.round(b1 / width))
  let product = 1n
  for (const segment of segments(b1, b2, width)) {
    const points = giants.take(segment.starts.length - 1)
    const affine = normalise(n, points)
    if (affine.shared !== undefined)
      return { factor: divisorOf(n, [affine.shared, ...points.map((p) => p.z)]), product: modulo(product, n) }
    const before = product
    for (let i = 0; i < affine.xs.length; i++) product = sweep(n, affine.xs[i]!, babies.xs, segment, i, product)
    const divisor = gcd(product, n)
    if (divisor === 1n) continue
    const factor = divisor < n ? divisor : stepByStep(n, affine.xs, babies.xs, segment, before)
    return { factor, product: modulo(product, n) }
  }
  return { factor: undefined, product: modulo(product, n) }
}

/** Multiplies `product` by the differences of one giant step; two differences share a reduction (15 to 30 % faster than one each). */
function sweep(n: bigint, giant: bigint, babies: readonly bigint[], segment: Segment, i: number, product: bigint): bigint {
  const end = segment.starts[i + 1]!
  let k = segment.starts[i]!
  let result = product
  if (((end - k) & 1) === 1) result = (result * (giant - babies[segment.babies[k++]!]!)) % n
  for (; k < end; k += 2) {
    result = (result * ((giant - babies[segment.babies[k]!]!) * (giant - babies[segment.babies[k + 1]!]!))) % n
  }
  return result
}

/** The segment again, because its product is 0 modulo every prime of n at once: a gcd for each giant step, then for each pair. */
function stepByStep(n: bigint, giants: readonly bigint[], babies: readonly bigint[], segment: Segment, before: bigint): bigint | undefined {
  let product = before
  for (let i = 0; i < giants.length; i++) {
    product = sweep(n, giants[i]!, babies, segment, i, product)
    const divisor = gcd(product, n)
    if (divisor === 1n) continue
    if (divisor < n) return divisor
    const differences = Array.from(segment.babies.subarray(segment.starts[i], segment.starts[i + 1]), (j) => giants[i]! - babies[j]!)
    return divisorOf(n, differences)
  }
  return undefined
}

/** The first proper divisor of n that one of the values shares with it. */
function divisorOf(n: bigint, values: readonly bigint[]): bigint | undefined {
  for (const value of values) {
    const divisor = gcd(value, n)
    if (divisor > 1n && divisor < n) return divisor
  }
  return undefined
}

/** D: few giant steps when B2 is large, few baby steps when it is small; at most 2·B1, so that no prime has m = 0. */
function stepWidth(b1: number, b2: number): number {
  if (b1 < 1_155) return 30
  return b2 > 20_000_000 && b1 > 15_015 ? 30_030 : 2_310
}

/** The j <= D/2 without a common factor with D (a multiple of 6), increasing. */
function coprimes(width: number): number[] {
  const list: number[] = []
  for (let j = 1; j <= width / 2; j += j % 6 === 1 ? 4 : 2) if (gcd(BigInt(j), BigInt(width)) === 1n) list.push(j)
  return list
}

/** jQ for j in `coprimes(width)`, along j ± 1 mod 6 in steps of 6Q. */
function babyPoints(curve: Curve, q: Point, width: number): Point[] {
  const two = double(curve, q)
  const three = add(curve, two, q, q)
  const six = double(curve, three)
  const five = add(curve, three, two, q)
  const wanted = new Set(coprimes(width))
  // Of the two sequences 1, 7, 13 … and 5, 11, 17 … the last two members each; -5 and -1 stand before them, and x:z do not know the sign.
  let [lowBefore, low, highBefore, high] = [five, q, q, five]
  const points: Point[] = []
  for (let j = 1; j <= width / 2; j += 6) {
    if (wanted.has(j)) points.push(low)
    if (wanted.has(j + 4)) points.push(high)
    ;[lowBefore, low] = [low, add(curve, low, six, lowBefore)]
    ;[highBefore, high] = [high, add(curve, high, six, highBefore)]
  }
  return points
}

/** mS, (m+1)S, (m+2)S … each by one addition. */
class GiantSteps {
  readonly #curve: Curve
  readonly #step: Point
  #before: Point
  #next: Point

  constructor(curve: Curve, step: Point, first: number) {
    this.#curve = curve
    this.#step = step
    this.#next = multiply(curve, step, BigInt(first))
    this.#before = first === 1 ? { x: 1n, z: 0n } : multiply(curve, step, BigInt(first - 1))
  }

  take(count: number): Point[] {
    const points: Point[] = []
    for (let i = 0; i < count; i++) {
      points.push(this.#next)
      // S + S has no difference to add by: P - P is the point at infinity.
      const after = this.#before.z === 0n ? double(this.#curve, this.#step) : add(this.#curve, this.#next, this.#step, this.#before)
      this.#before = this.#next
      this.#next = after
    }
    return points
  }
}

const remembered = new Map<string, readonly Segment[]>()

function segments(b1: number, b2: number, width: number): Iterable<Segment> {
  if (b2 > REMEMBER_UP_TO) return generateSegments(b1, b2, width)
  const key = `${b1} ${b2}`
  const list = remembered.get(key) ?? [...generateSegments(b1, b2, width)]
  remembered.set(key, list)
  return list
}

function* generateSegments(b1: number, b2: number, width: number): Generator<Segment> {
  const positions = new Map(coprimes(width).map((j, position) => [j, position]))
  const last = Math.round(b2 / width)
  for (let first = Math.round(b1 / width); first <= last; first += SEGMENT) {
    const count = Math.min(SEGMENT, last + 1 - first)
    const marks = new Uint8Array(count * positions.size)
    const from = Math.max(b1 + 1, (first - 0.5) * width)
    const to = Math.min(b2 + 1, (first + count - 0.5) * width)
    forEachPrime(from, to, (p) => {
      const m = Math.round(p / width)
      marks[(m - first) * positions.size + positions.get(Math.abs(p - m * width))!] = 1
    })
    yield compact(first, count, positions.size, marks)
  }
}

function compact(first: number, count: number, size: number, marks: Uint8Array): Segment {
  const starts = new Uint32Array(count + 1)
  const babies = new Uint16Array(marks.reduce((sum, mark) => sum + mark, 0))
  let filled = 0
  for (let i = 0; i < count; i++) {
    starts[i] = filled
    for (let j = 0; j < size; j++) if (marks[i * size + j] === 1) babies[filled++] = j
  }
  starts[count] = filled
  return { first, starts, babies }
}
