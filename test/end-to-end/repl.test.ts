/** The prompt, through a pseudo-terminal: `script` of util-linux makes one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
let home: string
let terminal: ChildProcess
let said = ''

/** What is written from now on. */
const shows = async (expected: RegExp): Promise<void> => {
  await vi.waitUntil(() => expected.test(said), { timeout: 30_000, interval: 20 }).catch(() => expect(said).toMatch(expected))
  said = ''
}
const type = (keys: string): boolean => terminal.stdin!.write(keys)

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'dsage-repl-'))
  const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home, TERM: 'xterm', NO_COLOR: '1' }
  const words = ['-qfec', `'${process.execPath}' '${command}' repl`, '/dev/null']
  terminal = spawn('script', words, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  terminal.stdout!.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  await shows(/dsage> /)
}, 60_000)
afterAll(async () => {
  if (terminal.exitCode === null) {
    terminal.kill()
    await once(terminal, 'close')
  }
  rmSync(home, { recursive: true, force: true })
})

test('C5 C13 a prompt completes the members of d and the ids of jobs, awaits at its top, and stops what it started at its end', async () => {
  type('d.ma\t')
  await shows(/d\.map\b[\s\S]*d\.math\b/)
  type('p(n => n * n, [1, 2]).wait()\r')
  await shows(/Promise \{/)
  type('await d.blockOnJobs(d.map(n => n*n, [25,12,25,32,12]))\r')
  await shows(/\[ 625, 144, 625, 1024, 144 \]/)
  type('[await d.math("1/3 + 1/6").wait()]\r')
  await shows(/\[ 1\/2 \]/)
  type('[isPrime(2n ** 61n - 1n), d]\r')
  await shows(/\[ true, DSage at http:\/\/127\.0\.0\.1:\d+ \]/)
  type('await d.map((n) => m, [1]).wait()\r')
  await shows(/Uncaught[\s\S]*m[\s\S]*dsage> /)
  type('const sum = d("1 + 1"); await sum.wait(); sum.id\r')
  await shows(/'[0-9a-f]{32}'/)
  type('d.job("\t')
  await shows(/(\b[0-9a-f]{32}\b[\s\S]*){4}d\.job\("/)
  type('\u0003')
  await shows(/dsage> /)
  type('.exit\r')
  const [code] = await once(terminal, 'close')
  expect(code).toBe(0)
  expect(existsSync(join(home, 'server.pid'))).toBe(false)
  expect(statSync(join(home, 'repl_history')).mode & 0o077).toBe(0)
})
