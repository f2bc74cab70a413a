import { createHash } from 'node:crypto'
import { LIMITS, type SandboxedFile } from '../sdk/protocol.ts'
import { seedOfUnit } from '../sdk/seed.ts'
import { ordinalOf } from './ordinal.ts'
import type { ClaimedPilot, JobRecord, Store } from './store/store.ts'
import type { TrialRequest } from './trial.ts'

/** What a trial's outcome may hang on beside the inputs, as a digest: jobs that share it share what was learnt of their code. */
export function trialKey({ bundle, timeoutSeconds, memoryMegabytes, nativeMath, files = [] }: JobRecord): Uint8Array {
  const manifest = [bundle, timeoutSeconds, memoryMegabytes, nativeMath ?? false, files.map(({ name, sha256 }) => [name, sha256])]
  return createHash('sha256').update(JSON.stringify(manifest)).digest()
}

/** The units as a sandbox runs them; undefined when the job was forgotten meanwhile. */
export async function trialRequest(
  store: Pick<Store, 'bundle' | 'files'>,
  record: JobRecord,
  { units, known }: ClaimedPilot,
): Promise<TrialRequest | undefined> {
  const code = await store.bundle(record.bundle)
  const files = await Promise.all((record.files ?? []).map(({ name, sha256 }) => fileOf(store.files, name, sha256)))
  if (!code || !files.every((file) => file !== undefined)) return undefined
  const { job, bundle, createdAt, timeoutSeconds, memoryMegabytes, nativeMath = false, compare, verify } = record
  return {
    ...{ job, code: Buffer.from(code).toString(), digest: bundle, createdAt, timeoutSeconds, memoryMegabytes, nativeMath, files, compare },
    ...{ verifies: verify !== undefined, known },
    units: units.map((unit) => ({ ...unit, seed: seedOfUnit(record.seed, ordinalOf(record, unit.key)) })),
  }
}

async function fileOf(files: Store['files'], name: string, sha256: string): Promise<SandboxedFile | undefined> {
  const file = await files.find(sha256)
  if (!file) return undefined
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let n = 0; n * LIMITS.filePieceBytes < file.bytes; n++) {
    const part = await files.piece(file.id, n)
    if (!part) return undefined
    parts.push(new Uint8Array(part))
  }
  return { name, sha256, content: new Blob(parts) }
}
