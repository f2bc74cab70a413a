import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleDigest } from '../../sdk/bundle.ts'
import { decodeOutputs, encode } from '../../sdk/codec.ts'
import { openSandbox } from '../../sdk/local/open-sandbox.ts'
import { connect, type DSage } from '../../sdk/node.ts'
import { ServerProcess } from '../simulation/server-process.ts'

const MAIN = fileURLToPath(new URL('../../web-worker-client/headless/main.ts', import.meta.url))
/** Ends only where it goes on; draws and prints at each step. */
const bundle = `export const work = (_, ctx) => {
  const restored = ctx.restored
  let { i, sum } = restored ?? { i: 0, sum: 0 }
  const end = restored === undefined ? Infinity : i + 1000
  for (let x = 1; i < end; i++) {
    if (i % 1000 === 0) ctx.checkpoint({ i, sum })
    for (let k = 0; k < 10_000; k++) x = (Math.imul(x, 1664525) + 1013904223) | 0
    sum += ctx.random()
  }
  return { end, sum }
}`
/** What the same input gives without a break, if it ends there. */
const unbroken = (end: number) => `export const work = (_, ctx) => {
  let sum = 0
  for (let i = 0; i < ${end}; i++) sum += ctx.random()
  return { end: ${end}, sum }
}`

const home = mkdtempSync(join(tmpdir(), 'dsage-moving-'))
let server: ServerProcess
let d: DSage
const workers: ChildProcess[] = []
beforeAll(async () => {
  server = await ServerProcess.start(home, undefined, () => ({ DSAGE_MINIMUM_LEASE_SECONDS: '30' }))
  d = await connect(server.url, { home })
})
afterAll(async () => {
  for (const one of workers) one.kill('SIGKILL')
  await d.close()
  await server.stop()
  rmSync(home, { recursive: true, force: true })
})

function worker(name: string, ...more: string[]): ChildProcess {
  const words = [MAIN, '--url', server.url, '--threads', '1', '--name', name, '--home', home, ...more]
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin!.on('error', () => {}) // it was killed
  if (!more.includes('--anonymous')) child.stdin!.write(`${JSON.stringify({ key: readFileSync(join(home, 'dsage_key'), 'utf8') })}\n`)
  workers.push(child)
  return child
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  child.kill(signal)
  await once(child, 'close')
}

function kept(): number {
  const database = new BetterSqlite3(join(home, 'db', 'dsage.db'), { readonly: true })
  try {
    return (database.prepare('SELECT count(*) AS n FROM Checkpoint').get() as { n: number }).n
  } finally {
    database.close()
  }
}

/** Computes a unit on a worker that is killed and then on another; how it went on, beside what an unbroken run gives. */
async function movedRun(options: object, ...more: string[]) {
  const job = d.map<undefined, { end: number; sum: number }>({ bundle }, [undefined], options)
  const first = worker('one', ...more)
  await expect.poll(kept, { timeout: 40_000 }).toBe(1)
  await end(first, 'SIGKILL')
  const second = worker('two', ...more)
  const [value] = await job.wait()
  await expect.poll(kept, { timeout: 10_000 }).toBe(0)
  await end(second, 'SIGTERM')
  const { units } = await d.connection.request('record', { job: job.id, after: '', limit: 1 })
  const code = unbroken(value!.end)
  const sandbox = await openSandbox()
  const outcome = await sandbox.run({
    ...{ job: job.id, bundle: await bundleDigest(code), code, input: encode([undefined]), seed: units[0]!.seed },
    ...{ createdAt: 0, timeoutSeconds: 60, memoryMegabytes: 256 },
  })
  await sandbox.close()
  if ('errored' in outcome) throw new Error(outcome.message)
  expect(new Uint8Array(units[0]!.output!)).toEqual(new Uint8Array(outcome.output))
  return { value: value!, unbroken: decodeOutputs(outcome.output)[0], devices: new Set(units[0]!.leases.map(({ device }) => device)).size }
}

test('X25 a unit of a worker that is killed is gone on with by another worker of the account', { timeout: 120_000 }, async () => {
  const { value, unbroken, devices } = await movedRun({})
  expect({ value }).toEqual(unbroken)
  expect([value.end > 1000, devices]).toEqual([true, 1])
})

test('X26 with redundancy none a stranger’s worker goes on too', { timeout: 120_000 }, async () => {
  const { value, unbroken, devices } = await movedRun({ redundancy: 'none' }, '--anonymous')
  expect({ value }).toEqual(unbroken)
  expect([value.end > 1000, devices]).toEqual([true, 2])
})
