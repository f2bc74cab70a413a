import type { Identity, IdentityStore } from './identity.ts'
import type { Log } from './log.ts'

/** Who this device is, as far as it is known: kept where it outlives the process, and going on without where that fails. */
export class KnownIdentity {
  readonly #store: IdentityStore
  readonly #log: Log
  #current: Identity | undefined

  constructor(store: IdentityStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** Undefined until a server has given one. */
  get current(): Identity | undefined {
    return this.#current
  }

  /** Reads what an earlier run left. */
  async load(): Promise<Identity | undefined> {
    this.#current = await this.#store.load().catch((error: Error) => {
      this.#log.warn(`The device's identity could not be read, a new one is asked for: ${error.message}`)
      return undefined
    })
    return this.#current
  }

  /** The server says who this is. */
  take({ id, secret }: Identity): void {
    if (id !== this.#current?.id || secret !== this.#current.secret) {
      this.#store.save({ id, secret }).catch((error: Error) => this.#log.warn(`The device's identity could not be kept: ${error.message}`))
    }
    this.#current = { id, secret }
  }
}
