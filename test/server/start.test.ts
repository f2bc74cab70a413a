import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QUICK_START } from '../../sdk/local/processes.ts'
import { ConfigError, readConfig } from '../../server/config.ts'
import { readHomeToken } from '../../server/home.ts'
import { freshPostgresql, withPassword } from '../support/postgresql.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dsage-start-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the server until it ends, or until it is ready: then it is asked to stop. */
function run(environment: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [...QUICK_START, MAIN], {
    env: { DSAGE_HOME: join(directory, 'home'), DSAGE_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => {
    stdout += text
    child.kill('SIGTERM')
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

/** It ended with status 1 and one sentence that names `what`. */
async function expectFailure(environment: Record<string, string>, ...what: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(environment)
  expect([code, stdout]).toEqual([1, ''])
  for (const words of what) expect(stderr).toContain(words)
  expect(stderr.trimEnd().split('\n'), 'one sentence, no stack').toHaveLength(1)
  expect(stderr).toMatch(/^[A-Z].*\.\n$/)
}

describe('V11 configuration', () => {
  test('V11 every problem is named at once', () => {
    const read = () =>
      readConfig({
        DSAGE_HOME: '',
        DSAGE_PORT: '70000',
        DATABASE_URL: 'mysql://root:hunter2@somewhere/x',
        DSAGE_SYNCHRONOUS: 'OFF',
        DSAGE_GRACE_SECONDS: '-1',
        DSAGE_RETENTION_DAYS: 'a year',
        DSAGE_LOG: 'loud',
        DSAGE_SANDBOX_ORIGIN: 'sandbox.example',
      })
    expect(read).toThrow(ConfigError)
    for (const name of [
      'DSAGE_HOME',
      'DSAGE_PORT',
      'DATABASE_URL',
      'DSAGE_SYNCHRONOUS',
      'DSAGE_GRACE_SECONDS',
      'DSAGE_LOG',
      'DSAGE_SANDBOX_ORIGIN',
    ])
      expect(read).toThrow(name)
    expect(read).toThrow(/DSAGE_RETENTION_DAYS: an integer, got "a year"/)
    expect(read).not.toThrow('hunter2')
  })

  test('V11 what is not said has a default that is safe for one machine', () => {
    expect(readConfig({ DSAGE_HOME: '/home/me/.dsage' })).toEqual({
      home: '/home/me/.dsage',
      port: 8082,
      store: { database: 'sqlite', file: '/home/me/.dsage/db/dsage.db', synchronous: 'FULL' },
      logLevel: 'info',
      allowedHosts: new Set(),
      sandboxOrigin: undefined,
      proxies: [],
      sites: [],
      minimumLeaseSeconds: 30,
      graceSeconds: 10,
      closingSeconds: 600,
      retentionDays: 0,
      onlySetup: false,
      stopWithParent: false,
    })
    expect(readConfig({ DSAGE_HOME: '/h', DSAGE_HOSTS: ' DSage.example, b:8081 ,' }).allowedHosts).toEqual(
      new Set(['dsage.example', 'b:8081']),
    )
    expect(readConfig({ DSAGE_HOME: '/h', DSAGE_SANDBOX_ORIGIN: 'https://Sandbox.example' })).toMatchObject({
      sandboxOrigin: 'https://sandbox.example',
      allowedHosts: new Set(['sandbox.example']),
    })
    expect(readConfig({ DSAGE_HOME: '/h', DATABASE_URL: 'file:/elsewhere/x.db' }).store).toMatchObject({ file: '/elsewhere/x.db' })
  })
})

describe('V11 starting', () => {
  test('V11 a server that starts says so in one line, stops when asked, and its home is the owner’s alone', async () => {
    const { code, stdout, stderr } = await run({})
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    const mode = (path: string) => (statSync(join(directory, 'home', path)).mode & 0o777).toString(8)
    expect([mode(''), mode('token')]).toEqual(['700', '600'])
  })

  test('V11 wrong variables are all named, and nothing is made', async () => {
    const { code, stderr } = await run({ DSAGE_PORT: 'x', DSAGE_LOG: 'loud' })
    expect([code, stderr.includes('DSAGE_PORT'), stderr.includes('DSAGE_LOG')]).toEqual([1, true, true])
    expect(existsSync(join(directory, 'home'))).toBe(false)
  })

  test('V11 a port that is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = String(address && typeof address === 'object' ? address.port : 0)
    await expectFailure({ DSAGE_PORT: port }, port, 'DSAGE_PORT')
    await new Promise((resolve) => other.close(resolve))
  })

  test('V11 a database that another program has locked', async () => {
    const file = join(directory, 'locked.db')
    const other = new BetterSqlite3(file)
    other.pragma('journal_mode = WAL')
    other.exec('BEGIN IMMEDIATE')
    await expectFailure({ DATABASE_URL: `file:${file}` }, 'locked.db', 'lock')
    other.close()
  })

  test('V11 a database that another server uses, until that one is gone, however it went', async () => {
    const DSAGE_HOME = join(directory, 'home')
    const first = spawn(process.execPath, [...QUICK_START, MAIN], {
      env: { DSAGE_HOME, DSAGE_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(first.stdout, 'data')
    await expectFailure({}, 'dsage.db', 'another one runs')
    first.kill('SIGKILL')
    await once(first, 'close')
    expect(await run({})).toMatchObject({ code: 0, stderr: '' })
  })

  test('V11 a damaged database is left as it is', async () => {
    const file = join(directory, 'damaged.db')
    writeFileSync(file, 'Dear reader, this is no database. '.repeat(200))
    const before = statSync(file)
    await expectFailure({ DATABASE_URL: `file:${file}` }, 'damaged.db')
    expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs })
    expect(readdirSync(directory).filter((name) => name.startsWith('damaged'))).toEqual(['damaged.db', 'damaged.db.server'])
  })

  test('V11 a home that cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '')
    await expectFailure({ DSAGE_HOME: join(directory, 'file', 'home') }, join(directory, 'file', 'home'))
  })

  test('V11 a home on a file system that cannot be written', async () => {
    await expectFailure({ DSAGE_HOME: '/proc/dsage' }, '/proc/dsage')
  })

  test('V11 a home whose token is a directory', async () => {
    mkdirSync(join(directory, 'home', 'token'), { recursive: true })
    await expectFailure({}, join(directory, 'home'))
  })

  test('V11 a home whose token is empty', async () => {
    mkdirSync(join(directory, 'home'))
    writeFileSync(join(directory, 'home', 'token'), '\n')
    await expectFailure({}, 'token')
  })

  test('V11 many that make one home at once read one token, whole', async () => {
    const home = join(directory, 'shared')
    const tokens = await Promise.all(Array.from({ length: 40 }, () => readHomeToken(home)))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toMatch(/^[\w-]{43}$/)
    expect(readdirSync(home).sort()).toEqual(['db', 'token'])
  })

  test('V11 a missing directory for the database', async () => {
    await expectFailure({ DATABASE_URL: `file:${join(directory, 'missing', 'x.db')}` }, join(directory, 'missing'))
    expect(existsSync(join(directory, 'missing'))).toBe(false)
  })

  test('V11 wrong DATABASE_URLs are explained without the password', async () => {
    const url = new URL(await withPassword(await freshPostgresql(), 'hunter2'))
    await expectFailure({ DATABASE_URL: url.href }, 'correct user or password')
    url.pathname = '/nowhere'
    url.username = 'postgres'
    await expectFailure({ DATABASE_URL: url.href }, 'createdb nowhere')
    url.port = '1'
    await expectFailure({ DATABASE_URL: url.href }, '127.0.0.1:1')
    const { stderr } = await run({ DATABASE_URL: url.href })
    expect(stderr).not.toContain('hunter2')
  })
})
