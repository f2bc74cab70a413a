import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isPrime } from '../../sdk/math/primality.ts'
import { LONG_TESTS } from '../support/long-tests.ts'

/** Some wait for most of their time. */
const alsoHere = LONG_TESTS ? test : () => {}
const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
let home: string
let running: ChildProcess | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-start-'))
})
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL')
    await once(running, 'close')
  }
  running = undefined
  rmSync(home, { recursive: true, force: true })
})

/** Processes of this home, by the arguments of the workers. */
const workersLeft = () =>
  execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('headless') && line.includes(home))

const answers = (url: string) =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false,
  )

interface Started {
  readonly child: ChildProcess
  /** Everything written so far. */
  readonly said: { stdout: string; stderr: string }
  /** The rest of the first line of standard output that begins so. @throws when it ends without one */
  readonly line: (beginning: string) => Promise<string>
  readonly exit: Promise<number | null>
}

function startCommand(...words: string[]): Started {
  const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home }
  const child = spawn(process.execPath, [command, 'start', '--port', '0', ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  const said = { stdout: '', stderr: '' }
  const lines: string[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.stdout += `${line}\n`
    lines.push(line)
    for (const wake of waiting) wake()
  })
  child.stderr.on('data', (piece) => {
    said.stderr += piece
  })
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const line = (beginning: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((one) => one.startsWith(beginning))
        if (found !== undefined) resolve(found.slice(beginning.length))
      }
      waiting.add(look)
      look()
      void exit.then(() => reject(new Error(`ended without "${beginning}": ${said.stdout}${said.stderr}`)))
    })
  return { child, said, line, exit }
}

/** What the last lines say: units accepted, and units that agreed for each device. */
function sharesIn(stdout: string): { accepted: number; agreed: number[] } {
  return {
    accepted: Number(/^(\d+) units accepted/m.exec(stdout)?.[1]),
    agreed: [...stdout.matchAll(/ {2}\S+: \d+ units returned, (\d+) agreed/g)].map(([, agreed]) => Number(agreed)),
  }
}

function expectShared(stdout: string): void {
  const { accepted, agreed } = sharesIn(stdout)
  expect(accepted).toBeGreaterThanOrEqual(20)
  expect(agreed.filter((units) => units > 0).length).toBeGreaterThanOrEqual(2)
}

function randomPrime(digits: number): bigint {
  const bytes = crypto.getRandomValues(new BigUint64Array(1))[0]!
  const least = 10n ** BigInt(digits - 1)
  let candidate = (least + (bytes % (8n * least))) | 1n
  while (!isPrime(candidate)) candidate += 2n
  return candidate
}

test('C1 C3 start --once factors a semiprime on two devices, and nothing is left running', async () => {
  const [p, q] = [randomPrime(12), randomPrime(12)].sort((a, b) => (a < b ? -1 : 1)) as [bigint, bigint]
  console.log(`factoring ${p} * ${q}`)
  const { said, line, exit } = startCommand('--once', '--number', String(p * q))
  const url = await line('Portal: ')
  expect(await answers(`${url}/healthz`)).toBe(true)
  expect(workersLeft()).toHaveLength(2)
  expect(await exit, said.stderr).toBe(0)
  expect(said.stdout).toContain(`${p * q} = ${p === q ? `${p}^2` : `${p} * ${q}`}\n`)
  expectShared(said.stdout)
  expect(workersLeft()).toEqual([])
  expect(await answers(`${url}/healthz`)).toBe(false)
})

test('C1 start --once factors 2^360-1', async () => {
  const { said, exit } = startCommand('--once')
  expect(await exit, said.stderr).toBe(0)
  const factors =
    '3^3 * 5^2 * 7 * 11 * 13 * 17 * 19 * 31 * 37 * 41 * 61 * 73 * 109 * 151 * 181 * 241 * 331 * 433 * 631 * 1321 * 23311 * 38737 * ' +
    '54001 * 61681 * 18837001 * 29247661 * 4562284561 * 168692292721 * 469775495062434961'
  expect(said.stdout).toContain(`2^360-1 = ${factors}\n`)
  expectShared(said.stdout)
})

const LITTLE_WORK: readonly (readonly [number: string, factors: string])[] = [
  ['-360', '-1 * 2^3 * 3^2 * 5'],
  ['1', '1'],
  ['2^127-1', String(2n ** 127n - 1n)],
]

test.each(LITTLE_WORK.slice(0, LONG_TESTS ? LITTLE_WORK.length : 1))(
  'C1 start --once shares out a check when %s leaves nothing else to share',
  async (number, factors) => {
    const { said, exit } = startCommand('--once', '--number', number)
    expect(await exit, said.stderr).toBe(0)
    expect(said.stdout).toContain(`${number} = ${factors}\n`)
    expectShared(said.stdout)
  },
)

alsoHere('C1 start --once fails when only one device computes, and says so', async () => {
  const { said, exit } = startCommand('--once', '--number', '1000000016000000063', '--workers', '1', '--timeout', '2')
  expect(await exit).toBe(1)
  expect(said.stderr).toContain('Expected the factors within 2 s')
  expect(said.stderr).toContain('Expected at least 20 accepted units, got 0')
  expect(said.stderr).toContain('Expected agreeing results of at least 2 devices, got those of 0')
})

alsoHere('C3 a start that is killed outright leaves nothing running either', async () => {
  const { child, line, exit } = startCommand('--number', '12')
  const url = await line('Portal: ')
  expect(workersLeft()).toHaveLength(2)
  child.kill('SIGKILL')
  await exit
  await expect.poll(workersLeft, { timeout: 30_000 }).toEqual([])
  await expect.poll(() => answers(`${url}/healthz`), { timeout: 30_000 }).toBe(false)
})

/** The portal is served under its policy and loads nothing but its own files. */
async function expectPortal(url: string): Promise<void> {
  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/)
  expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
  const html = await answer.text()
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|\{\{/)
  const files = [...html.matchAll(/\s(?:src|href)="([^#"][^"]*)"/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThanOrEqual(3)
  const types: Record<string, string> = { svg: 'image/svg+xml', js: 'text/javascript', css: 'text/css' }
  for (const file of files) {
    const end = file.split('.').at(-1)!
    expect(file).toMatch(end === 'svg' ? /^\/icon\.svg$/ : /^\/assets\/[\w-]+\.(js|css)$/)
    const own = await fetch(new URL(file, url))
    expect([file, own.status, own.headers.get('content-type')?.split(';')[0]]).toEqual([file, 200, types[end]])
    if (end === 'css') expect(await own.text()).not.toMatch(/url\(|@import/)
  }
}

test('P1 C3 the portal is served from its own files alone, and Ctrl-C ends it, server and workers, with exit code 0', async () => {
  const { child, said, line, exit } = startCommand('--number', '12')
  const url = await line('Portal: ')
  await line('A small demonstration goes on')
  expect(workersLeft()).toHaveLength(2)
  await expectPortal(url)
  child.kill('SIGINT')
  expect(await exit, said.stderr).toBe(0)
  expect(workersLeft()).toEqual([])
  expect(await answers(`${url}/healthz`)).toBe(false)
})
