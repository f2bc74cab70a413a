import { createHash } from 'node:crypto'
import type { Dialect } from './dialect.ts'
import { hexOf, readRef } from './payload-ref.ts'
import type { Sql } from './sql.ts'

/** Bytes with the reference (hex) under which a row names them. */
export type Referred = readonly [ref: string, bytes: Uint8Array]

/** Writes those values that are too large to stand in their row. */
export async function writePayloads(sql: Sql, dialect: Dialect, values: readonly Referred[], now: number): Promise<void> {
  const large = values.flatMap(([ref, bytes]) => (ref.startsWith('01') ? [[ref.slice(2), bytes] as const] : []))
  if (large.length > 0) await storePayloads(sql, dialect, new Map(large), now)
}

/**
 * Makes sure that these bytes, by their digest, are there when this transaction commits. What was there before is kept from being deleted
 * as unused: the row that will refer to it is not committed yet, so the deletion cannot see it. New rows need no such lock, nobody else
 * can see them. Rejected: ON CONFLICT DO UPDATE, which writes the row anew, and with WHERE false makes all who refer to it wait in line.
 */
export async function storePayloads(sql: Sql, dialect: Dialect, large: ReadonlyMap<string, Uint8Array>, now: number): Promise<void> {
  const rows = JSON.stringify([...large].map(([digest, bytes]) => [digest, bytes.length, hexOf(bytes), now]))
  for (;;) {
    const written = await sql.run(dialect.insertPayloads, rows)
    if (written === large.size || !dialect.keepPayloads) return
    const kept = await sql.json<number>(dialect.keepPayloads, JSON.stringify([...large.keys()]))
    if (kept === large.size) return // else one was deleted between the two: it is written again
  }
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
