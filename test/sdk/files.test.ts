import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DSage } from '../../sdk/dsage.ts'
import { connect, DistributedFunction, type LocalWorker, worker } from '../../sdk/node.ts'
import { type FileState, LIMITS } from '../../sdk/protocol.ts'
import { ServerProcess } from '../simulation/server-process.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { LONG_TESTS } from '../support/long-tests.ts'

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const folder = mkdtempSync(join(tmpdir(), 'dsage-attached-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a job with files', () => {
  let app: TestApp
  let d: DSage
  const posts: string[] = []
  beforeAll(async () => {
    app = await TestApp.start()
    app.app.http.on('request', ({ method, url }) => {
      if (method === 'POST' && url!.includes('/files/')) posts.push(url!)
    })
    d = await connect(app.url, { key: OWNER_KEY.privateKey })
  })
  afterAll(async () => {
    await d.close()
    await app.close()
  })
  const bundle = 'export const work = () => 0'
  const manifestOf = async (job: { readonly id: string; readonly status: unknown }) => {
    await expect.poll(() => job.status).toBeDefined()
    return (await d.connection.request('manifest', { job: job.id })).spec.files
  }

  test('J33 bytes, a Blob, a path and a URL are one file when they are the same, and it is sent once', async () => {
    const content = new Uint8Array(randomBytes(LIMITS.filePieceBytes + 9))
    const path = join(folder, 'a file')
    writeFileSync(path, content)
    const file = (name: string) => ({ name, sha256: digestOf(content), bytes: content.length })
    const files = { url: pathToFileURL(path), 'é path': path, blob: new Blob([content]), bytes: content }
    const job = d.map({ bundle }, [1], { files })
    expect(await manifestOf(job)).toEqual(['blob', 'bytes', 'url', 'é path'].map(file))
    expect(posts).toEqual([0, LIMITS.filePieceBytes].map((at) => `/api/v1/files/${digestOf(content)}?bytes=${content.length}&offset=${at}`))
    const again = d.eval('1', { files: { again: content } })
    expect([await manifestOf(again), posts.length]).toEqual([[file('again')], 2])
    expect(await manifestOf(d.math('1', { files: {} }))).toBeUndefined()
    await job.kill()
  })

  test('J33 a distributed function has files too', async () => {
    class Reading extends DistributedFunction<number, number, number> {
      override result = 0
      protected readonly work = (n: number) => n
      protected override nextJob = () => undefined
      protected override processResult = () => {}
    }
    const f = new Reading(d, { files: { a: Uint8Array.of(5) } }).start()
    await expect.poll(async () => (await d.getMyJobs({ name: 'Reading' })).length).toBe(1)
    const [job] = await d.getMyJobs({ name: 'Reading' })
    expect((await d.connection.request('manifest', { job: job!.job })).spec.files).toEqual([
      { name: 'a', sha256: digestOf(Uint8Array.of(5)), bytes: 1 },
    ])
    await f.stop()
  })

  test('J33 what is no file is refused by its name, and nothing is submitted', async () => {
    const before = (await d.getMyJobs({})).length
    const wrong: [unknown, string][] = [
      [{ gone: join(folder, 'none') }, 'none, but the system says ENOENT'],
      [{ folder }, 'the system says EISDIR'],
      [{ 'odd\u0007': 5 }, 'Expected file odd\\u{7} to be a Uint8Array, a Blob, or a path or file: URL, got number; read it first.'],
      [{ page: new URL('https://example.org/a') }, 'got https://example.org/a; read it first.'],
      [{ '': Uint8Array.of(1) }, 'Expected names of files to have 1 to 200 characters, got ""'],
      [[Uint8Array.of(1)], 'write { name: bytes }'],
      [Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, Uint8Array.of(1)])), 'Expected at most 100 files, got 101'],
    ]
    for (const [files, message] of wrong)
      await expect(d.eval('1', { files: files as never }).wait()).rejects.toMatchObject({
        name: 'BadArgument',
        message: expect.stringContaining(message),
      })
    expect((await d.getMyJobs({})).length).toBe(before)
  })
})

/** Of 16 MiB, at servers that are killed. */
const describeUploads = LONG_TESTS ? describe : () => {}

describeUploads('an upload', () => {
  const home = join(folder, 'home')
  const content = new Uint8Array(randomBytes(16 * LIMITS.filePieceBytes + 1))
  const path = join(folder, 'large')
  const summing = `export const work = (from, ctx) => {
    const bytes = ctx.files.get('large')
    let sum = 0
    for (let i = from; i < bytes.length; i += 2) sum = (sum * 31 + bytes[i]) % 4294967291
    return sum
  }`
  const sum = (bytes: Uint8Array, from: number) => {
    let all = 0
    for (let i = from; i < bytes.length; i += 2) all = (all * 31 + bytes[i]!) % 4294967291
    return all
  }
  let server: ServerProcess
  let lending: LocalWorker
  beforeAll(async () => {
    writeFileSync(path, content)
    server = await ServerProcess.start(home, undefined, () => ({ DSAGE_MINIMUM_LEASE_SECONDS: '30' }))
    lending = await worker({ url: server.url, home })
  })
  afterAll(async () => {
    await lending.stop()
    await server.stop()
  })
  const stateOf = async (bytes: Uint8Array): Promise<Partial<FileState>> => {
    const headers = { authorization: `Bearer ${readFileSync(join(home, 'token'), 'utf8').trim()}` }
    return (await fetch(`${server.url}/api/v1/files/${digestOf(bytes)}`, { headers })).json() as Promise<Partial<FileState>>
  }
  const isUnderWay = (bytes: Uint8Array) =>
    expect.poll(async () => (await stateOf(bytes)).received ?? 0, { interval: 5 }).toBeGreaterThan(0)

  test('J34 an upload whose client is killed goes on where it was, and the code reads the very bytes', async () => {
    const program = `
      import { connect } from ${JSON.stringify(new URL('../../sdk/node.ts', import.meta.url).href)}
      const d = await connect(process.env.URL, { home: process.env.HOME_OF_IT })
      await d.eval('1', { files: { large: process.env.FILE } }).wait()`
    const env = { PATH: process.env.PATH, URL: server.url, HOME_OF_IT: home, FILE: path }
    const client = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env,
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    })
    await isUnderWay(content)
    client.kill('SIGKILL')
    await once(client, 'close')
    const { received, complete } = await stateOf(content)
    expect([received! < content.length, complete]).toEqual([true, false])
    const d = await connect(server.url, { home })
    const values = await d.map<number, number>({ bundle: summing }, [0, 1], { redundancy: 'none', files: { large: path } }).wait()
    await d.close()
    expect(values).toEqual([sum(content, 0), sum(content, 1)])
  })

  test('J34 an upload whose server is killed goes on when that is started again', async () => {
    const other = content.map((byte) => byte ^ 255)
    const d = await connect(server.url, { home })
    const job = d.map<number, number>({ bundle: summing }, [0, 1], { redundancy: 'none', files: { large: other } })
    await isUnderWay(other)
    server.kill()
    await server.restart()
    expect((await stateOf(other)).received).toBeGreaterThan(0)
    expect(await job.wait()).toEqual([sum(other, 0), sum(other, 1)])
    await d.close()
  })
})
