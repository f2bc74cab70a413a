/**
 * How much elliptic-curve work finds a factor of a given size. B1 as in GMP-ECM 7.0.5's README; its curve counts are raised for our smaller
 * B2 = 100·B1 (200·B1 from B1 = 250,000 on), measured there with `ecm -v`. After the curves of a level a factor of that size is still missed
 * with probability e^-1, hence the work goes on and no level is ever called "sure".
 */
export interface Level {
  /** Decimal digits of the factors it is meant for. */
  readonly digits: number
  /** Bound of stage 1: the group's order may be any product of prime powers up to it … */
  readonly b1: number
  /** … and one prime up to this, found by stage 2. */
  readonly b2: number
  /** Curves expected until a factor of that size is found. */
  readonly curves: number
}

export const LEVELS: readonly Level[] = [
  { digits: 15, b1: 2_000, b2: 200_000, curves: 30 },
  { digits: 20, b1: 11_000, b2: 1_100_000, curves: 90 },
  { digits: 25, b1: 50_000, b2: 5_000_000, curves: 295 },
  { digits: 30, b1: 250_000, b2: 50_000_000, curves: 555 },
  { digits: 35, b1: 1_000_000, b2: 200_000_000, curves: 1_330 },
  { digits: 40, b1: 3_000_000, b2: 600_000_000, curves: 3_500 },
  { digits: 45, b1: 11_000_000, b2: 2_000_000_000, curves: 7_000 },
]

const WORD = (1n << 64n) - 1n

/**
 * Suyama's sigma of a curve, 6 to 2^63: the same for everybody, different for every (seed, level, index), so units are disjoint and can be
 * repeated byte for byte. Mixing by SplitMix64 (Steele, Lea, Flood 2014); no cryptography needed, nobody gains by choosing a curve.
 */
export function curveSigma(seed: bigint, level: number, index: number): bigint {
  let state = splitMix(((seed % (WORD - 58n)) + WORD) & WORD)
  state = splitMix(state ^ BigInt(level))
  state = splitMix(state ^ BigInt(index))
  return 6n + (state >> 1n)
}

function splitMix(x: bigint): bigint {
  let z = (x + 0x9e3779b97f4a7c15n) & WORD
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & WORD
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & WORD
  return z ^ (z >> 31n)
}

/** Modular multiplications of one curve: about 13.2 for each unit of B1 in stage 1, 0.72 for each prime of stage 2, and its giant steps. */
export function curveMultiplications(b1: number, b2: number): number {
  const primes = b2 / Math.log(b2) - b1 / Math.log(b1)
  return 13.2 * b1 + 0.8 * primes + b2 / 230 + 4_000
}
