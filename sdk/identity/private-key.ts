/**
 * An OpenSSH private key (PROTOCOL.key of OpenSSH) as far as a browser needs it: Ed25519, and its secret part only when it is not encrypted.
 * Node reads encrypted ones by a library (key-files/), which needs Node's own modules.
 */
import { BadKey } from '../errors.ts'
import { printable } from '../printable.ts'
import { rawOf } from './public-key.ts'
import { concat, fromBase64, SshReader, unarmored } from './ssh-wire.ts'

const MAGIC = 'openssh-key-v1\0'
const NAME = 'OPENSSH PRIVATE KEY'

/** What a private key says without its passphrase. */
export interface KeyContainer {
  readonly isEncrypted: boolean
  /** `none` when it is not. */
  readonly cipher: string
  /** With its type before it. */
  readonly publicBlob: Uint8Array<ArrayBuffer>
  /** Encrypted or not. */
  readonly secrets: Uint8Array
}
export interface PrivateKey {
  readonly publicBlob: Uint8Array<ArrayBuffer>
  /** The 32 bytes of RFC 8032. */
  readonly seed: Uint8Array<ArrayBuffer>
}

/** @param where how messages call the key @throws BadKey when it is damaged or of another type */
export function keyContainerOf(text: string, where: string): KeyContainer {
  const other = /-----BEGIN ((?!OPENSSH)[A-Z0-9 ]*PRIVATE KEY|SSH2 ENCRYPTED PRIVATE KEY|[A-Z ]*PUBLIC KEY)-----|^(ssh|ecdsa|sk)-\S+ /.exec(
    text,
  )
  if (other)
    throw new BadKey(
      `Expected ${where} to be a private key in OpenSSH's format, got ${(other[1] ?? 'a public key').toLowerCase()}; ${MAKE_ONE}.`,
    )
  try {
    const reader = new SshReader(unarmored(NAME, text))
    if (String.fromCharCode(...reader.take(MAGIC.length)) !== MAGIC) throw new Error('It does not begin as one.')
    const cipher = reader.text()
    reader.string()
    reader.string()
    if (reader.number() !== 1) throw new Error('It holds several.')
    const publicBlob = reader.string()
    const type = new SshReader(publicBlob).text()
    if (type !== 'ssh-ed25519')
      throw new BadKey(`Expected ${where} to be an Ed25519 key, got one of type ${printable(type.slice(0, 40))}; ${MAKE_ONE}.`)
    if (!rawOf(publicBlob)) throw new Error('Its public part is not as it should be.')
    return { isEncrypted: cipher !== 'none', cipher, publicBlob, secrets: reader.string() }
  } catch (error) {
    if (error instanceof BadKey) throw error
    throw damaged(where, error)
  }
}

const MAKE_ONE = 'make one with `ssh-keygen -t ed25519` or `dsage setup`'

export const damaged = (where: string, cause?: unknown): BadKey =>
  new BadKey(
    `Expected ${where} to be a private key in OpenSSH's format, but it is damaged; restore it from a copy, or move it away and ${MAKE_ONE}.`,
    cause,
  )

/** @throws BadKey when it is damaged, of another type, or encrypted */
export function privateKeyOf(text: string, where = 'the key'): PrivateKey {
  const { isEncrypted, publicBlob, secrets } = keyContainerOf(text, where)
  if (isEncrypted)
    throw new BadKey(
      `Expected ${where} without a passphrase here; decrypt a copy with \`ssh-keygen -p -N ''\`, or give it in Node with \`passphrase\`.`,
    )
  try {
    const reader = new SshReader(secrets)
    const check = reader.number()
    if (reader.number() !== check) throw new Error('Its check numbers differ.')
    const type = reader.text()
    const raw = reader.string()
    const pair = reader.string() // the seed, then the public key once more
    const same = rawOf(publicBlob)?.every((byte, i) => byte === raw[i] && byte === pair[32 + i])
    if (type !== 'ssh-ed25519' || pair.length !== 64 || !same) throw new Error('Its parts do not fit together.')
    return { publicBlob, seed: pair.slice(0, 32) }
  } catch (error) {
    throw damaged(where, error)
  }
}

/** PKCS #8 around an Ed25519 seed (RFC 8410 §7), which is what WebCrypto imports. */
const PKCS8 = fromBase64('MC4CAQAwBQYDK2VwBCIEIA==')

/** What signs with the key. @throws BadKey when its halves are not of one key, or where the platform has no Ed25519 */
export async function signingKeyOf({ seed, publicBlob }: PrivateKey, where = 'the key'): Promise<CryptoKey> {
  const [signing, verifying] = await Promise.all([
    crypto.subtle.importKey('pkcs8', concat([PKCS8, seed]), { name: 'Ed25519' }, false, ['sign']),
    crypto.subtle.importKey('raw', rawOf(publicBlob)!, { name: 'Ed25519' }, false, ['verify']),
  ]).catch((error: unknown) => {
    throw new BadKey('Expected WebCrypto with Ed25519 to sign the login: use a current browser, on https or localhost.', error)
  })
  const nothing = new Uint8Array()
  const signature = await crypto.subtle.sign('Ed25519', signing, nothing)
  if (!(await crypto.subtle.verify('Ed25519', verifying, signature, nothing))) throw damaged(where)
  return signing
}
