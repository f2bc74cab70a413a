import { concat, fromBase64, SshReader, sshString, toBase64 } from './ssh-wire.ts'

export const ED25519 = 'ssh-ed25519'
const RAW_BYTES = 32
const LINE = /^ssh-ed25519 +([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*?))?\s*$/

/** A public key as SSH writes it, and what is written behind it in a file. */
export interface PublicKey {
  /** With its type before it, as in signatures and fingerprints. */
  readonly blob: Uint8Array<ArrayBuffer>
  /** The 32 bytes of RFC 8032. */
  readonly raw: Uint8Array<ArrayBuffer>
  readonly comment: string
}

/** The key of `ssh-ed25519 AAAA… comment`, or undefined when it is none. */
export function publicKeyOf(line: string): PublicKey | undefined {
  const [, base64, comment = ''] = LINE.exec(line) ?? []
  if (base64 === undefined) return undefined
  try {
    const blob = fromBase64(base64)
    const raw = rawOf(blob)
    return raw && { blob, raw, comment }
  } catch {
    return undefined
  }
}

/** The 32 bytes of an Ed25519 key in a blob, or undefined when it holds another. @throws RangeError when it is cut short */
export function rawOf(blob: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const reader = new SshReader(blob)
  if (reader.text() !== ED25519) return undefined
  const raw = reader.string()
  return raw.length === RAW_BYTES && reader.isAtEnd ? raw : undefined
}

export const blobOf = (raw: Uint8Array): Uint8Array<ArrayBuffer> => concat([sshString(ED25519), sshString(raw)])

/** The inverse of `publicKeyOf`, without a comment. */
export const publicLineOf = (blob: Uint8Array): string => `${ED25519} ${toBase64(blob)}`

/** `SHA256:…`, as `ssh-keygen -l` shows it. */
export async function fingerprintOf(blob: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', blob))
  return `SHA256:${toBase64(digest).replace(/=+$/, '')}`
}
