import type { Answer } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import { sha256 } from './sha256.ts'

export interface BundlesOptions {
  /** Asks the server; undefined when the connection was lost first. */
  readonly fetch: (digest: string) => Promise<Answer<{ readonly code: Uint8Array }> | undefined>
  readonly clock: Clock
  /** A bundle came, or asking again may help now. */
  readonly onReady: () => void
  /** The bundle's units cannot be computed here; `message` says why. */
  readonly onUnavailable: (digest: string, message: string) => void
  /** @default 64 MiB */
  readonly mostBytes?: number
}

/** Code by its digest, least recently used forgotten first. Nothing enters whose SHA-256 is not its name: the server's word is not enough. */
export class Bundles {
  readonly #options: BundlesOptions
  readonly #mostBytes: number
  readonly #texts = new Map<string, { readonly text: string; readonly bytes: number }>()
  readonly #arriving = new Set<string>()
  #bytes = 0

  constructor(options: BundlesOptions) {
    this.#options = options
    this.#mostBytes = options.mostBytes ?? 64 * 1024 * 1024
  }

  /** The text when it is at hand; otherwise it is being fetched and `onReady` or `onUnavailable` follows. */
  text(digest: string): string | undefined {
    const entry = this.#texts.get(digest)
    if (!entry) {
      if (!this.#arriving.has(digest)) void this.#fetch(digest)
      return undefined
    }
    this.#texts.delete(digest)
    this.#texts.set(digest, entry)
    return entry.text
  }

  /** Code that came with a lease. */
  async offer(digest: string, code: Uint8Array): Promise<void> {
    if (this.#texts.has(digest) || this.#arriving.has(digest)) return
    this.#arriving.add(digest)
    await this.#admit(digest, code)
  }

  async #fetch(digest: string): Promise<void> {
    this.#arriving.add(digest)
    const answer = await this.#options.fetch(digest)
    if (answer?.ok) return this.#admit(digest, answer.ok.code)
    if (answer?.error?.retryAfterMs !== undefined) {
      this.#options.clock.after(answer.error.retryAfterMs, () => this.#settle(digest))
    } else if (answer?.error) {
      this.#settle(digest, `The server refused the bundle: ${answer.error.message}`)
    } else {
      this.#arriving.delete(digest)
    }
  }

  async #admit(digest: string, code: Uint8Array): Promise<void> {
    try {
      const came = await sha256(code)
      if (came !== digest) return this.#settle(digest, `Expected a bundle with SHA-256 ${digest}, got one with ${came}.`)
      this.#insert(digest, new TextDecoder('utf-8', { fatal: true }).decode(code), code.byteLength)
      this.#settle(digest)
    } catch (error) {
      this.#settle(digest, `The bundle cannot be read: ${(error as Error).message}`)
    }
  }

  #insert(digest: string, text: string, bytes: number): void {
    this.#texts.set(digest, { text, bytes })
    this.#bytes += bytes
    for (const [oldest, entry] of this.#texts) {
      if (this.#bytes <= this.#mostBytes || oldest === digest) return
      this.#texts.delete(oldest)
      this.#bytes -= entry.bytes
    }
  }

  #settle(digest: string, problem?: string): void {
    this.#arriving.delete(digest)
    if (problem === undefined) this.#options.onReady()
    else this.#options.onUnavailable(digest, problem)
  }
}
