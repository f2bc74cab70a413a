import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { publicKeyText } from '../../sdk/key-files/key-text.ts'
import { bundleModule } from '../../sdk/local/bundle-module.ts'
import { homeDirectory, makeHome } from '../../sdk/local/home.ts'
import { LocalProcess } from '../../sdk/local/processes.ts'
import { setup } from '../../sdk/local/setup.ts'
import { becomeSoleServer } from '../../server/store/sole-server.ts'
import { freshPostgresql } from '../support/postgresql.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const script = async (name: string, text: string) => {
  const path = join(directory, name)
  await writeFile(path, text)
  return pathToFileURL(path)
}

it('J7 setup makes home, keys, database and the account of the login name, says so, and changes nothing the second time', async () => {
  const home = join(directory, 'home')
  const files = ['', 'db', 'dsage_key', 'dsage_key.pub', 'token', 'db/dsage.db'].map((name) => join(home, name))
  const first = await setup({ home })
  const account = { account: userInfo().username, key: expect.stringMatching(/^SHA256:[\w+/]{43}$/) }
  expect(first).toEqual({ home, made: files, kept: [], ...account })
  expect(await Promise.all([...files, join(home, 'server.log')].map(modeOf))).toEqual(['700', '700', '600', '600', '600', '600', '600'])
  const texts = () => Promise.all(files.slice(2, 5).map((file) => readFile(file, 'utf8')))
  const before = await texts()
  expect(await setup({ home })).toEqual({ home, made: [], kept: files, ...account, key: first.key })
  expect(await texts()).toEqual(before)
  const database = new BetterSqlite3(join(home, 'db', 'dsage.db'), { readonly: true })
  expect(database.prepare('SELECT name, role FROM Account').all()).toEqual([{ name: userInfo().username, role: 'admin' }])
  database.close()
})

it('J7 setup beside a server that has the database, and on a PostgreSQL, is as good', async () => {
  const home = join(directory, 'home')
  await makeHome({ home })
  becomeSoleServer(join(home, 'db', 'dsage.db'))
  expect(await setup({ home })).toMatchObject({ account: userInfo().username, made: [join(home, 'token')] })
  const databaseUrl = await freshPostgresql()
  expect(await setup({ home, databaseUrl })).toMatchObject({ account: userInfo().username, made: [] })
  const client = new pg.Client(databaseUrl)
  await client.connect()
  expect((await client.query('SELECT name, role FROM "Account"')).rows).toEqual([{ name: userInfo().username, role: 'admin' }])
  await client.end()
})

it('J7 many at once make one key pair and leave nothing else', async () => {
  const home = join(directory, 'home')
  const reports = await Promise.all(Array.from({ length: 20 }, () => makeHome({ home })))
  for (const name of ['dsage_key', 'dsage_key.pub'])
    expect(reports.flatMap(({ made }) => made).filter((path) => path.endsWith(`/${name}`))).toHaveLength(1)
  expect((await readdir(home)).sort()).toEqual(['db', 'dsage_key', 'dsage_key.pub'])
  const pair = await Promise.all(['dsage_key', 'dsage_key.pub'].map((name) => readFile(join(home, name), 'utf8')))
  expect(publicKeyText(pair[0]!, pair[1]!.trim().split(' ')[2]!)).toBe(pair[1])
})

it('J7 an existing key is never overwritten, whatever it holds, nor is one made beside a public half', async () => {
  await writeFile(join(directory, 'dsage_key'), 'mine\n', { mode: 0o600 })
  await expect(makeHome({ home: directory })).rejects.toMatchObject({ code: 'bad-key', message: expect.stringContaining('damaged') })
  expect(await readFile(join(directory, 'dsage_key'), 'utf8')).toBe('mine\n')
  const other = join(directory, 'other')
  await mkdir(other)
  await writeFile(join(other, 'dsage_key.pub'), 'its owner has the rest\n')
  expect((await makeHome({ home: other })).made).toEqual([join(other, 'db')])
  expect((await readdir(other)).sort()).toEqual(['db', 'dsage_key.pub'])
})

