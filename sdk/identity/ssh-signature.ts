/** Signatures as `ssh-keygen -Y sign` writes them (PROTOCOL.sshsig of OpenSSH): over a digest and a namespace, so that none is of use elsewhere. */
import { ED25519, rawOf } from './public-key.ts'
import { armored, bytesOf, concat, SshReader, sshNumber, sshString, unarmored } from './ssh-wire.ts'

const MAGIC = 'SSHSIG'
const NAME = 'SSH SIGNATURE'
const VERSION = 1
const hashes: Readonly<Record<string, string>> = { sha512: 'SHA-512', sha256: 'SHA-256' }

/** What a signature says of itself; nothing of it is proved yet. */
export interface SshSignature {
  readonly publicBlob: Uint8Array<ArrayBuffer>
  readonly namespace: string
  readonly hash: string
  /** 64 bytes. */
  readonly signature: Uint8Array<ArrayBuffer>
}

/** What the key signs. @throws Error for a hash other than sha256 and sha512 */
export async function signedBytes(text: string, namespace: string, hash = 'sha512'): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = Object.hasOwn(hashes, hash) ? hashes[hash] : undefined
  if (algorithm === undefined) throw new Error(`Expected sha512 or sha256, got ${hash}.`)
  const digest = new Uint8Array(await crypto.subtle.digest(algorithm, bytesOf(text)))
  return concat([bytesOf(MAGIC), sshString(namespace), sshString(''), sshString(hash), sshString(digest)])
}

/** @param key an Ed25519 key for signing @param publicBlob its other half */
export async function signText(text: string, namespace: string, key: CryptoKey, publicBlob: Uint8Array): Promise<string> {
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', key, await signedBytes(text, namespace)))
  const inner = concat([sshString(ED25519), sshString(signature)])
  const parts = [bytesOf(MAGIC), sshNumber(VERSION), ...[publicBlob, namespace, '', 'sha512', inner].map(sshString)]
  return armored(NAME, concat(parts))
}

/** The inverse of `signText`, without a proof; undefined when it is no signature of an Ed25519 key. */
export function readSignature(text: string): SshSignature | undefined {
  try {
    const reader = new SshReader(unarmored(NAME, text))
    if (String.fromCharCode(...reader.take(MAGIC.length)) !== MAGIC || reader.number() !== VERSION) return undefined
    const publicBlob = reader.string()
    const namespace = reader.text()
    reader.string() // reserved
    const hash = reader.text()
    const inner = new SshReader(reader.string())
    const isEd25519 = inner.text() === ED25519 && rawOf(publicBlob) !== undefined
    const signature = inner.string()
    return isEd25519 && signature.length === 64 && inner.isAtEnd && reader.isAtEnd ? { publicBlob, namespace, hash, signature } : undefined
  } catch {
    return undefined
  }
}
