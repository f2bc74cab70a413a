import { randomFillSync } from 'node:crypto'

const RANDOM_BYTES = 12
/** Asked for in one call: a call for each lease took a twentieth of the server's time. */
const pool = Buffer.alloc(RANDOM_BYTES * 512)
let used = pool.length

/** The second in which the lease of this id was issued, milliseconds since 1970. */
export const secondOfIssue = (lease: string): number => Number.parseInt(lease.slice(0, 8), 16) * 1000

/** 128 bits, hex: the second of issue first, so that the index grows at its end, then 96 random bits. `now`: milliseconds since 1970. */
export function newLeaseId(now: number): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const second = (Math.floor(now / 1000) >>> 0).toString(16).padStart(8, '0')
  const random = pool.toString('hex', used, used + RANDOM_BYTES)
  used += RANDOM_BYTES
  return second + random
}
