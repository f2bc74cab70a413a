import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new secret, 256 bits, as text. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
/** What is stored of a secret: its SHA-256 (the secret itself is random, so a slow hash would add nothing). */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
/** Whether `secret` has this hash, in constant time. */
export const matches = (secret: string, hash: Uint8Array): boolean => timingSafeEqual(hashOf(secret), hash)
