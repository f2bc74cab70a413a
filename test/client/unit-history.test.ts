import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encode } from '../../sdk/codec.ts'
import { readHistory } from '../../sdk/unit-history.ts'
import type { HeldUnit } from '../../web-worker-client/engine/pool.ts'
import { UnitHistory } from '../../web-worker-client/headless/history.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dsage-history-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const about = { worker: 'worker', server: 'http://127.0.0.1:8082' }
const file = () => join(home, 'tmp_worker_files', 'history', 'worker.jsonl')
const kept = () => readHistory(readFileSync(file(), 'utf8'))

/** Unit number `n`. */
const unit = (n: number): HeldUnit => ({
  leased: { lease: `lease-${n}`, job: 'job', input: encode([n]), seed: new Uint8Array(16), deadlineMs: 1000 },
  brief: {
    ...{ job: 'job', name: `unit \u001b[31m${n}`, purpose: 'to remember', owner: 'anna', bundle: 'ab', createdAt: 0 },
    ...{ timeoutSeconds: 60, memoryMegabytes: 64 },
  },
})
const returned = (n: number, value: unknown = n) => ({ lease: `lease-${n}`, output: encode([{ value }]), seconds: 1 })

test('E13 a worker remembers what it processed for whom and what came of it, in a file that is its owner’s alone', () => {
  const history = new UnitHistory(home, about)
  history.add(unit(1), returned(1, 2n ** 70n), 0.25)
  history.add(unit(2), { lease: 'lease-2', errored: 'memory', message: 'too much', seconds: 2 }, 2)
  history.add(unit(3), { lease: 'lease-3', output: encode([{ error: { name: 'Error', message: 'odd' } }, { value: 'b' }]), seconds: 1 }, 1)
  history.add(unit(4), returned(4, 'x'.repeat(1000)), 1)
  history.write()
  const common = { ...about, at: expect.stringMatching(/^\d{4}-.*Z$/), job: 'job', purpose: 'to remember', owner: 'anna' }
  expect(kept()).toEqual([
    { ...common, name: 'unit \u001b[31m1', lease: 'lease-1', seconds: 0.25, bytes: 19, output: `${2n ** 70n}n` },
    { ...common, name: 'unit \u001b[31m2', lease: 'lease-2', seconds: 2, bytes: 0, errored: 'memory: too much' },
    { ...common, name: 'unit \u001b[31m3', lease: 'lease-3', seconds: 1, bytes: expect.any(Number), output: 'Error: odd, "b"' },
    { ...common, name: 'unit \u001b[31m4', lease: 'lease-4', seconds: 1, bytes: 1011 },
  ])
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

test('E13 the last thousand stay, over restarts and a line that a killed worker left unfinished', () => {
  for (let first = 0; first < 4500; first += 450) {
    const history = new UnitHistory(home, about)
    for (let n = first; n < first + 450; n++) history.add(unit(n), returned(n), 1)
    history.write()
    appendFileSync(file(), '{"at":"2026')
  }
  const units = kept()
  expect(units.length).toBeGreaterThanOrEqual(1000)
  expect(units.length).toBeLessThanOrEqual(2000)
  const last = units.slice(-1000).map(({ lease }) => lease)
  expect(last).toEqual(Array.from({ length: 1000 }, (_, n) => `lease-${3500 + n}`))
})

test('E13 however many units end before they are written, the last thousand are', () => {
  const history = new UnitHistory(home, about)
  for (let n = 0; n < 7000; n++) history.add(unit(n), returned(n), 1)
  history.write()
  expect(kept().map(({ lease }) => lease)).toEqual(Array.from({ length: 1000 }, (_, n) => `lease-${6000 + n}`))
})
