/** A key with a passphrase, from whatever gives it: the option, and somebody at a pseudo-terminal (`script` of util-linux makes one). */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeHome } from '../../sdk/local/home.ts'
import { startAll } from '../../sdk/node.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
const passphrase = 'open sesame'
let home: string
let terminal: ChildProcess | undefined
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'dsage-passphrase-'))
  await makeHome({ home, passphrase })
})
afterEach(async () => {
  if (terminal?.exitCode === null) {
    terminal.kill()
    await once(terminal, 'close')
  }
  rmSync(home, { recursive: true, force: true })
})

test('A9 a passphrase that is given opens the key; without it, or with another, no server is started', async () => {
  const options = { home, port: 0, workers: 0 }
  for (const wrong of [{}, { passphrase: 'open barley' }])
    await expect(startAll({ ...options, ...wrong })).rejects.toMatchObject({ code: 'bad-key' })
  expect(existsSync(join(home, 'server.log'))).toBe(false)
  const d = await startAll({ ...options, passphrase })
  expect(await d.getMyJobs()).toEqual([])
  await d.close()
}, 60_000)

test('A9 at a terminal it is asked for, unseen, for researcher and workers, and the terminal is as before afterwards', async () => {
  const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home, TERM: 'xterm', NO_COLOR: '1' }
  const words = ['-qfec', `'${process.execPath}' '${command}' repl --workers 1`, '/dev/null']
  const child = spawn('script', words, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  terminal = child
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  const shows = (expected: RegExp) =>
    vi.waitUntil(() => expected.test(said), { timeout: 30_000, interval: 20 }).catch(() => expect(said).toMatch(expected))
  await shows(/Passphrase of .*dsage_key: /)
  child.stdin.write('open barley\r')
  await shows(/That is another one; passphrase of .*dsage_key: /)
  child.stdin.write(`${passphrase}\r`)
  await shows(/dsage> /)
  child.stdin.write('await d("6 * 7").wait()\r')
  await shows(/d\("6 \* 7"\)[\s\S]*\b42\b/)
  child.stdin.write('.exit\r')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(said).not.toMatch(/open (sesame|barley)/)
}, 60_000)
