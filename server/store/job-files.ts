import type { JobFile } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { Tx } from './open.ts'

const digestsOf = (files: readonly JobFile[]): string[] => [...new Set(files.map(({ sha256 }) => sha256))].sort()

/**
 * Makes sure that the files are there when this transaction commits: each is noted as used now, which whoever deletes unused ones waits for and
 * looks at again. @throws PlatformError `unknown-file`
 */
export async function useFiles(tx: Tx, files: readonly JobFile[], now: number): Promise<void> {
  for (const sha256 of digestsOf(files)) {
    const sizes = new Set(files.filter((file) => file.sha256 === sha256).map(({ bytes }) => bytes))
    const where = { sha256: Buffer.from(sha256, 'hex'), isComplete: 1, size: { in: [...sizes] } }
    const { count } = await tx.file.updateMany({ where, data: { usedAt: BigInt(now) } })
    if (count >= 1 && sizes.size === 1) continue // several accounts may have sent the same one
    throw new PlatformError('unknown-file', `Expected files that were sent before, got ${sha256}, which the server has not: send it first.`)
  }
}

/** Keeps the files for as long as the job is kept. */
export async function nameFiles(tx: Tx, jobId: number, files: readonly JobFile[]): Promise<void> {
  for (const sha256 of digestsOf(files)) await tx.jobFile.create({ data: { jobId, sha256: Buffer.from(sha256, 'hex') } })
}
