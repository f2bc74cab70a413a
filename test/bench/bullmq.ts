/** The same no-op work on BullMQ and Redis, where a Redis server is installed; BullMQ itself is installed for the run, outside the project. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from './report.ts'
import { sleep } from './sleep.ts'

const VERSION = '6.7.0'
const JOBS_AT_ONCE = 1000
const SECONDS = 15
const CONCURRENCY = 100

interface BullMq {
  readonly Queue: new (name: string, options: object) => { addBulk(jobs: object[]): Promise<unknown>; close(): Promise<void> }
  readonly Worker: new (name: string, process: () => Promise<number>, options: object) => { close(force?: boolean): Promise<void> }
}

export async function bullmq(): Promise<Row[]> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return []
  const folder = mkdtempSync(join(tmpdir(), 'dsage-bullmq-'))
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, `bullmq@${VERSION}`, 'ioredis@6.0.0'],
    {
      stdio: 'ignore',
    },
  )
  const library = createRequire(join(folder, 'package.json'))('bullmq') as BullMq
  const rows: Row[] = []
  for (const fsync of ['always', 'everysec']) {
    rows.push({ name: `BullMQ on Redis, fsync ${fsync}`, value: await run(library, fsync, folder), unit: 'jobs/s' })
  }
  rmSync(folder, { recursive: true, force: true })
  return rows
}

async function run(library: BullMq, fsync: string, folder: string): Promise<number> {
  const port = await freePort()
  const words = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--appendonly',
    'yes',
    '--appendfsync',
    fsync,
    '--dir',
    mkdtempSync(join(folder, 'redis-')),
  ]
  const redis = spawn('redis-server', words, { stdio: 'ignore' })
  await sleep(1)
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
  const queue = new library.Queue('bench', { connection })
  let done = 0
  let added = 0
  const worker = new library.Worker('bench', async () => ++done, { connection, concurrency: CONCURRENCY })
  const top = async (): Promise<void> => {
    while (added - done < 10 * JOBS_AT_ONCE) {
      await queue.addBulk(
        Array.from({ length: JOBS_AT_ONCE }, () => ({
          name: 'unit',
          data: { input: '0123456789abcdef' },
          opts: { removeOnComplete: true },
        })),
      )
      added += JOBS_AT_ONCE
    }
  }
  await top()
  await sleep(3)
  const before = done
  const started = performance.now()
  while (performance.now() - started < SECONDS * 1000) {
    await top()
    await sleep(0.05)
  }
  const rate = (done - before) / ((performance.now() - started) / 1000)
  await worker.close(true)
  await queue.close()
  redis.kill('SIGTERM')
  await new Promise((resolve) => redis.once('exit', resolve))
  return rate
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