it('J7 the home is the given one, else that of the environment, else ~/.dsage', () => {
  expect(homeDirectory('/somewhere')).toBe('/somewhere')
  expect(homeDirectory()).toBe(join(homedir(), '.dsage'))
  expect(homeDirectory('')).toBe(join(homedir(), '.dsage'))
  vi.stubEnv('DSAGE_HOME', '/of/the/environment')
  expect([homeDirectory(), homeDirectory('/somewhere')]).toEqual(['/of/the/environment', '/somewhere'])
  vi.unstubAllEnvs()
})

it('J7 a child gets its secret over stdin and nothing of our environment, and stops when asked', async () => {
  const child = await LocalProcess.start({
    name: 'worker',
    script: await script(
      'child.mjs',
      `process.stdin.once('data', (line) => console.log(JSON.stringify({ ready: true, line: String(line), env: process.env, argv: process.argv.slice(2) })))`,
    ),
    arguments: ['--url', 'x'],
    environment: { DSAGE_HOME: directory },
    input: '{"token":"secret"}',
  })
  expect(child.ready).toEqual({ ready: true, line: '{"token":"secret"}\n', env: { DSAGE_HOME: directory }, argv: ['--url', 'x'] })
  await child.stop()
  expect(() => process.kill(child.pid, 0)).toThrow('ESRCH')
})

it('J7 a child that does not start is named with its own last sentence', async () => {
  const failing = await script(
    'failing.mjs',
    `console.error('noise'); console.error('Expected a free port \\u001b[1m, got 80.'); process.exit(1)`,
  )
  await expect(LocalProcess.start({ name: 'server', script: failing })).rejects.toMatchObject({
    code: 'start-failed',
    message: 'The server did not start: Expected a free port \\u{1b}[1m, got 80.',
  })
  const babbling = await script('babbling.mjs', `console.log('hello'); setInterval(() => {}, 1000)`)
  await expect(LocalProcess.start({ name: 'server', script: babbling })).rejects.toThrow('it said: hello')
  const silent = await script('silent.mjs', 'setInterval(() => {}, 1000)')
  await expect(LocalProcess.start({ name: 'server', script: silent, readySeconds: 0.3 })).rejects.toThrow('not ready after 0.3 s')
})

it('J7 a module is bundled with what it imports into the same readable text wherever it lies', async () => {
  const texts: string[] = []
  for (const place of ['a', 'b/c']) {
    const folder = join(directory, place)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'part.ts'), 'export const half = (value: number): number => value / 2\n')
    await writeFile(join(folder, 'work.ts'), `import { half } from './part.ts'\nexport const work = (input: number) => half(input)\n`)
    texts.push(await bundleModule(pathToFileURL(join(folder, 'work.ts'))))
  }
  expect(texts[0]).toBe(texts[1])
  expect(texts[0]).not.toContain(directory)
  const { work } = await import(`data:text/javascript,${encodeURIComponent(texts[0]!)}`)
  expect(work(8)).toBe(4)
  const none = await script('none.ts', 'export const other = 1')
  await expect(bundleModule(none)).rejects.toThrow('to export `work`, it exports other')
  await expect(bundleModule(pathToFileURL(join(directory, 'absent.ts')))).rejects.toMatchObject({ code: 'bad-argument' })
})

it('J7 the work of DistributedFactor is bundled into a module that factors', async () => {
  const text = await bundleModule(new URL('../../sdk/functions/factor/work.ts', import.meta.url))
  const { work } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
  expect(work({ kind: 'trial', n: 1001n, from: 2, to: 100 })).toEqual({ kind: 'trial', factors: [7n, 11n, 13n] })
})

it('J7 a home that is a file is named with what the system says', async () => {
  const path = join(directory, 'file')
  await writeFile(path, '')
  await expect(makeHome({ home: path })).rejects.toThrow(/directory .*file, but the system says EEXIST/)
})
