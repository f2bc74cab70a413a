import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Researcher, TestApp } from '../support/app.ts'
import { computeInTurn, members } from '../support/computing-crowd.ts'

let app: TestApp
let researcher: Researcher
beforeEach(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterEach(() => app.close())

function rows(sql: string): Record<string, unknown>[] {
  const beside = new BetterSqlite3(app.file, { timeout: 20_000, readonly: true })
  try {
    return beside.prepare(sql).all() as Record<string, unknown>[]
  } finally {
    beside.close()
  }
}
/** Agrees by chance once in a while, which strikes whoever differs; units whose number leaves 0 or 1 are left open with three answers. */
const byChance = (device: number) => (input: number) => (input % 4 > 1 ? (device === 0 ? 'x' : 'a') : `${device}`)

test('T2 Q6 a job that gives each device another answer is paused, and all strikes that it made are taken back', async () => {
  const made = await members(app, 4, () => null)
  const crowd = made.map(({ client }, device) => ({ client, compute: byChance(device) }))
  await app.submit(researcher, 8, { redundancy: { quorum: 2 } })
  await computeInTurn(crowd)
  expect(rows('SELECT state, reason FROM Job')).toEqual([{ state: 'paused', reason: expect.stringMatching(/^non-deterministic: 3 units/) }])
  expect(rows('SELECT reverted FROM Strike').length).toBeGreaterThan(0)
  await expect.poll(() => rows('SELECT id FROM Strike WHERE reverted = 0')).toEqual([])
  expect(rows('SELECT strikes, suspect FROM Trust WHERE strikes > 0 OR suspect = 1')).toEqual([])
  expect(rows("SELECT state FROM Device WHERE state IN ('suspect', 'banned')")).toEqual([])
})

test('T2 so are those of a job that another server paused, at the next sweep', async () => {
  const [loser, ...winners] = await members(app, 3, (input) => input)
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
