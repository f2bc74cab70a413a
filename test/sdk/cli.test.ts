import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { guardIntegers, integerToFactor } from '../../sdk/cli/arguments.ts'
import { factorText, mistakesOf } from '../../sdk/cli/factor-text.ts'
import { complaintsOf, type StartFacts } from '../../sdk/cli/start-verdict.ts'
import { table } from '../../sdk/cli/table.ts'
import type { FactorResult } from '../../sdk/functions/factor/factor-result.ts'
import { MandelbrotZoom } from '../../sdk/functions/mandelbrot/mandelbrot-zoom.ts'
import { placeOfKey, placeOfTile, tileOf } from '../../sdk/functions/mandelbrot/tiles.ts'
import { MOST_ITERATIONS, work } from '../../sdk/functions/mandelbrot/work.ts'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { SERVER_SETTINGS, serverSettings } from '../../sdk/local/server-settings.ts'
import { startAll } from '../../sdk/local/start-all.ts'
import { CONFIG_VARIABLES } from '../../server/config.ts'
import { TestApp } from '../support/app.ts'
import { realTimers } from '../support/real-timers.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-cli-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const spawnWith = (environment: Record<string, string>, ...words: string[]) =>
  spawn(process.execPath, [command, ...words], {
    env: { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: join(home, 'home'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
const spawnCommand = (...words: string[]) => spawnWith({}, ...words)

const run = (...words: string[]) => runWith({}, ...words)

async function runWith(environment: Record<string, string>, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnWith(environment, ...words)
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said.stdout += piece
  })
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said.stderr += piece
  })
  const [code] = await once(child, 'close')
  return { code: code as number, ...said }
}

/** One sentence on one line, with no trace of where in the code it came from. */
const sentence = /^(error: )?[^\n]+\.\n$/

describe('the command line', () => {
  test('C2 every command explains itself', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    const commands = [
      'start',
      'eval',
      'factor',
      'repl',
      'run',
      'map',
      'jobs',
      'job',
      'kill',
      'doctor',
      'server',
      'worker',
      'setup',
      'status',
      'credit',
      'record',
      'verify-record',
    ]
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    for (const name of commands) {
      const help = await run(name, '--help')
      expect([name, help.code, help.stderr]).toEqual([name, 0, ''])
      expect(help.stdout).toContain(`Usage: dsage ${name}`)
    }
  })

  test.each([
    [['factor', '0'], 'other than 0'],
    [['factor', '11^'], 'got the end (at character 4)'],
    [['factor', '10/3'], 'Expected an integer, got 10/3'],
    [['eval', '2^360-1'], "Here: dsage eval --math '2^360-1'."],
    [['run', 'none.ts'], 'ENOENT'],
    [['map', 'n => n', '3..1'], 'from the smaller to the greater'],
    [['map', '5', '1..3'], 'Expected a function'],
    [['kill'], 'or --all'],
    [['map', 'n => n + foo', '1..3'], 'make it part of each input. (line 1 of the function)'],
    [['eval', ' '], 'got an empty text'],
    [['worker', '--name', 'a b'], '1 to 64 letters'],
    [['factor', 'x'], 'x is read as the name of a function'],
    [['eval', '--math', '2^'], 'got the end (at character 3)'],
    [['factor', '9^9^9^9'], 'at most 2000 digits'],
    [['factor'], "missing required argument 'expression'"],
    [['verify-record', 'a.tar', '--sample', '0%'], 'a percentage above 0%'],
    [['start', '--workers', '65'], 'a whole number from 0 to 64'],
    [['start', '--number', '-'], 'a number or "("'],
    [['start', '--port', '1.5'], 'a whole number from 0 to 65535'],
    [['worker', '--url', 'ftp://here'], 'such as http://127.0.0.1:8082'],
    [['status', 'now'], 'too many arguments'],
    [['start', '--sudden'], "unknown option '--sudden'"],
    [['frobnicate'], "unknown command 'frobnicate'"],
  ])('C2 %j is refused in one sentence with exit code 2, and nothing is made', async (words, expected) => {
    const { code, stdout, stderr } = await run(...words)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(expected)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/)
    expect(existsSync(join(home, 'home'))).toBe(false)
  })

  test.each([
    [['status', '--url', 'http://127.0.0.1:1'], 'Expected a DSage server at http://127.0.0.1:1'],
    [['credit', '--ledger', 'csv', '--url', 'http://127.0.0.1:1'], 'Expected a DSage server at http://127.0.0.1:1'],
    [['factor', '15', '--url', 'http://127.0.0.1:1'], 'Expected a DSage server at http://127.0.0.1:1'],
    [['worker'], 'Expected a key in'],
  ])('C2 %j fails in one sentence with exit code 1', async (words, expected) => {
    const { code, stdout, stderr } = await run(...words)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(expected)
    expect(stderr).toMatch(sentence)
  })

  test('A7 a worker is a device of the account of its key, with --anonymous nobody’s, and needs no key then', async () => {
    const app = await TestApp.start({ timers: realTimers })
    const { privateKey, publicKey } = await makeKeyTexts('anna@test', 'open sesame')
    writeFileSync(app.authorizedKeys, publicKey, { mode: 0o600 })
    const key = join(home, 'key')
    writeFileSync(key, privateKey, { mode: 0o600 })
    const workers = [
      ['--key', key],
      ['--anonymous', '--name', 'stranger'],
    ].map((words) => spawnWith({ DSAGE_PASSPHRASE: 'open sesame' }, 'worker', '--url', app.url, ...words))
    const said = await Promise.all(workers.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])))
    expect(said).toEqual([
      `worker works for ${app.url}; Ctrl-C stops it.\n`,
      `stranger works for ${app.url} as a stranger; Ctrl-C stops it.\n`,
    ])
    const database = new BetterSqlite3(app.file, { readonly: true })
    const devices = database.prepare(
      'SELECT d.name, own, a.name AS account FROM Device d LEFT JOIN Account a ON a.id = d.accountId ORDER BY d.name',
    )
    expect(devices.all()).toEqual([
      { name: 'stranger', own: 0, account: null },
      { name: 'worker', own: 1, account: 'anna' },
    ])
    database.close()
    for (const worker of workers) worker.kill()
    await Promise.all(workers.map((worker) => once(worker, 'close')))
    await app.close()
    expect(existsSync(join(home, 'home', 'dsage_key'))).toBe(false)
  })

  test('C2 setup makes the home, its key and the account once, and keeps them', async () => {
    const first = await run('setup')
    expect([first.code, first.stdout.match(/^made /gm)?.length, first.stdout.match(/^kept /gm)]).toEqual([0, 6, null])
    expect(first.stdout).toMatch(/^account \S+, whose key is SHA256:\S+$/m)
    const key = statSync(join(home, 'home', 'dsage_key'))
    expect(key.mode & 0o777).toBe(0o600)
    const second = await run('setup')
    expect([second.code, second.stdout.match(/^made /gm), second.stdout.match(/^kept /gm)?.length]).toEqual([0, null, 6])
    expect(statSync(join(home, 'home', 'dsage_key')).ino).toBe(key.ino)
  })
})

