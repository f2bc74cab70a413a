/** Who is remembered at most; the one that asked first is forgotten first. */
const REMEMBERED = 4096

export interface PaceOptions {
  /** How many one may have at once, and how fast they come back. */
  readonly burst: number
  readonly perSecond: number
  /** Milliseconds, monotonic. */
  readonly clock: () => number
}

/** Holds back who asks for more than others do: each has a store that is used up and fills again, in bounded memory. */
export class Pace {
  readonly #options: PaceOptions
  readonly #left = new Map<string, { left: number; at: number }>()

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** Takes one of what `asker` has left; false when there is none. */
  take(asker: string): boolean {
    const { burst, perSecond, clock } = this.#options
    const now = clock()
    const { left, at } = this.#left.get(asker) ?? { left: burst, at: now }
    const grown = Math.min(burst, left + ((now - at) / 1000) * perSecond)
    const [oldest] = this.#left.keys()
    if (this.#left.size >= REMEMBERED && !this.#left.has(asker) && oldest !== undefined) this.#left.delete(oldest)
    this.#left.set(asker, { left: grown < 1 ? grown : grown - 1, at: now })
    return grown >= 1
  }
}
