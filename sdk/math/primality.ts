/**
 * Is n prime? BPSW: a strong test to base 2 and a strong Lucas test with Selfridge's parameters (Baillie and Wagstaff, Math. Comp. 35, 1980).
 * Exact below 2^64 (verified exhaustively by Feitsma and Galway's list); above, no counterexample is known, so the label says so.
 * Rejected: Miller–Rabin to fixed bases (counterexamples are constructed at will), a proof (later, and never in the way of an answer).
 */
import { absolute, gcd, isqrt, jacobi, modulo, powMod } from './arithmetic.ts'
import { primesBelow } from './primes.ts'

export type PrimeLabel = 'prime' | 'probable prime (BPSW)'

const PROVEN_BELOW = 1n << 64n

/** How sure `isPrime(p)` is of a p it calls prime. */
export function primeLabel(p: bigint): PrimeLabel {
  return p < PROVEN_BELOW ? 'prime' : 'probable prime (BPSW)'
}

/** Whether n is prime by BPSW; numbers below 2 are not. */
export function isPrime(n: bigint): boolean {
  if (n < 2n) return false
  for (const small of primesBelow(212)) {
    const p = BigInt(small)
    if (n % p === 0n) return n === p
  }
  if (n < 211n * 211n) return true
  return isStrongProbablePrime(n, 2n) && isStrongLucasProbablePrime(n)
}

/** Strong probable prime (Miller–Rabin) to `base`, for odd n > 2. */
export function isStrongProbablePrime(n: bigint, base: bigint): boolean {
  let [d, twos] = [n - 1n, 0]
  while ((d & 1n) === 0n) {
    d >>= 1n
    twos++
  }
  let x = powMod(base, d, n)
  if (x === 1n || x === n - 1n) return true
  for (let i = 1; i < twos; i++) {
    x = (x * x) % n
    if (x === n - 1n) return true
  }
  return false
}

/** Strong Lucas probable prime with Selfridge's method A (P = 1, Q = (1 - D) / 4), for odd n > 2. */
export function isStrongLucasProbablePrime(n: bigint): boolean {
  const discriminant = selfridgeDiscriminant(n)
  if (discriminant === undefined) return false
  const q = (1n - discriminant) / 4n
  let [d, twos] = [n + 1n, 0]
  while ((d & 1n) === 0n) {
    d >>= 1n
    twos++
  }
  let { u, v, qk } = lucasSequence(n, discriminant, q, d)
  if (u === 0n || v === 0n) return true
  for (let i = 1; i < twos; i++) {
    v = modulo(v * v - 2n * qk, n)
    if (v === 0n) return true
    qk = (qk * qk) % n
  }
  return false
}

/** The first of 5, -7, 9, -11 … with Jacobi symbol -1; undefined when n is a square or shares a factor with one tried: composite. */
function selfridgeDiscriminant(n: bigint): bigint | undefined {
  for (let i = 0, d = 5n; ; i++, d = d > 0n ? -d - 2n : -d + 2n) {
    const symbol = jacobi(d, n)
    if (symbol === -1) return d
    if (symbol === 0 && gcd(absolute(d), n) !== n) return undefined
    // A square has no such d at all; looked for only when the first few fail, which is rare for others.
    if (i === 5 && isqrt(n) ** 2n === n) return undefined
  }
}

/** U_k, V_k and Q^k mod n for P = 1, by doubling along the bits of k. */
function lucasSequence(n: bigint, discriminant: bigint, q: bigint, k: bigint): { u: bigint; v: bigint; qk: bigint } {
  const half = (x: bigint) => ((x & 1n) === 0n ? x : x + n) >> 1n
  let [u, v, qk] = [1n, 1n, modulo(q, n)]
  for (const bit of k.toString(2).slice(1)) {
    u = (u * v) % n
    v = modulo(v * v - 2n * qk, n)
    qk = (qk * qk) % n
    if (bit === '1') {
      ;[u, v] = [modulo(half(u + v), n), modulo(half(discriminant * u + v), n)]
      qk = modulo(qk * q, n)
    }
  }
  return { u, v, qk }
}
