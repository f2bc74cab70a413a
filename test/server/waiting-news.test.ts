import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { evaluate } from '../../sdk/cli/eval.ts'
import { TestApp } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { realTimers } from '../support/real-timers.ts'

let app: TestApp
let home: string
beforeEach(async () => {
  app = await TestApp.start({ timers: realTimers })
  home = mkdtempSync(join(tmpdir(), 'dsage-waiting-'))
  writeFileSync(join(home, 'dsage_key'), OWNER_KEY.privateKey, { mode: 0o600 })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await app.close()
  rmSync(home, { recursive: true, force: true })
})

test('C26 Q10 who waits at a terminal is told once that the job needs more devices, and a late value says so too', async () => {
  let said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((piece) => {
    said += String(piece)
    return true
  })
  const code = await evaluate({ home, url: app.url, expression: '6 * 7', math: false, json: false, workers: 0, timeout: 2 })
  expect(code).toBe(1)
  expect(said.split('\n').slice(0, 2)).toEqual([
    'Waiting: needs-more-devices: 4 are needed, 0 are here; lend more devices or one of your own, or submit it anew with `verify` or a fixed quorum.',
    'Expected a value within 2 s, there was none; the job was cancelled: it waited for more devices.',
  ])
})