describe('a server of the home', () => {
  test('C27 a setting of the server in the environment is heeded, and a wrong one is named', async () => {
    const { code, stderr } = await runWith({ DSAGE_RETENTION_DAYS: 'abc', DSAGE_LOG: 'loud', DSAGE_PORT: '0' }, 'server')
    expect(code).toBe(1)
    expect(stderr).toMatch(sentence)
    expect(stderr).toContain('DSAGE_RETENTION_DAYS: an integer, got "abc"')
    expect(stderr).toContain('DSAGE_LOG')
  })

  test('C27 every setting of a server reaches it, and no secret', () => {
    const whose = ['DSAGE_HOME', 'DATABASE_URL', 'DSAGE_SETUP_ONLY', 'DSAGE_PARENT_STDIN']
    expect([...SERVER_SETTINGS, ...whose].sort()).toEqual([...CONFIG_VARIABLES].sort())
    expect(serverSettings({ DSAGE_HOSTS: 'a', DSAGE_PASSPHRASE: 'secret', DATABASE_URL: 'postgresql://other', PATH: '/bin' })).toEqual({
      DSAGE_HOSTS: 'a',
    })
  })

  test('C2 status, worker, factor and a second start find it, and it ends with exit code 0', async () => {
    const server = spawnCommand('server', '--port', '0')
    const ended = once(server, 'close')
    try {
      const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
      const url = /http:\/\/\S+\d/.exec(String(line))?.[0]
      const status = await run('status')
      expect([status.code, status.stdout.includes(`${url}, version`)]).toEqual([0, true])
      expect(status.stdout).toContain('No device is connected.')
      const worker = spawnCommand('worker', '--name', 'helping.hand')
      const gone = once(worker, 'close')
      await once(worker.stdout, 'data')
      const { devices } = JSON.parse((await run('status', '--json')).stdout)
      expect(devices.map(({ name, own }: { name: string; own: boolean }) => [name, own])).toEqual([['helping.hand', true]])
      const second = await run('start', '--once')
      expect(second.code).toBe(1)
      expect(second.stderr).toMatch(/^A server of this home runs already at http:\S+ \(process \d+\): stop it first.*\.\n$/)
      const factors = await run('factor', '2^64+1')
      expect([factors.code, factors.stdout.split('\n')[0]]).toEqual([0, '2^64+1 = 274177 * 67280421310721'])
      worker.kill('SIGINT')
      expect((await gone)[0]).toBe(0)
    } finally {
      server.kill('SIGINT')
    }
    expect((await ended)[0]).toBe(0)
    expect((await run('status', '--url', 'http://127.0.0.1:1')).code).toBe(1)
  })

  test('C2 factor ends early with exit code 1 and one JSON object that says what is known', async () => {
    const n = 6n * (10n ** 39n + 3n) * (10n ** 40n + 121n)
    const { code, stdout } = await run('factor', String(n), '--json', '--timeout', '1', '--workers', '1')
    expect(code).toBe(1)
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({ n: String(n), complete: false, sign: 1 })
    const parts: { value: string; exponent: number }[] = [...answer.primes, ...answer.composites]
    expect(parts.reduce((all, { value, exponent }) => all * BigInt(value) ** BigInt(exponent), 1n)).toBe(n)
    expect(answer.composites.length).toBeGreaterThan(0)
  })
})

