import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkDatabase } from '../../sdk/cli/doctor/database.ts'
import { startAll } from '../../sdk/node.ts'

const command = fileURLToPath(new URL('../../bin/dsage', import.meta.url))
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-doctor-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test('C14 doctor finds nothing broken where all is well, and leaves nothing behind', async () => {
  const d = await startAll({ workers: 1, home, port: 0 })
  try {
    const before = readdirSync(home).sort()
    const environment = { PATH: process.env.PATH ?? '', HOME: home, DSAGE_HOME: home }
    const child = spawn(process.execPath, [command, 'doctor', '--json', '--url', d.url], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      said += piece
    })
    const [code] = await once(child, 'close')
    const { ok, checks } = JSON.parse(said) as { ok: boolean; checks: { name: string; state: string }[] }
    expect([code, ok, checks.filter(({ state }) => state === 'broken')]).toEqual([0, true, []])
    expect(checks.map(({ name }) => name)).toEqual(['node', 'home', 'port', 'database', 'sandbox', 'browser', 'clock'])
    expect([readdirSync(home).sort(), await d.getMyJobs(), (await d.getWorkersList()).length]).toEqual([before, [], 1])
  } finally {
    await d.close()
  }
})

test('C14 doctor opens the database of a home without a server as a server does, where there is one', async () => {
  const own = join(home, 'own')
  expect(await checkDatabase({ home: own, url: undefined })).toMatchObject({ state: 'note', mend: expect.stringContaining('dsage start') })
  mkdirSync(join(own, 'db'), { recursive: true, mode: 0o700 })
  writeFileSync(join(own, 'db', 'dsage.db'), '')
  expect(await checkDatabase({ home: own, url: undefined })).toMatchObject({ state: 'ok', says: expect.stringContaining('up to date') })
  writeFileSync(join(own, 'db', 'dsage.db'), 'This is no database but a letter.'.repeat(500))
  expect(await checkDatabase({ home: own, url: undefined })).toMatchObject({ state: 'broken', says: expect.stringContaining('dsage.db') })
})
