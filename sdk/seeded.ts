/** Chance that is the same each time: for choosing a few of many, where whoever doubts the choice can make it again. */
import { BadArgument } from './errors.ts'

export interface SeedOption {
  /** Whole number from 0 to 2^32 - 1; the same one chooses the same. */
  readonly seed?: number
}

/** Numbers from 0 (included) to 1 (excluded). Mulberry32 (Tommy Ettinger, public domain): good enough to choose by, secret from nobody. @throws BadArgument */
export function seededFractions(seed: number): () => number {
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw new BadArgument(`Expected \`seed\` to be a whole number from 0 to ${2 ** 32 - 1}, got ${String(seed)}.`)
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Decides, one after the other, whether each of `total` things is among the `count` that are chosen, each as likely (Knuth, 3.4.2, algorithm S). */
export function chooseFrom(total: number, count: number, fraction: () => number): () => boolean {
  let left = total
  let wanted = Math.min(count, total)
  return () => {
    const chosen = fraction() * left < wanted
    left -= 1
    if (chosen) wanted -= 1
    return chosen
  }
}

/** Keeps `count` of things that come one by one, each as likely, however many come (Vitter's algorithm R). */
export class Reservoir<Kept> {
  readonly #count: number
  readonly #fraction: () => number
  readonly #kept: Kept[] = []
  #seen = 0

  constructor(count: number, fraction: () => number) {
    this.#count = count
    this.#fraction = fraction
  }

  get seen(): number {
    return this.#seen
  }

  get kept(): readonly Kept[] {
    return this.#kept
  }

  /** @param make called only for what is kept */
  offer(make: () => Kept): void {
    this.#seen += 1
    const at = this.#seen <= this.#count ? this.#seen - 1 : Math.floor(this.#fraction() * this.#seen)
    if (at < this.#count) this.#kept[at] = make()
  }
}
