import type { Welcome } from '../../sdk/protocol.ts'
import type { Identity, IdentityStore } from './identity.ts'
import type { Log } from './log.ts'
import type { EngineSnapshot } from './snapshot.ts'

/** Who this device is, as far as it is known: kept where it outlives the process, and going on without where that fails. */
export class KnownIdentity {
  readonly #store: IdentityStore
  readonly #log: Log
  #current: Identity | undefined
  #copyOf: string | undefined

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

  /** What a person is told of it. */
  get shown(): Pick<EngineSnapshot, 'device' | 'copyOf'> {
    return {
      ...(this.#current && { device: this.#current.id }),
      ...(this.#copyOf !== undefined && { copyOf: this.#copyOf }),
    }
  }

  /** The server says who this is. */
  take({ device: { id, secret }, copyOf }: Pick<Welcome, 'device' | 'copyOf'>): void {
    if (copyOf !== undefined) this.#becomeCopy(copyOf, id)
    if (id !== this.#current?.id || secret !== this.#current.secret) {
      this.#store.save({ id, secret }).catch((error: Error) => this.#log.warn(`The device's identity could not be kept: ${error.message}`))
    }
    this.#current = { id, secret }
  }

  #becomeCopy(copyOf: string, id: string): void {
    this.#copyOf = copyOf
    this.#log.warn(
      `Device ${copyOf} is at work elsewhere with the same secret, so this is a copy of it: it goes on as the new device ${id}, which has yet to earn trust. Copy machines, homes and browser profiles without their device-*.json or site data.`,
    )
  }
}
