import { createHash } from 'node:crypto'
import type { JobRecord } from './store/store.ts'

/**
 * The number of a unit's first input, from which its seed derives: a map's key is that index, so that batching never changes a result;
 * other keys are hashed to 64 bits.
 */
export function ordinalOf(job: Pick<JobRecord, 'kind'>, key: string): bigint {
  if (job.kind === 'map' && /^\d{1,15}$/.test(key)) return BigInt(key)
  return createHash('sha256').update(key).digest().readBigUInt64LE(0)
}
