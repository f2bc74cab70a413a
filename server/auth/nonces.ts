import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { UsedNonce } from '../store/store.ts'

/** How long a nonce is good for, milliseconds. */
export const NONCE_MS = 60_000
const RANDOM_BYTES = 32
const TIME_BYTES = 8

/** What a nonce is good for: the key and the address of a server that it was asked for. */
export interface Purpose {
  readonly publicBlob: Uint8Array
  /** `host:port` as the client addressed the server. */
  readonly address: string
}

/**
 * Nonces that need no row until one has been used: random bytes, the time, and an HMAC of both and of their purpose, by a secret that the
 * servers of a database share. Strangers who ask for challenges so cost neither memory nor disk.
 */
export class Nonces {
  readonly #secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  issue(purpose: Purpose, now: number): string {
    const head = Buffer.alloc(RANDOM_BYTES + TIME_BYTES)
    randomBytes(RANDOM_BYTES).copy(head)
    head.writeBigUInt64BE(BigInt(now), RANDOM_BYTES)
    return Buffer.concat([head, this.#mac(head, purpose)]).toString('base64url')
  }

  /** When it was issued and what must be remembered once it is used; undefined for one that is not ours, too old or for another purpose. */
  read(nonce: string, purpose: Purpose, now: number): (UsedNonce & { readonly issuedAt: number }) | undefined {
    const bytes = Buffer.from(nonce, 'base64url')
    const head = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES)
    const mac = bytes.subarray(head.length)
    const expected = this.#mac(head, purpose)
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined
    const issuedAt = Number(head.readBigUInt64BE(RANDOM_BYTES))
    const expiresAt = issuedAt + NONCE_MS
    return now < expiresAt ? { nonce: head.subarray(0, RANDOM_BYTES), issuedAt, expiresAt } : undefined
  }

  #mac(head: Uint8Array, { publicBlob, address }: Purpose): Buffer {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(publicBlob.length)
    return createHmac('sha256', this.#secret).update(head).update(length).update(publicBlob).update(address).digest()
  }
}
