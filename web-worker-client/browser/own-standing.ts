import type { DeviceStanding, Refusal } from '../../sdk/protocol.ts'
import type { Identity, IdentityStore } from '../engine/identity.ts'

/** What the server knows of this device's word, asked with the secret that only the engine has; banned or not, connected or not. */
export class OwnStanding {
  readonly #url: string
  readonly #identity: IdentityStore

  constructor(url: string, identity: IdentityStore) {
    this.#url = url
    this.#identity = identity
  }

  /** A page of its strikes with the rest; undefined before a server has given this device an identity. @throws Error with the server's sentence */
  read(after?: string): Promise<DeviceStanding | undefined> {
    return this.#ask(after === undefined ? 'standing' : `standing?after=${encodeURIComponent(after)}`)
  }

  /** Says something against a strike or a ban, in place of what was said before. @throws Error with the server's sentence */
  appeal(text: string): Promise<DeviceStanding | undefined> {
    return this.#ask('appeal', { method: 'POST', body: JSON.stringify({ text }) })
  }

  async #ask(path: string, request: RequestInit = {}): Promise<DeviceStanding | undefined> {
    const identity: Identity | undefined = await this.#identity.load()
    if (identity === undefined) return undefined
    const { id, secret } = identity
    const headers = { authorization: `Device ${id}.${secret}` }
    const answer = await fetch(new URL(`/api/v1/devices/${id}/${path}`, this.#url), { ...request, headers, cache: 'no-store' })
    const body: DeviceStanding & { readonly error?: Refusal } = await answer.json()
    if (!answer.ok) throw new Error(body.error?.message ?? answer.statusText)
    return body
  }
}
