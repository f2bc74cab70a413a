import { createPublicKey, verify } from 'node:crypto'
import { fingerprintOf, type PublicKey, publicKeyOf } from '../../sdk/identity/public-key.ts'
import { readSignature, signedBytes } from '../../sdk/identity/ssh-signature.ts'
import { type Challenge, type ChallengeRequest, LOGIN_NAMESPACE, type Login, type LoginRequest, loginText } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { Store, UsedNonce } from '../store/store.ts'
import type { AuthorizedKey, AuthorizedKeys } from './authorized-keys.ts'
import { Nonces } from './nonces.ts'
import type { Sessions } from './sessions.ts'

/** The name under which the servers of a database share the secret of their nonces. */
const SECRET = 'login-nonces'

/** A key whose owner has signed for this login, and the nonce that must now be used up. */
export interface ProvedKey {
  readonly key: AuthorizedKey
  readonly nonce: UsedNonce
}

/** Challenges, and whether what comes back was signed with a key that may log in here. */
export class Logins {
  readonly #store: Store
  readonly #keys: AuthorizedKeys
  readonly #sessions: Sessions
  #nonces: Promise<Nonces> | undefined

  constructor(store: Store, keys: AuthorizedKeys, sessions: Sessions) {
    this.#store = store
    this.#keys = keys
    this.#sessions = sessions
  }

  /** Whoever asks gets one, so that nobody learns which keys may log in. @param address `host:port` as the client addressed this server */
  async challenge({ publicKey }: ChallengeRequest, address: string): Promise<Challenge> {
    const { blob } = expectKey(publicKey)
    const issuedAt = await this.#store.now()
    return { nonce: (await this.#issuer()).issue({ publicBlob: blob, address }, issuedAt), issuedAt }
  }

  /** @throws PlatformError `unauthorised`, `login-expired` */
  async prove({ publicKey, nonce, signature }: LoginRequest, address: string): Promise<ProvedKey> {
    const key = expectKey(publicKey)
    const found = (await this.#issuer()).read(nonce, { publicBlob: key.blob, address }, await this.#store.now())
    if (!found) throw badNonce()
    const text = loginText(address, { nonce, issuedAt: found.issuedAt })
    if (!(await isSigned(text, signature, key))) {
      throw new PlatformError(
        'unauthorised',
        `Expected the login text for ${address} signed with the key, in the namespace ${LOGIN_NAMESPACE}; the signature is another one.`,
      )
    }
    const fingerprint = await fingerprintOf(key.blob)
    const authorized = (await this.#keys.current()).get(fingerprint)
    if (!authorized) throw unknownKey(fingerprint)
    return { key: authorized, nonce: found }
  }

  /** @throws PlatformError `login-expired` when the nonce was used before */
  async open({ key, nonce }: ProvedKey): Promise<Login> {
    const opened = await this.#sessions.open(key, nonce)
    if (!opened) throw badNonce()
    return opened
  }

  #issuer(): Promise<Nonces> {
    this.#nonces ??= this.#store.secret(SECRET).then((secret) => new Nonces(secret))
    this.#nonces.catch(() => {
      this.#nonces = undefined // the database may be back by the next login
    })
    return this.#nonces
  }
}

/** It names no path of this machine: whoever has any key is told it. */
const unknownKey = (fingerprint: string): PlatformError =>
  new PlatformError(
    'unauthorised',
    `Expected a key that this server knows, got ${fingerprint}: ask its admin to append your public key (the line of dsage_key.pub) to the file authorized_keys in the server's home.`,
  )

const badNonce = (): PlatformError =>
  new PlatformError(
    'login-expired',
    'Expected a nonce of this server for this key that is younger than 60 seconds and was not used: ask for a challenge.',
  )

function expectKey(line: string): PublicKey {
  const key = publicKeyOf(line)
  if (!key) throw new PlatformError('bad-message', 'at publicKey: Expected `ssh-ed25519 AAAA…`, as in dsage_key.pub.')
  return key
}

async function isSigned(text: string, armor: string, { blob, raw }: PublicKey): Promise<boolean> {
  const given = readSignature(armor)
  if (!given || given.namespace !== LOGIN_NAMESPACE || !Buffer.from(blob).equals(given.publicBlob)) return false
  const signed = await signedBytes(text, LOGIN_NAMESPACE, given.hash).catch(() => undefined)
  if (!signed) return false
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') }, format: 'jwk' })
  return verify(null, signed, key, given.signature)
}
