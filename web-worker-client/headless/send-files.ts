import type { SandboxedFile } from '../../sdk/protocol.ts'
import type { SandboxProcess } from './sandbox-process.ts'

const PART_BYTES = 4 * 1024 * 1024

/** Gives a sandbox process those of the files that it has not; it forgets those that the unit does not name. False when it ended first. */
export async function sendFiles(files: readonly SandboxedFile[], child: SandboxProcess): Promise<boolean> {
  for (const { sha256, content } of files) {
    if (child.knownFiles.has(sha256)) continue
    for (let offset = 0; offset === 0 || offset < content.size; offset += PART_BYTES) {
      const part = new Uint8Array(await content.slice(offset, offset + PART_BYTES).arrayBuffer())
      const kept = await child.exchange({ kind: 'file', sha256, bytes: content.size, offset }, part)
      if ((kept?.head as { kind?: unknown } | undefined)?.kind !== 'kept') return false
    }
  }
  child.knownFiles = new Set(files.map(({ sha256 }) => sha256))
  return true
}
