/** Primes by the sieve of Eratosthenes, segmented, so that a range far out costs its own length and not its end. */

/** The odd numbers of one pass: 2^18 bytes stay in the second-level cache. */
const SEGMENT = 1 << 19

/** Calls `visit` with each prime p, from <= p < to, in increasing order. Bounds up to 2^53. */
export function forEachPrime(from: number, to: number, visit: (p: number) => void): void {
  if (from <= 2 && to > 2) visit(2)
  const root = Math.floor(Math.sqrt(Math.max(0, to - 1)))
  const base = root < 3 ? [] : primesBetween(3, root + 1)
  const start = Math.max(3, Math.ceil(from))
  for (let low = start % 2 === 0 ? start + 1 : start; low < to; low += SEGMENT) {
    const high = Math.min(to, low + SEGMENT)
    const composite = new Uint8Array((high - low + 1) >> 1)
    for (const p of base) {
      if (p * p >= high) break
      const least = Math.ceil(low / p)
      const first = Math.max(p * p, (least % 2 === 0 ? least + 1 : least) * p)
      for (let i = (first - low) / 2; i < composite.length; i += p) composite[i] = 1
    }
    for (let i = 0; i < composite.length; i++) if (composite[i] === 0) visit(low + 2 * i)
  }
}

/** The primes p with from <= p < to. */
export function primesBetween(from: number, to: number): number[] {
  const primes: number[] = []
  forEachPrime(from, to, (p) => primes.push(p))
  return primes
}

let known: readonly number[] = []
let knownBelow = 0

/** The primes below `limit`, kept for the next caller; meant for limits up to some ten millions. */
export function primesBelow(limit: number): readonly number[] {
  if (limit > knownBelow) {
    known = primesBetween(2, limit)
    knownBelow = limit
  }
  if (limit === knownBelow) return known
  return known.slice(0, countBelow(known, limit))
}

/** How many entries of an increasing list are below `limit`. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}
