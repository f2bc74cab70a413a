/** Where a command's jobs run. */
import type { DSage } from '../dsage.ts'
import { keyFile, readKey } from '../key-files/key-files.ts'
import { startAll } from '../local/start-all.ts'
import { type LocalWorker, worker } from '../local/worker.ts'
import { connect } from '../node.ts'
import { askPassphrase } from './passphrase.ts'
import { readStatus } from './rest.ts'
import { runningServer } from './running-server.ts'

/** What a command computes on. */
export interface Cluster {
  readonly d: DSage
  readonly url: string
  /** Whether the server ends with it. */
  readonly ends: boolean
  readonly close: () => Promise<void>
}

export interface ClusterWish {
  readonly home: string
  /** How many to start where there are none. */
  readonly workers: number
  readonly url?: string
}

/**
 * The server named, else the one that runs in this home, else one that is started; workers are started where there are none. Undefined when
 * `signal` was aborted meanwhile. @throws what the SDK throws
 */
export async function openCluster(wish: ClusterWish, signal: AbortSignal): Promise<Cluster | undefined> {
  try {
    return await open(wish)
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

async function open({ home, workers, url: given }: ClusterWish): Promise<Cluster> {
  const url = given ?? (await runningServer(home))?.url
  if (url === undefined) {
    const d = await startAll({ home, workers, passphrase: askPassphrase })
    return { d, url: d.url, ends: true, close: () => d.close() }
  }
  const { devicesConnected } = await readStatus(url)
  const key = await readKey(keyFile(home), askPassphrase)
  const d = await connect(url, { key, connectTimeoutMs: 10_000 })
  const started: LocalWorker[] = []
  const close = async () => {
    await Promise.all(started.map((one) => one.stop()))
    await d.close()
  }
  try {
    const missing = devicesConnected === 0 ? workers : 0
    for (let i = 1; i <= missing; i++) started.push(await worker({ url, home, key, name: `command-${i}` }))
  } catch (error) {
    await close()
    throw error
  }
  return { d, url, ends: false, close }
}
