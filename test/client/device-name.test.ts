import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimName } from '../../web-worker-client/headless/device-name.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-name-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** A process that lives until it is ended. */
function living() {
  return spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
}

test('E12 a name that another living worker has gets a number, the name of one that is gone is free again', async () => {
  const other = living()
  writeFileSync(join(home, 'device-worker.pid'), `${other.pid}\n`)
  const second = await claimName(home, 'worker')
  expect(second.name).toBe('worker-2')
  other.kill('SIGKILL')
  await once(other, 'close')
  const first = await claimName(home, 'worker')
  expect(first.name).toBe('worker')
  await first.release()
  await second.release()
  expect((await claimName(home, 'worker')).name).toBe('worker')
})

test.each(['', 'not a number', '-1'])('E12 a file that names no process (%j) takes no name', async (text) => {
  writeFileSync(join(home, 'device-worker.pid'), text)
  expect((await claimName(home, 'worker')).name).toBe('worker')
})
