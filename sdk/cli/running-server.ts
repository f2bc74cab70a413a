/** The server of a home leaves its address there while it runs, so that other commands find it. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readStatus } from './rest.ts'

export interface RunningServer {
  readonly url: string
  /** The process that started it. */
  readonly pid: number
}

const recordFile = (home: string): string => join(home, 'server.json')

/** Leaves the address; returns what takes it away again. */
export async function recordServer(home: string, url: string): Promise<() => Promise<void>> {
  const record: RunningServer = { url, pid: process.pid }
  await writeFile(recordFile(home), `${JSON.stringify(record)}\n`, { mode: 0o600 })
  return () => rm(recordFile(home), { force: true })
}

/** The server of this home, if one answers. A record that a killed process left behind counts for nothing. */
export async function runningServer(home: string): Promise<RunningServer | undefined> {
  try {
    const { url, pid } = JSON.parse(await readFile(recordFile(home), 'utf8')) as RunningServer
    process.kill(pid, 0)
    await readStatus(url)
    return { url, pid }
  } catch {
    return undefined
  }
}
