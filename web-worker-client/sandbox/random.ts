/**
 * The seeded generator behind Math.random, ctx.random and crypto.getRandomValues (INTEGRITY T6): xoshiro128** (Blackman and Vigna,
 * https://prng.di.unimi.it), its state mixed from the 128-bit seed with MurmurHash3 x86 128 (Appleby), so that seeds a constant apart
 * give unrelated streams. Nothing here is secret: whoever knows the job knows every number.
 */
import { seedAfter } from '../../sdk/seed.ts'
import { byteLengthOf, bytesOf, imul, NativeUint32Array, toNumber } from './primordials.ts'

const rotate = (x: number, bits: number) => (x << bits) | (x >>> (32 - bits))

function finish(h: number): number {
  h = imul(h ^ (h >>> 16), 0x85ebca6b)
  h = imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** MurmurHash3 x86 128 of one block of four words, into `state`. */
function mixInto(state: Uint32Array, k1: number, k2: number, k3: number, k4: number): void {
  let h1 = imul(rotate(imul(k1, 0x239b961b), 15), 0xab0e9789)
  h1 = (imul(rotate(h1, 19), 5) + 0x561ccd1b) | 0
  let h2 = imul(rotate(imul(k2, 0xab0e9789), 16), 0x38b34ae5)
  h2 = (imul(rotate(h2, 17), 5) + 0x0bcaa747) | 0
  let h3 = imul(rotate(imul(k3, 0x38b34ae5), 17), 0xa1e38b93)
  h3 = (imul(rotate(h3, 15), 5) + 0x96cd1c35) | 0
  let h4 = imul(rotate(imul(k4, 0xa1e38b93), 18), 0x239b961b)
  h4 = (imul(rotate(h4, 13), 5) + 0x32ac3b17) | 0
  h2 ^= 16
  h3 ^= 16
  h4 ^= 16
  h1 = ((h1 ^ 16) + h2 + h3 + h4) | 0
  h1 = finish(h1)
  h2 = finish((h2 + h1) | 0)
  h3 = finish((h3 + h1) | 0)
  h4 = finish((h4 + h1) | 0)
  state[0] = h1 + h2 + h3 + h4
  state[1] = h2 + h1
  state[2] = h3 + h1
  state[3] = h4 + h1
  if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = 1
}

const word = (seed: bigint, shift: bigint) => toNumber((seed >> shift) & 0xffffffffn)

export class SeededRandom {
  readonly #state = new NativeUint32Array(4)
  #seed = 0n
  #seeded = false

  /** Starts the stream of input `ordinal` of a unit. The mixing waits for the first draw: most inputs draw nothing. */
  reseed(unitSeed: bigint, ordinal: bigint): void {
    this.#seed = seedAfter(unitSeed, ordinal)
    this.#seeded = false
  }

  /** Where the stream is: nothing where nothing was drawn. */
  save(): number[] {
    const state = this.#state
    return this.#seeded ? [state[0]!, state[1]!, state[2]!, state[3]!] : []
  }

  /** Goes on where `save` was called, in a stream that begins with the same seed. */
  restore(saved: readonly number[]): void {
    this.#seeded = saved.length === 4
    for (let i = 0; i < saved.length && i < 4; i++) this.#state[i] = saved[i]!
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const state = this.#state
    if (!this.#seeded) {
      const seed = this.#seed
      mixInto(state, word(seed, 96n), word(seed, 64n), word(seed, 32n), word(seed, 0n))
      this.#seeded = true
    }
    const second = state[1]!
    const result = imul(rotate(imul(second, 5), 7), 9) >>> 0
    state[2] = state[2]! ^ state[0]!
    state[3] = state[3]! ^ second
    state[1] = second ^ state[2]!
    state[0] = state[0]! ^ state[3]!
    state[2] = state[2]! ^ (second << 9)
    state[3] = rotate(state[3]!, 11)
    return result
  }

  /** A number from 0 up to, not including, 1, with 53 random bits. */
  fraction(): number {
    const high = this.uint32() >>> 5
    return (high * 0x4000000 + (this.uint32() >>> 6)) / 0x20000000000000
  }

  /** Overwrites every byte that `view` covers. */
  fill(view: ArrayBufferView): void {
    const bytes = bytesOf(view)!
    const length = byteLengthOf(bytes)
    for (let i = 0, bits = 0; i < length; i++, bits >>>= 8) {
      if ((i & 3) === 0) bits = this.uint32()
      bytes[i] = bits
    }
  }
}
