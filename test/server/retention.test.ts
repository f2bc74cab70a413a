import BetterSqlite3 from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import type { Store } from '../../server/store/store.ts'
import { asks, result, TestApp, TOKEN } from '../support/app.ts'

const DAY = 86_400_000
let app: TestApp
let ahead = 0
afterEach(() => app.close())
const start = async (retentionDays: number, wrap?: (store: Store) => Store) => {
  ahead = 0
  app = await TestApp.start({ retentionDays, clock: () => Date.now() + ahead, ...(wrap ? { wrap } : {}) })
}
const sweep = () => app.app.sweeper.runOnce()
const key = { authorization: `Bearer ${TOKEN}` }

/** A job that a volunteer has finished, and a lease of its last unit that was given up before. */
async function finishedJob(): Promise<{ job: string; late: string; volunteer: Awaited<ReturnType<TestApp['volunteer']>> }> {
  const job = await app.submit(await app.researcher(), 3, { redundancy: 'none' })
  const [slow, volunteer] = [await app.volunteer(), await app.volunteer()]
  const [late] = (await slow.ask('lease', { ...asks, most: 1 })).leases
  await slow.ask('release', { leases: [late!.lease] })
  for (let units = 0; units < 3; ) {
    const { leases } = await volunteer.ask('lease', asks)
    await volunteer.ask('return', { results: leases.map((lease) => result(lease)) })
    units += leases.length
  }
  expect((await app.get(`/api/v1/jobs/${job}`)).body).toMatchObject({ state: 'finished' })
  return { job, late: late!.lease, volunteer: slow }
}

test('V17 a job that is over for longer than the retention is unknown to everybody who asks', async () => {
  await start(30)
  const { job, late, volunteer } = await finishedJob()
  ahead = 29 * DAY
  await sweep()
  expect((await app.get(`/api/v1/jobs/${job}`)).status).toBe(200)
  ahead = 31 * DAY
  await sweep()
  for (const path of [`/api/v1/jobs/${job}`, `/api/v1/jobs/${job}/results`]) {
    expect(await app.get(path, key)).toMatchObject({ status: 404, body: { error: { code: 'unknown-job' } } })
  }
  expect((await app.get('/api/v1/jobs')).body.rows).toEqual([])
  expect((await app.get('/api/v1/status')).body).toMatchObject({ jobsForgotten: 1, jobs: { finished: 0 } })
  const researcher = await app.researcher()
  for (const [event, message] of [
    ['events', { job, after: 0, limit: 10 }],
    ['watch', { job }],
    ['control', { job, action: 'cancel' }],
    ['add', { job, units: [], inputsComplete: true }],
  ] as const) {
    expect(await researcher.say(event, message), event).toMatchObject({ error: { code: 'unknown-job' } })
  }
  const { outcomes } = await volunteer.ask('return', { results: [result({ lease: late })] })
  expect(outcomes).toMatchObject([{ code: 'unknown-lease' }])
  expect(app.errors).toEqual([])
  // The server goes on, with the same volunteers.
  await app.submit(researcher, 2)
  expect((await volunteer.ask('lease', asks)).leases.length).toBeGreaterThan(0)
})

test('V17 without a retention nothing is ever forgotten, but what was begun is brought to its end', async () => {
  await start(0)
  const { job } = await finishedJob()
  ahead = 36_500 * DAY
  await sweep()
  expect((await app.get(`/api/v1/jobs/${job}`)).status).toBe(200)
  expect(await app.store.forgetJobs(DAY)).toBe(1)
  await sweep()
  expect(await app.store.deleteForgotten()).toBe(false)
})

test('V17 a sweep deletes a bounded piece, however much there is, and the next goes on', async () => {
  let pieces = 0
  const counted = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target)
        if (name === 'deleteForgotten') pieces += 1
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  await start(1, counted)
  const { job } = await finishedJob()
  const beside = new BetterSqlite3(app.file)
  const { id } = beside.prepare('SELECT id FROM Job WHERE uid = ?').get(job) as { id: number }
  beside.exec(`WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 12000)
    INSERT INTO WorkUnit (jobId, key, input, inputs, wanted, state) SELECT ${id}, 'more ' || i, x'00', 1, 1, 'sealed' FROM s`)
  const left = () => (beside.prepare('SELECT count(*) AS units FROM WorkUnit').get() as { units: number }).units
  ahead = 2 * DAY
  for (let before = left(), sweeps = 0; before > 0; sweeps++) {
    pieces = 0
    await sweep()
    expect(pieces).toBeLessThanOrEqual(25)
    expect(before - left()).toBeLessThanOrEqual(25 * 200)
    expect(left()).toBeLessThan(before)
    if (sweeps === 0) expect(left()).toBeGreaterThan(0)
    before = left()
  }
  await sweep()
  expect(beside.prepare('SELECT (SELECT count(*) FROM ForgottenJob) + (SELECT count(*) FROM Payload) AS rows').get()).toEqual({ rows: 0 })
  beside.close()
})
