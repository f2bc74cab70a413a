/** Integer arithmetic on BigInt: the textbook algorithms (Cohen, A Course in Computational Algebraic Number Theory, 1.2–1.7). */

export function absolute(n: bigint): bigint {
  return n < 0n ? -n : n
}

/** The remainder in [0, n) for positive n; `%` keeps the sign of the dividend. */
export function modulo(a: bigint, n: bigint): bigint {
  const r = a % n
  return r < 0n ? r + n : r
}

/** Greatest common divisor, never negative; gcd(0, 0) = 0. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

/** base^exponent mod n, in [0, n), for exponent >= 0 and n >= 1. */
export function powMod(base: bigint, exponent: bigint, n: bigint): bigint {
  if (exponent < 0n) throw new RangeError(`Expected an exponent of at least 0, got ${exponent}: invert the base first.`)
  const b = modulo(base, n)
  let result = 1n % n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % n
    if (bit === '1') result = (result * b) % n
  }
  return result
}

/** The inverse of a modulo n in [0, n), or undefined when gcd(a, n) > 1: for a factoring program that is good news, not an error. */
export function invMod(a: bigint, n: bigint): bigint | undefined {
  let [r0, r1, s0, s1] = [n, modulo(a, n), 0n, 1n]
  while (r1 !== 0n) {
    const q = r0 / r1
    const [r2, s2] = [r0 - q * r1, s0 - q * s1]
    r0 = r1
    r1 = r2
    s0 = s1
    s1 = s2
  }
  return r0 === 1n ? modulo(s0, n) : undefined
}

/** Bits of |n|; 0 for 0. */
export function bitLength(n: bigint): number {
  if (n === 0n) return 0
  const hex = absolute(n).toString(16)
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0]!, 16)) - 28)
}

/** Decimal digits of |n|; 1 for 0. */
export function digitCount(n: bigint): number {
  return absolute(n).toString().length
}

/** log10 |n| to about 14 digits, for n other than 0; never overflows. */
export function log10(n: bigint): number {
  const text = absolute(n).toString()
  return Math.log10(Number(text.slice(0, 16))) + Math.max(0, text.length - 16)
}

/** floor(n^(1/k)) for n >= 0 and k >= 1, by Newton's iteration from above. */
export function iroot(n: bigint, k: number): bigint {
  if (n < 0n || !Number.isInteger(k) || k < 1)
    throw new RangeError(`Expected a root of degree at least 1 of a number of at least 0, got ${k} and ${n}.`)
  if (n < 2n || k === 1) return n
  const [degree, below] = [BigInt(k), BigInt(k - 1)]
  let x = 1n << BigInt(Math.ceil(bitLength(n) / k))
  for (;;) {
    const next = (below * x + n / x ** below) / degree
    if (next >= x) return x
    x = next
  }
}

/** floor(sqrt(n)) for n >= 0. */
export function isqrt(n: bigint): bigint {
  return iroot(n, 2)
}

/** Jacobi symbol (a / n) for odd n >= 1: -1, 0 or 1. */
export function jacobi(a: bigint, n: bigint): -1 | 0 | 1 {
  if (n < 1n || (n & 1n) === 0n) throw new RangeError(`Expected an odd positive modulus, got ${n}.`)
  let [x, y, sign] = [modulo(a, n), n, 1 as -1 | 1]
  while (x !== 0n) {
    while ((x & 1n) === 0n) {
      x >>= 1n
      const low = y & 7n
      if (low === 3n || low === 5n) sign = sign === 1 ? -1 : 1
    }
    if ((x & 3n) === 3n && (y & 3n) === 3n) sign = sign === 1 ? -1 : 1
    ;[x, y] = [y % x, x]
  }
  return y === 1n ? sign : 0
}
