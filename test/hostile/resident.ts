import { readFileSync } from 'node:fs'

function residentOf(id: number): number {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'latin1')
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
    return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024
  } catch {
    return 0
  }
}

/** Memory of the processes that no file stands behind, bytes; Linux only. */
export const residentBytes = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + residentOf(id), 0)
