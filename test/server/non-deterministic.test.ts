import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { showJob } from '../../sdk/cli/job.ts'
import { connect } from '../../sdk/dsage.ts'
import type { JobDifferences } from '../../sdk/protocol.ts'
import { type Researcher, TestApp, TOKEN } from '../support/app.ts'
import { computeInTurn, type Member, members } from '../support/computing-crowd.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let researcher: Researcher
beforeEach(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterEach(() => app.close())

const rows = (sql: string) => app.rows(sql)
/** Agrees by chance once in a while, which strikes whoever differs; units whose number leaves 0 or 1 are left open with three answers. */
const byChance = (device: number) => (input: number) => (input % 4 > 1 ? (device === 0 ? 'x' : 'a') : `${device}`)

/** They are believed against a newcomer: six units on which all of them agreed. */
async function madeKnown(crowd: readonly Member[]): Promise<void> {
  await app.submit(researcher, 6, { redundancy: { quorum: crowd.length } })
  await computeInTurn(crowd.map(({ client }) => ({ client, compute: (input) => input })))
}

test('T2 Q6 a job that gives each device another answer is paused, and all strikes that it made are taken back', async () => {
  const made = await members(app, 4, () => null)
  const crowd = made.map(({ client }, device) => ({ client, compute: byChance(device) }))
  await madeKnown(made.slice(1))
  await app.submit(researcher, 8, { redundancy: { quorum: 2 } })
  await computeInTurn(crowd)
  expect(rows("SELECT state, reason FROM Job WHERE state <> 'finished'")).toEqual([
    { state: 'paused', reason: expect.stringMatching(/^non-deterministic: 3 units/) },
  ])
  expect(rows('SELECT reverted FROM Strike').length).toBeGreaterThan(0)
  await expect.poll(() => rows('SELECT id FROM Strike WHERE reverted = 0')).toEqual([])
  expect(rows('SELECT strikes, suspect FROM Trust WHERE strikes > 0 OR suspect = 1')).toEqual([])
  expect(rows("SELECT state FROM Device WHERE state IN ('suspect', 'banned')")).toEqual([])
})

test('T2 so are those of a job that another server paused, at the next sweep', async () => {
  const [loser, ...winners] = await members(app, 3, (input) => input)
  await madeKnown(winners)
  await app.submit(researcher, 2, { redundancy: { quorum: 2 } })
  await computeInTurn([{ client: loser!.client, compute: () => 'x' }], 2)
  await computeInTurn(winners, 2)
  expect(rows('SELECT id FROM Strike WHERE reverted = 0')).toHaveLength(2)
  const beside = new BetterSqlite3(app.file, { timeout: 20_000 })
  beside.exec("UPDATE Job SET state = 'paused', reason = 'non-deterministic: two of your own devices differ'")
  beside.close()
  app.timers.advance(1000)
  await expect.poll(() => rows('SELECT id FROM Strike WHERE reverted = 0')).toEqual([])
  expect(rows('SELECT id FROM Trust WHERE suspect = 1')).toEqual([])
})

/** Paused: each device gives another answer, which `say` makes of its number. */
async function pausedJob(say: (device: number) => unknown, change: Parameters<typeof jobSpec>[0] = {}): Promise<string> {
  const crowd = await Promise.all(['v8-140', 'spidermonkey-141', 'v8-140'].map((engine) => members(app, 1, () => null, engine)))
  const job = await app.submit(researcher, 3, { redundancy: { quorum: 2 }, ...change })
  await computeInTurn(crowd.map(([member], device) => ({ client: member!.client, compute: () => say(device) })))
  expect(rows('SELECT state FROM Job')).toEqual([{ state: 'paused' }])
  return job
}
async function differencesOf(job: string, authorization?: string): Promise<[number, JobDifferences & { error?: { code: string } }]> {
  const { status, body } = await app.get(`/api/v1/jobs/${job}/differences`, authorization === undefined ? {} : { authorization })
  return [status, body]
}

test('V47 two of its answers are shown to its owner and to the server’s, by socket and by REST, and to nobody else', async () => {
  const job = await pausedJob((device) => `device ${device}\u202e`, { visibility: 'public' })
  const { differing } = await researcher.ask('differences', { job })
  expect(differing).toEqual({
    ...{ unit: '0', place: 0, input: { text: '0', truncated: false } },
    answers: [
      { text: '"device 0\\u{202e}"', truncated: false, engineClasses: ['v8-140'], devices: 1 },
      { text: '"device 1\\u{202e}"', truncated: false, engineClasses: ['spidermonkey-141'], devices: 1 },
    ],
  })
  expect(await differencesOf(job, `Bearer ${await app.session()}`)).toEqual([200, { differing }])
  expect(await differencesOf(job)).toMatchObject([401, { error: { code: 'unauthorised' } }])
  const foreign = jobSpec()
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  await app.store.transact((tx) => tx.createJob(foreign, CODE, accountId))
  expect(await differencesOf(foreign.job, `Bearer ${await app.session()}`)).toMatchObject([404, { error: { code: 'unknown-job' } }])
  expect(await differencesOf(foreign.job, `Bearer ${TOKEN}`)).toEqual([200, {}])
  await expect(researcher.ask('differences', { job: foreign.job })).rejects.toThrow('unknown-job')
})

test('V47 they are asked of a job that was made just now', async () => {
  const d = await connect(app.url, { key: OWNER_KEY.privateKey })
  const job = d.map({ bundle: 'export const work = (n) => n' }, [1])
  expect([await job.differences(), job.state]).toEqual([undefined, 'running'])
  await d.close()
})

test('V47 long answers are shown from where they begin to differ, and what is not kept any more is said to be gone', async () => {
  const job = await pausedJob((device) => `${'a'.repeat(5000)}${device}${'b'.repeat(5000)}`)
  const texts = async () =>
    (await researcher.ask('differences', { job })).differing!.answers.map(({ text, truncated }) => ({ text, truncated }))
  const shown = (device: number) => `…${'a'.repeat(200)}${device}${'b'.repeat(2048 - 201)}`
  expect(await texts()).toEqual([0, 1].map((device) => ({ text: shown(device), truncated: true })))
  const beside = new BetterSqlite3(app.file, { timeout: 20_000 })
  beside.exec('DELETE FROM Payload WHERE size > 9000')
  beside.close()
  expect(await texts()).toEqual([{ truncated: false }, { truncated: false }])
})

test('V47 C10 `dsage job` shows them below each other, and in its JSON', async () => {
  const job = await pausedJob((device) => 2n ** 70n + BigInt(device))
  const home = mkdtempSync(join(tmpdir(), 'dsage-differing-'))
  writeFileSync(join(home, 'dsage_key'), OWNER_KEY.privateKey, { mode: 0o600 })
  let said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    said += String(piece)
    return true
  })
  try {
    await showJob({ home, url: app.url, id: job, json: false, watch: false })
    expect(said).toMatch(/^Answers that differ/m)
    expect(said).toMatch(/^1 device, v8-140 +\{"\$int":"1180591620717411303424"\}$/m)
    expect(said).toMatch(/^1 device, spidermonkey-141 +\{"\$int":"1180591620717411303425"\}$/m)
    said = ''
    await showJob({ home, url: app.url, id: job, json: true, watch: false })
    expect(JSON.parse(said).differing).toEqual((await researcher.ask('differences', { job })).differing)
  } finally {
    vi.restoreAllMocks()
    rmSync(home, { recursive: true, force: true })
  }
})
