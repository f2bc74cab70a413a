import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobSpec } from '../../sdk/protocol.ts'
import { PilotSandbox } from '../../server/check/pilot-sandbox.ts'
import type { Pilot } from '../../server/pilots.ts'
import type { Trial } from '../../server/trial.ts'
import { asks, type Researcher, result, TestApp, TOKEN, units, type Volunteer } from '../support/app.ts'
import { jobSpec } from '../support/store-kit.ts'

const SQUARE = 'export const work = (x) => x * x'
/** What a pilot says of code whose outputs differ: no code in the sandbox does so reliably. */
const DIFFERS: Trial = {
  ...{ verdict: 'differs', isolation: 'unit', isGeneral: false, creditPerInput: 0.5, unitSeconds: 1 },
  ...{ reason: 'non-deterministic: two outputs', note: 'unit 0, output 0: first 1, then 2' },
}
const complaints: string[] = []
const newPilot = () => new PilotSandbox((sentence) => complaints.push(sentence))
/** One process for all servers here, each of which has an owner's full quota. */
const kept = newPilot()
const pilot: Pilot = { refusal: kept.refusal.bind(kept), try: kept.try.bind(kept), close: async () => {} }

let app: TestApp
let researcher: Researcher
let now = Date.now()
beforeEach(async () => {
  app = await TestApp.start({ pilot, clock: () => now })
  researcher = await app.researcher()
})
afterEach(() => app.close())
afterAll(async () => {
  await kept.close()
  expect(complaints).toEqual([])
})

async function submit(text: string, count = 4, change: Partial<JobSpec> = {}): Promise<string> {
  const code = Buffer.from(text)
  const spec = jobSpec({ bundle: createHash('sha256').update(code).digest('hex'), ...change })
  await researcher.ask('submit', { spec, code, units: units(count), inputsComplete: true })
  return spec.job
}
/** Asks without waiting: what it holds already is the only other thing it sends. */
const ask = async (volunteer: Volunteer) => (await volunteer.ask('return', { results: [], next: asks })).next!
const snapshotOf = (job: string) => researcher.ask('watch', { job })
const ended = (job: string) => expect.poll(async () => (await snapshotOf(job)).pilot, { timeout: 20_000 }).not.toBe('running')
const cancel = (job: string) => researcher.ask('control', { job, action: 'cancel' })

describe('B1 before strangers', () => {
  test('B1 a stranger waits for the pilot and is told so, an own device does not; then the stranger is given units and the job has a price', async () => {
    const [stranger, own] = [await app.volunteer(), await app.ownVolunteer()]
    const job = await submit(SQUARE, 6)
    expect(await ask(own)).toMatchObject({ leases: [{}, {}] })
    expect(await snapshotOf(job)).not.toHaveProperty('pilot')
    expect(await ask(stranger)).toEqual({ leases: [], jobs: [], reason: 'pilot-running' })
    const { leases, jobs } = await stranger.ask('lease', asks)
    expect(leases.length).toBeGreaterThan(0)
    expect(jobs).toMatchObject([{ job, isolation: 'job' }])
    const snapshot = await snapshotOf(job)
    expect(snapshot).toMatchObject({ pilot: 'passed', state: 'running' })
    expect(snapshot.creditPerInput).toBeGreaterThan(0)
    expect(snapshot.unitSeconds).toBeGreaterThan(0)
    await stranger.ask('return', { results: leases.map((lease) => ({ ...result(lease), reused: true as const })) })
    await cancel(job)
  })

  test('B1 the files of the job are there', async () => {
    const content = Buffer.from('abc')
    const sha256 = createHash('sha256').update(content).digest('hex')
    const { files } = app.store
    const { id } = await files.begin(sha256, content.length, 1)
    await files.add(id, 0, content)
    await files.complete(id)
    const code = `export const work = (x, ctx) => String.fromCharCode(...ctx.files.get('letters')) === 'abc' ? x : 'x'.repeat(2 ** 21)`
    const job = await submit(code, 4, { files: [{ name: 'letters', sha256, bytes: content.length }] })
    expect(await (await app.volunteer()).ask('lease', asks)).toMatchObject({ jobs: [{ job, isolation: 'job' }] })
    expect((await snapshotOf(job)).pilot).toBe('passed')
  })

  test('B1 a stranger is given other jobs meanwhile, and one that was tried out at once', async () => {
    const stranger = await app.volunteer()
    const tried = await submit(SQUARE)
    expect(await stranger.ask('lease', asks)).toMatchObject({ jobs: [{ job: tried }] })
    const untried = await submit('export const work = (x) => x + 1')
    await stranger.ask('release', { leases: [] })
    const { jobs } = await ask(await app.volunteer())
    expect(jobs).toMatchObject([{ job: tried }])
    for (const job of [tried, untried]) await cancel(job)
  })
})

