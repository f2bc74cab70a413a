/**
 * How a row names bytes: `00` and the bytes themselves up to 64 of them, else `01` and their SHA-256, which is a row of `Payload`.
 * Equal bytes always have equal references, so agreement compares references. Small values in their row were chosen over a digest for
 * everything: a random digest costs a page write of the Payload index per value, and that cost grows with the queue.
 */
import { createHash } from 'node:crypto'

const INLINE_BYTES = 64
const INLINE = 0
const DIGEST = 1

/** The reference, hex, as it travels in bulk statements. */
export function refOf(bytes: Uint8Array): string {
  if (bytes.length <= INLINE_BYTES) return `00${hexOf(bytes)}`
  return `01${createHash('sha256').update(bytes).digest('hex')}`
}

/** The bytes a reference carries, or the digest (hex) under which they stand. */
export function readRef(ref: string): { readonly bytes: Uint8Array } | { readonly digest: string } {
  const kind = Number.parseInt(ref.slice(0, 2), 16)
  if (kind === INLINE) return { bytes: Buffer.from(ref.slice(2), 'hex') }
  if (kind === DIGEST && ref.length === 66) return { digest: ref.slice(2) }
  throw new Error(`Expected a payload reference of kind 00 or 01, got ${ref.slice(0, 8)}…: the database is damaged.`)
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