describe('what is printed', () => {
  const result = (sign: 1 | -1, primes: [bigint, number][]): FactorResult => ({
    complete: true,
    sign,
    primes: primes.map(([value, exponent]) => ({ value, exponent, label: 'prime' })),
    composites: [],
    effort: [],
  })

  test('C1 a wrong product and a composite factor are each a mistake', () => {
    const right = result(-1, [
      [2n, 3],
      [3n, 2],
      [5n, 1],
    ] as [bigint, number][])
    expect(factorText(right)).toBe('-1 * 2^3 * 3^2 * 5')
    expect(mistakesOf(-360n, right)).toEqual([])
    expect(mistakesOf(360n, right)).toEqual(['Expected the product of the factors to be 360, it is -360.'])
    expect(
      mistakesOf(
        36n,
        result(1, [
          [4n, 1],
          [9n, 1],
        ] as [bigint, number][]),
      ),
    ).toHaveLength(2)
  })

  test('C1 each promise that is broken is said, and no other', () => {
    const device = { name: 'one', returned: 30, agreed: 30 }
    const facts: StartFacts = {
      mistakes: [],
      complete: true,
      seconds: 5,
      timeoutSeconds: 120,
      unitsAccepted: 20,
      devices: [device, device],
    }
    expect(complaintsOf(facts)).toEqual([])
    expect(complaintsOf({ ...facts, mistakes: ['wrong.'] })).toEqual(['wrong.'])
    expect(complaintsOf({ ...facts, seconds: 121 })).toEqual([expect.stringContaining('within 120 s')])
    expect(complaintsOf({ ...facts, complete: false })).toEqual([expect.stringContaining('not complete')])
    expect(complaintsOf({ ...facts, unitsAccepted: 19 })).toEqual([expect.stringContaining('got 19')])
    expect(complaintsOf({ ...facts, devices: [device, { ...device, agreed: 0 }] })).toEqual([expect.stringContaining('got those of 1')])
  })

  test('C2 what a device calls itself cannot command the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(table([['Device'], [name]])).toMatch(/^Device\n[^\p{Cc}]*$/u)
      }),
    )
    expect(
      table([
        ['Device', 'Units'],
        ['\u001b[2J', 7],
      ]),
    ).toBe('Device     Units\n\\u{1b}[2J      7')
  })

  test('C2 an integer with a sign is no option, and an option no integer', () => {
    const words = ['factor', '-360', '-(2^5)', '--json', '-h', '--number', '-2^5']
    expect(guardIntegers(words)).toEqual(['factor', ' -360', ' -(2^5)', '--json', '-h', '--number', ' -2^5'])
    expect(integerToFactor(' -2^5')).toEqual({ text: '-2^5', value: -32n })
  })

  test('the demonstration computes every tile of a frame and keeps no other frame', async () => {
    const d = await startAll({ workers: 1, home: join(home, 'home'), port: 0 })
    try {
      const zoom = new MandelbrotZoom(d, { frames: 3 })
      const { frame, tiles } = await zoom.wait()
      expect(frame).toBe(2)
      expect(tiles).toEqual(tiles.map((_, index) => work(tileOf(2, index))))
      const endless = new MandelbrotZoom(d, { pauseSeconds: 60 }).start()
      const ended = endless.wait()
      await endless.stop()
      await expect(ended).rejects.toThrow('stopped')
    } finally {
      await d.close()
    }
  })

  test('the tiles of the demonstration cover a frame without a seam, and the middle of the set belongs to it', () => {
    const [first, second, below] = [tileOf(0, 0), tileOf(0, 1), tileOf(0, 4)]
    expect(second.x).toBeCloseTo(first.x + first.size * first.step, 12)
    expect(below.y).toBeCloseTo(first.y - first.size * first.step, 12)
    expect(tileOf(121, 3)).toEqual(tileOf(1, 3))
    for (const [frame, index] of [
      [0, 0],
      [7, 15],
      [119, 3],
    ] as const)
      expect(placeOfTile(tileOf(frame, index))).toEqual({ depth: frame, index })
    expect(placeOfTile({ ...tileOf(3, 3), x: 0 })).toBeUndefined()
    expect([placeOfKey('12-5'), placeOfKey('12-16'), placeOfKey('12'), placeOfKey('a-1')]).toEqual([
      { frame: 12, index: 5 },
      undefined,
      undefined,
      undefined,
    ])
    expect([...work({ x: 0, y: 0, step: 2, size: 2 })]).toEqual([MOST_ITERATIONS, 2, 2, 1])
  })
})