describe('B2 what does not pass', () => {
  test('B2 a job whose unit gives two different outputs pauses before a stranger computes it; its owner alone sees both', async () => {
    const other = await TestApp.start({ pilot: { ...pilot, try: async () => DIFFERS }, store: app.store })
    const stranger = await other.volunteer()
    const job = await submit(SQUARE)
    await other.app.sweeper.runOnce()
    expect((await ask(stranger)).reason).toBe('pilot-running')
    await expect.poll(async () => (await snapshotOf(job)).pilot, { timeout: 20_000 }).toBe('differs')
    expect(await snapshotOf(job)).toMatchObject({ state: 'paused', leases: 0, reason: DIFFERS.reason, pilotNote: DIFFERS.note })
    expect((await app.get(`/api/v1/jobs/${job}`)).body).not.toHaveProperty('pilotNote')
    await researcher.ask('control', { job, action: 'resume' })
    await other.app.sweeper.runOnce()
    expect(await stranger.ask('lease', asks)).toMatchObject({ jobs: [{ job }] })
    await other.close()
  })

  test.each([
    [
      'takes more memory than it may',
      'export const work = () => { const all = []; for (;;) all.push(new Array(1e6).fill(1)) }',
      /more memory/,
    ],
    ['gives more than may travel', 'export const work = () => "x".repeat(2 ** 21)', /output is too large/],
  ])('B2 a job whose unit %s pauses with that reason', async (_, code, reason) => {
    const stranger = await app.volunteer()
    const job = await submit(code)
    await ask(stranger)
    await ended(job)
    expect(await snapshotOf(job)).toMatchObject({ state: 'paused', pilot: 'failed', leases: 0, reason: expect.stringMatching(reason) })
    await cancel(job)
  })

  test('B5 one that asks for more than a server has is given to strangers without a price', async () => {
    const stranger = await app.volunteer()
    const job = await submit(SQUARE, 4, { memoryMegabytes: 4096 })
    expect(await stranger.ask('lease', asks)).toMatchObject({ jobs: [{ job }] })
    const snapshot = await snapshotOf(job)
    expect(snapshot).toMatchObject({ pilot: 'unmeasured', state: 'running', pilotNote: expect.stringMatching('more memory') })
    expect(snapshot).not.toHaveProperty('creditPerInput')
    await cancel(job)
  })

  test('B5 what no server could measure is worth what it took an own device of everybody’s, or what an admin says once', async () => {
    const [stranger, own] = [await app.volunteer(), await app.ownVolunteer()]
    const priceOf = async (one: string) => (await snapshotOf(one)).creditPerInput
    const unmeasured = async () => {
      const one = await submit(SQUARE, 2, { memoryMegabytes: 4096, ownDevices: true })
      await ask(stranger)
      await expect.poll(async () => (await snapshotOf(one)).pilot).toBe('unmeasured')
      return one
    }
    const job = await unmeasured()
    const { leases } = await ask(own)
    expect(leases.map((lease) => lease.job)).toEqual([job, job])
    now += 25_000
    await own.ask('return', { results: leases.slice(0, 1).map((lease) => ({ ...result(lease), seconds: 25 })) })
    app.timers.advance(30_000)
    await expect.poll(() => priceOf(job)).toBe(25)
    await cancel(job)
    const other = await unmeasured()
    const copies = (await ask(stranger)).leases
    await stranger.ask('return', { results: copies.map((lease) => ({ ...result(lease), seconds: 1e6 })) })
    app.timers.advance(30_000)
    const say = async (path: string, creditPerInput: number, token = TOKEN) => {
      const headers = { authorization: `Bearer ${token}` }
      return (await fetch(`${app.url}/api/v1/jobs/${path}/price`, { method: 'POST', headers, body: JSON.stringify({ creditPerInput }) }))
        .status
    }
    expect([await say(other, 3, await app.session()), await say(other, -1), await say(other, 3), await say(other, 4)]).toEqual([
      401, 400, 200, 409,
    ])
    expect([await say(job, 4), await say('0'.repeat(32), 4)]).toEqual([409, 404])
    expect(await priceOf(other)).toBe(3)
    await cancel(other)
  })
})

test('B4 what a server that was killed had taken up is tried out by the next, when its time is over', async () => {
  const stranger = await app.volunteer()
  const job = await submit('export const work = (x) => x - 1')
  const record = (await app.store.findJob(job))!
  expect(await app.store.pilots.claim(record.id, Buffer.alloc(32), 60_000)).toBeDefined()
  expect((await ask(stranger)).reason).toBe('pilot-running')
  expect((await ask(stranger)).reason).toBe('pilot-running')
  expect((await snapshotOf(job)).pilot).toBe('running')
  now += 60_001
  expect(await stranger.ask('lease', asks)).toMatchObject({ jobs: [{ job }] })
  await cancel(job)
})

test('B4 a server that stops leaves what it was trying out to the next at once', async () => {
  const other = await TestApp.start({ pilot: newPilot(), store: app.store })
  const stranger = await other.volunteer()
  const job = await submit('export const work = () => { for (;;); }')
  await other.app.sweeper.runOnce()
  expect((await ask(stranger)).reason).toBe('pilot-running')
  await expect.poll(async () => (await snapshotOf(job)).pilot).toBe('running')
  await other.close()
  expect(await snapshotOf(job)).not.toHaveProperty('pilot')
  await cancel(job)
})
