import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { ResultsUnsealed } from '../../sdk/errors.ts'
import type { Deliver } from '../../sdk/event-fold.ts'
import type { JobSnapshot } from '../../sdk/protocol.ts'
import { asks, type Researcher, TestApp, units, type Volunteer } from '../support/app.ts'
import { computed, computeInTurn, type Member, members } from '../support/computing-crowd.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

const CLOSING_SECONDS = 600
/** A stranger is given what a trusted device might take for so long. */
const TRUSTED_FIRST_MS = 5000
const strangers = { redundancy: { targetError: 1e-2 }, ownDevices: false } as const
const square = (n: number): number => n * n

let app: TestApp
let researcher: Researcher
let ahead: number
let author: Member
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ closingSeconds: CLOSING_SECONDS, clock: () => Date.now() + ahead })
  researcher = await app.researcher()
  author = await trusted()
})
afterEach(() => app.close())

const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
const stateOf = async (job: string) => {
  app.timers.advance(1000)
  const { state, units, unitsAlone } = await snapshotOf(job)
  return { state, open: units.open, accepted: units.accepted, sealed: units.sealed, alone: unitsAlone }
}
const pass = (milliseconds: number): void => {
  ahead += milliseconds
  app.timers.advance(1000)
}
async function submit(count: number, change: object = strangers): Promise<string> {
  const { job } = await researcher.ask('submit', { spec: jobSpec(change), code: CODE, units: units(count), inputsComplete: true })
  return job
}

/** A device whose word alone is believed: it has passed forty checks. */
async function trusted(): Promise<Member> {
  const [member] = (await members(app, 1, square)) as [Member]
  const beside = new BetterSqlite3(app.file)
  const earned = 'UPDATE Trust SET checks = 40 WHERE deviceId = (SELECT id FROM Device WHERE uid = ?)'
  beside.prepare(earned).run(member.client.welcome.device.id)
  beside.close()
  return member
}

/** Five results on the word alone of an author that leaves; nobody samples them until the time for it is over. */
async function unsampled(job: string): Promise<void> {
  await expect.poll(() => computeInTurn([author], 5)).toBe(5)
  await expect.poll(() => stateOf(job)).toEqual({ state: 'running', open: 0, accepted: 5, sealed: 0, alone: 5 })
  author.client.close()
  await expect.poll(async () => (await app.get('/api/v1/status')).body.devicesConnected).toBe(0)
  pass(500 * CLOSING_SECONDS)
  const closing = await snapshotOf(job)
  expect(closing).toMatchObject({ state: 'running', closingSince: expect.any(Number) })
  expect(closing).not.toHaveProperty('waiting')
  pass(500 * CLOSING_SECONDS)
  await expect.poll(() => stateOf(job)).toEqual({ state: 'finished', open: 0, accepted: 5, sealed: 0, alone: 5 })
}

/** What the newcomer is given once trusted devices have had their time. */
async function sampleFor(newcomer: Volunteer) {
  pass(TRUSTED_FIRST_MS)
  const { next } = await newcomer.ask('return', { results: [], next: asks })
  return next!.leases
}

async function withDSage<Value>(use: (d: DSage) => Promise<Value>): Promise<Value> {
  const d = await connect(app.url, { key: OWNER_KEY.privateKey })
  return use(d).finally(() => d.close())
}

describe('Q15 nobody takes the closing sample', () => {
  test.each<Deliver>(['accepted', 'sealed'])(
    'Q15 a client that wants %s results is told, and sealed is what a later sample agrees with',
    (deliver) =>
      withDSage(async (d) => {
        const inputs = [0, 1, 2, 3, 4]
        const job = d.map((n: number) => n * n, inputs, { ...strangers, batch: 1, deliver })
        const waiting = job.wait().catch((error: unknown) => error)
        await expect.poll(() => job.state).toBe('running')
        await unsampled(job.id)
        const ended = await waiting
        if (deliver === 'accepted') expect(ended).toEqual(inputs.map(square))
        else expect(ended).toMatchObject({ name: ResultsUnsealed.name, units: 5 })

        const newcomer = await app.volunteer({ engine: 'v8-140' })
        const sample = await sampleFor(newcomer)
        expect(sample).toHaveLength(1)
        await newcomer.ask('return', { results: computed(sample, square) })
        await expect.poll(() => stateOf(job.id)).toEqual({ state: 'finished', open: 0, accepted: 0, sealed: 5, alone: 0 })
        expect(await (await d.job(job.id, { deliver })).wait()).toEqual(inputs.map(square))
      }),
  )

  test('Q15 a later sample that differs re-opens the job; when the sampler is outvoted all is sealed', async () => {
    const job = await submit(5)
    await unsampled(job)
    const liar = await app.volunteer({ engine: 'v8-140' })
    await liar.ask('return', { results: computed(await sampleFor(liar), () => 'a lie') })
    await expect.poll(() => stateOf(job)).toMatchObject({ state: 'running', open: 1 })
    const others = await members(app, 4, square)
    await expect
      .poll(async () => {
        pass(TRUSTED_FIRST_MS)
        await computeInTurn(others)
        return stateOf(job)
      })
      .toEqual({ state: 'finished', open: 0, accepted: 0, sealed: 5, alone: 0 })
    expect((await app.get(`/api/v1/devices/${liar.welcome.device.id}`)).body).toMatchObject({ state: 'suspect' })
    expect((await app.get(`/api/v1/devices/${author.client.welcome.device.id}`)).body).toMatchObject({ disagreed: 0 })
  })

  test('Q15 a job whose inputs are still coming is not sampled, and does not end', async () => {
    const spec = jobSpec(strangers)
    await researcher.ask('submit', { spec, code: CODE, units: units(5), inputsComplete: false })
    expect(await computeInTurn([author], 5)).toBe(5)
    for (let hours = 0; hours < 2; hours++) pass(3_600_000)
    await expect.poll(() => stateOf(spec.job)).toMatchObject({ state: 'running', accepted: 5 })
    expect(await snapshotOf(spec.job)).not.toHaveProperty('closingSince')
    await researcher.ask('add', { job: spec.job, units: units(1, 5), inputsComplete: true })
    expect(await computeInTurn([author])).toBe(1)
    const [sampler] = await members(app, 1, square)
    await expect
      .poll(async () => {
        pass(TRUSTED_FIRST_MS)
        await computeInTurn([sampler!])
        return stateOf(spec.job)
      })
      .toEqual({ state: 'finished', open: 0, accepted: 0, sealed: 6, alone: 0 })
  })
})
