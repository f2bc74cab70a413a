import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JobRunning, ProgressReport } from '../../sdk/protocol.ts'
import { RunningUnits } from '../../server/running-units.ts'
import { asks, type Researcher, result, TestApp, units, type Volunteer } from '../support/app.ts'
import { ManualTimers } from '../support/manual-timers.ts'
import { hex } from '../support/store-kit.ts'

let app: TestApp
let owner: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  owner = await app.researcher()
})
afterAll(() => app.close())

const leasesOf = async (volunteer: Volunteer) => (await volunteer.ask('lease', asks)).leases.map(({ lease }) => lease)
const said = (lease: string, fraction = 0.5, note?: string): ProgressReport => ({
  units: [{ lease, fraction, ...(note ? { note } : {}), seconds: 3 }],
})
const runningOf = async (job: string) => (await owner.ask('watch', { job })).running
/** What the owner is told by itself. */
function told(): JobRunning[] {
  const heard: JobRunning[] = []
  owner.socket.on('progress', (message: JobRunning) => heard.push(message))
  return heard
}

test('V35 what a device says of its lease reaches the owner of the job, by itself and when asked, and goes with the lease', async () => {
  const heard = told()
  const volunteer = await app.volunteer()
  const job = await app.submit(owner, 1, { redundancy: 'none' })
  const [lease] = await leasesOf(volunteer)
  expect(await volunteer.ask('progress', said(lease!, 0.25, 'step 1'))).toEqual({ heard: 1 })
  const unit = { key: '0', inputs: 1, fraction: 0.25, note: 'step 1', seconds: 3 }
  expect(await runningOf(job)).toEqual([unit])
  expect((await owner.ask('events', { job, after: 0, limit: 1 })).snapshot.running).toEqual([unit])
  expect(heard).toEqual([{ job, running: [unit] }])
  await volunteer.ask('return', { results: [result({ lease: lease! })] })
  expect(await runningOf(job)).toBeUndefined()
  app.timers.advance(2000)
  await expect.poll(() => heard.at(-1)).toEqual({ job, running: [] })
  expect(await volunteer.ask('progress', said(lease!))).toEqual({ heard: 0 })
})

test('V35 nobody says anything of another’s lease, or of none, and what no share is is refused', async () => {
  const [volunteer, other] = [await app.volunteer(), await app.volunteer()]
  const job = await app.submit(owner, 1, { redundancy: 'none' })
  const [lease] = await leasesOf(volunteer)
  expect(await other.ask('progress', said(lease!))).toEqual({ heard: 0 })
  expect(await volunteer.ask('progress', said(hex(16)))).toEqual({ heard: 0 })
  for (const units of [[], [{ lease, fraction: 1.5, seconds: 1 }], [{ lease, fraction: 1, seconds: 1, note: 'x'.repeat(201) }]])
    expect(await volunteer.say('progress', { units })).toMatchObject({ error: { code: 'bad-message' } })
  const many = Array.from({ length: 101 }, () => said(lease!).units[0]!)
  expect(await volunteer.say('progress', { units: many })).toMatchObject({ error: { code: 'bad-message' } })
  expect(await (await app.stranger()).say('progress', said(lease!))).toMatchObject({ error: { code: 'out-of-order' } })
  expect(await runningOf(job)).toBeUndefined()
})

test('V35 it is told of a job at most every two seconds, the newest, and to nobody by REST', async () => {
  const heard = told()
  const volunteer = await app.volunteer()
  const job = await app.submit(owner, 1, { redundancy: 'none', visibility: 'public' })
  const [lease] = await leasesOf(volunteer)
  for (let i = 1; i <= 9; i++) await volunteer.ask('progress', said(lease!, i / 10))
  await expect.poll(() => heard.length).toBe(1)
  app.timers.advance(2000)
  await expect.poll(() => heard.map(({ running }) => running[0]?.fraction)).toEqual([0.1, 0.9])
  expect((await app.get(`/api/v1/jobs/${job}`)).body).not.toHaveProperty('running')
})

test('V35 units that are dropped, and those of a device that is gone, are forgotten with their leases', async () => {
  const [volunteer, leaving] = [await app.volunteer(), await app.volunteer()]
  const job = await app.submit(owner, 2, { redundancy: 'none' })
  const [first] = (await volunteer.ask('lease', { ...asks, most: 1 })).leases
  const [second] = await leasesOf(leaving)
  await volunteer.ask('progress', said(first!.lease))
  await leaving.ask('progress', said(second!))
  expect((await runningOf(job))?.map(({ key }) => key).sort()).toEqual(['0', '1'])
  leaving.close()
  await expect
    .poll(async () => {
      app.timers.advance(10_000)
      return (await runningOf(job))?.length
    })
    .toBe(1)
  await owner.ask('drop', { job, keys: units(2).map(({ key }) => key) })
  expect(await runningOf(job)).toBeUndefined()
})

test('V35 memory is bounded: what is not said again is forgotten, and beyond ten thousand nothing is kept', async () => {
  let now = 0
  const placesOf = async (_: number, leases: readonly string[]) => leases.map((lease) => ({ lease, job: 'j', key: lease, inputs: 1 }))
  const running = new RunningUnits({ timers: new ManualTimers(), clock: () => now, placesOf })
  const say = (from: number, count: number) =>
    running.report(1, { units: Array.from({ length: count }, (_, i) => ({ lease: `${from + i}`, fraction: 0, seconds: from + i })) })
  for (let from = 0; from < 10_100; from += 100) await say(from, 100)
  expect(running.of('j').map(({ key }) => key)).toEqual(Array.from({ length: 100 }, (_, i) => String(9999 - i)))
  now = 60_000
  expect(running.of('j')).toEqual([])
  await say(20_000, 5)
  expect(running.of('j')).toHaveLength(5)
})
