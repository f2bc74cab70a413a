/**
 * Seeds of a job's random numbers (INTEGRITY T6). Every input has a seed of its own that depends on the job and on the input's place in
 * it only, so neither the batching of inputs into units nor the device changes what a job draws.
 * A seed is 16 bytes, read as one big-endian number modulo 2^128.
 */

/** Distance between the seeds of neighbouring inputs: 2^128 divided by the golden ratio, odd, so 2^128 steps pass every seed once. */
export const SEED_STEP = 0x9e3779b97f4a7c15f39cc0605cedc835n

const SEED_BYTES = 16
const MODULUS_MASK = (1n << 128n) - 1n

/** The number that 16 bytes stand for. Throws a RangeError on any other length. */
export function seedNumber(seed: Uint8Array): bigint {
  if (seed.length !== SEED_BYTES) throw new RangeError(`Expected a seed of ${SEED_BYTES} bytes, got ${seed.length}.`)
  let number = 0n
  for (let i = 0; i < SEED_BYTES; i++) number = (number << 8n) | BigInt(seed[i]!)
  return number
}

/** The seed `ordinal` inputs further on, as a number. */
export const seedAfter = (seed: bigint, ordinal: bigint): bigint => (seed + ordinal * SEED_STEP) & MODULUS_MASK

/**
 * The seed of the unit whose first input is number `ordinal` (from 0) of the job; input i of that unit is seeded with
 * `seed + i * SEED_STEP`, which is the seed of a unit of one input at `ordinal + i`.
 */
export function seedOfUnit(jobSeed: Uint8Array, ordinal: bigint): Uint8Array {
  let number = seedAfter(seedNumber(jobSeed), ordinal)
  const seed = new Uint8Array(SEED_BYTES)
  for (let i = SEED_BYTES - 1; i >= 0; i--) {
    seed[i] = Number(number & 0xffn)
    number >>= 8n
  }
  return seed
}
