import { printable } from './printable.ts'

/** The servers that a connection may use: identical ones, over one database. After each failure the next is tried, the first after the last. */
export class ServerList {
  readonly #urls: readonly string[]
  /** What became of the last try at each. */
  readonly #whys = new Map<string, string>()
  readonly #refusing = new Set<string>()
  #failures = 0

  /** @param urls one at least, each once */
  constructor(urls: readonly string[]) {
    this.#urls = urls
  }

  /** The one to use now. */
  get url(): string {
    return this.#urls[this.#failures % this.#urls.length]!
  }

  /** How often all of them have failed since one was reached. */
  get rounds(): number {
    return Math.floor(this.#failures / this.#urls.length)
  }

  get isOne(): boolean {
    return this.#urls.length === 1
  }

  /** The one in use answers. */
  reached(): void {
    this.#failures %= this.#urls.length
    this.#refusing.clear()
    this.#whys.clear()
  }

  /** The one in use does not, or no longer: the next one is. */
  failed(why: string | undefined): void {
    if (why !== undefined) this.#whys.set(this.url, printable(why))
    this.#failures += 1
  }

  /** The one in use refuses for good; whether all of them do. */
  refused(): boolean {
    return this.#refusing.add(this.url).size === this.#urls.length
  }

  /** All of them, each with what became of it. */
  toString(): string {
    const named = this.#urls.map((url) => (this.#whys.has(url) ? `${url} (${this.#whys.get(url)})` : url))
    return named.join(' or ')
  }
}
