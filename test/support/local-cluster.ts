import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalDSage, startAll } from '../../sdk/node.ts'

/** A server and workers with a home of their own, for the tests of a file. */
export interface LocalCluster {
  readonly home: string
  readonly d: LocalDSage
  /** Ends them and removes the home. */
  close(): Promise<void>
}

/** @param name of the home, for whoever looks into the temporary directory */
export async function localCluster(name: string, workers: number): Promise<LocalCluster> {
  const home = mkdtempSync(join(tmpdir(), `dsage-${name}-`))
  const d = await startAll({ workers, home, port: 0 })
  const close = async () => {
    await d.close()
    rmSync(home, { recursive: true, force: true })
  }
  return { home, d, close }
}
