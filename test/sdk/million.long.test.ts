import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

const PROCESS = fileURLToPath(new URL('./million-process.ts', import.meta.url))
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-million-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

test.each(['iterate', 'wait'])('J3 a map of 10^6 inputs leaves the researcher’s process below 300 MB: %s', async (way) => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, home, way])
  const { count, sum, peakMegabytes } = JSON.parse(stdout) as { count: number; sum: number; peakMegabytes: number }
  expect({ count, sum }).toEqual({ count: 1_000_000, sum: 500_000_500_000 })
  expect(peakMegabytes).toBeLessThan(300)
  process.stderr.write(`${way}: ${Math.round(peakMegabytes)} MB at most\n`)
})
