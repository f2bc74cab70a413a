import { createHash } from 'node:crypto'
import type { Dialect } from './dialect.ts'
import { hexOf, readRef, refOf } from './payload-ref.ts'
import type { Sql } from './sql.ts'

/** Writes what is too large for its row; answers with one reference (hex) per value. */
export async function writePayloads(sql: Sql, dialect: Dialect, values: readonly Uint8Array[], now: number): Promise<string[]> {
  const refs = values.map(refOf)
  const large = new Map<string, Uint8Array>()
  refs.forEach((ref, i) => {
    if (ref.startsWith('01')) large.set(ref.slice(2), values[i] as Uint8Array)
  })
  if (large.size > 0) {
    const rows = [...large].map(([digest, bytes]) => [digest, bytes.length, hexOf(bytes), now])
    await sql.run(dialect.insertPayloads, JSON.stringify(rows))
  }
  return refs
}

/** The bytes of each reference, in order. */
export async function readPayloads(sql: Sql, dialect: Dialect, refs: readonly string[]): Promise<Uint8Array[]> {
  const parsed = refs.map(readRef)
  const digests = [...new Set(parsed.flatMap((ref) => ('digest' in ref ? [ref.digest] : [])))]
  const found = digests.length > 0 ? await sql.json<[string, string][]>(dialect.payloads, JSON.stringify(digests)) : []
  const byDigest = new Map(found)
  return parsed.map((ref) => {
    if ('bytes' in ref) return ref.bytes
    const hex = byDigest.get(ref.digest)
    if (hex === undefined) throw new Error(`Expected a payload row for ${ref.digest}, found none: the database is damaged.`)
    return Buffer.from(hex, 'hex')
  })
}

/** SHA-256, hex. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
