import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface DatabaseStart {
  /** Names of the migrations this process applied. */
  readonly applied?: readonly string[]
  readonly error?: string
}

/** Runs start-database.ts as a process, as `userId` where that is given. */
export async function startProcess(where: string, userId?: number): Promise<DatabaseStart> {
  const script = fileURLToPath(new URL('start-database.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, where, ...(userId === undefined ? [] : [String(userId)])])
  return JSON.parse(stdout)
}
