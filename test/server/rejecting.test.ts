import { afterAll, beforeAll, expect, test } from 'vitest'
import { DistributedFunction, type Processed, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { connect } from '../../sdk/dsage.ts'
import type { JobSnapshot } from '../../sdk/protocol.ts'
import { reject } from '../../sdk/rejection.ts'
import { asks, type Researcher, result, TestApp, units, type Volunteer } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterAll(() => app.close())

const submit = async (count: number, inputsComplete = false): Promise<string> => {
  const spec = jobSpec({ redundancy: 'none' })
  await researcher.ask('submit', { spec, code: CODE, units: units(count), inputsComplete })
  return spec.job
}
const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
async function give(volunteer: Volunteer, job: string, value: unknown): Promise<number> {
  const { next } = await volunteer.ask('return', { results: [], next: asks })
  const mine = next?.leases.filter((lease) => lease.job === job) ?? []
  await volunteer.ask('return', { results: mine.map((lease) => result(lease, value)) })
  return mine.length
}

test('T24 a researcher rejects a result by socket and by REST: it is taken back and asked of another device', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(2)
  expect(await give(first, job, 'wrong')).toBe(2)
  expect(await researcher.ask('reject', { job, key: '0', event: 1, reason: 'it is wrong' })).toEqual({ voided: true })
  const headers = { authorization: `Bearer ${await app.session()}`, 'content-type': 'application/json' }
  const post = async (body: object, given: Record<string, string> = headers) => {
    const answer = await fetch(`http://127.0.0.1:${app.port}/api/v1/jobs/${job}/reject`, {
      method: 'POST',
      headers: given,
      body: JSON.stringify(body),
    })
    return [answer.status, await answer.json()]
  }
  const body = { key: '1', event: 2, reason: 'this too' }
  expect(await post(body)).toEqual([200, { voided: true }])
  expect(await post(body)).toEqual([200, { voided: false }])
  expect((await post(body, { 'content-type': 'application/json' }))[0]).toBe(401)
  expect(await snapshotOf(job)).toMatchObject({ state: 'running', units: { open: 2, accepted: 0 } })
  await expect.poll(() => give(second, job, 'right')).toBe(2)
  expect((await researcher.ask('events', { job, after: 2, limit: 10 })).events.map(({ kind }) => kind)).toEqual([
    'retracted',
    'retracted',
    'accepted',
    'accepted',
  ])
  expect((await app.get(`/api/v1/devices/${first.welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
})

test('T24 what is no result of the unit, of somebody else, or of a job that is over is refused by name', async () => {
  const job = await submit(1, true)
  const rejection = { job, key: '0', event: 1, reason: 'no' }
  await expect(researcher.ask('reject', rejection)).rejects.toThrow('not-found: Expected event 1 to give a result of unit "0"')
  const accountId = await app.store.ensureAccount('somebody else', 'researcher')
  const spec = jobSpec()
  await app.store.transact((tx) => tx.createJob(spec, CODE, accountId))
  await expect(researcher.ask('reject', { ...rejection, job: spec.job })).rejects.toThrow('unknown-job')
  await expect(researcher.ask('reject', { ...rejection, reason: '' })).rejects.toThrow('bad-message')
  await give(await app.volunteer(), job, 'so be it')
  expect((await snapshotOf(job)).state).toBe('finished')
  await expect(researcher.ask('reject', rejection)).rejects.toThrow('job-closed: Expected a job that runs, got one that is finished')
})

test('T24 a job that rejects everything pauses when another device says the same, and a sweep lets all of it count again', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(3)
  while ((await give(first, job, 'right')) > 0);
  const { events } = await researcher.ask('events', { job, after: 0, limit: 10 })
  for (const { key, n } of events) await researcher.ask('reject', { job, key, event: n, reason: 'never' })
  const { next } = await second.ask('return', { results: [], next: { ...asks, most: 1 } })
  await second.ask('return', { results: [result(next!.leases[0]!, 'right')] })
  const paused = await snapshotOf(job)
  expect([paused.state, paused.reason]).toMatchObject(['paused', expect.stringMatching(/^verify-contradicted: an independent device/)])
  await app.app.sweeper.runOnce()
  expect((await snapshotOf(job)).units).toMatchObject({ open: 0, accepted: 3 })
  for (const { welcome } of [first, second])
    expect((await app.get(`/api/v1/devices/${welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
})

test('T24 a result of a job that its owner paused is rejected: nobody computes its unit before the job is resumed', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(1)
  expect(await give(first, job, 'wrong')).toBe(1)
  await researcher.ask('control', { job, action: 'pause' })
  expect(await researcher.ask('reject', { job, key: '0', event: 1, reason: 'it is wrong' })).toEqual({ voided: true })
  expect(await snapshotOf(job)).toMatchObject({ state: 'paused', reason: 'paused by its owner', units: { open: 1, accepted: 0 } })
  await app.app.sweeper.runOnce()
  expect((await snapshotOf(job)).units).toMatchObject({ open: 1, accepted: 0 })
  await researcher.ask('control', { job, action: 'resume' })
  await expect.poll(() => give(second, job, 'right')).toBe(1)
  const { events } = await researcher.ask('events', { job, after: 0, limit: 10 })
  expect(events.map(({ kind }) => kind)).toEqual(['accepted', 'retracted', 'accepted'])
})

test('T24 what is rejected in a job whose rejections were contradicted counts again until the job is resumed', async () => {
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const job = await submit(2)
  expect(await give(first, job, 'right')).toBe(2)
  const { key } = (await researcher.ask('events', { job, after: 0, limit: 1 })).events[0]!
  await researcher.ask('reject', { job, key, event: 1, reason: 'never' })
  await expect.poll(() => give(second, job, 'right')).toBe(1)
  const paused = await snapshotOf(job)
  expect([paused.state, paused.units.accepted]).toEqual(['paused', 2])
  const { events } = await researcher.ask('events', { job, after: 1, limit: 10 })
  const other = (await researcher.ask('events', { job, after: 0, limit: 2 })).events[1]!
  const rejected = { job, key: other.key, event: other.n, reason: 'nor this' }
  expect(await researcher.ask('reject', rejected)).toEqual({ voided: true })
  await app.app.sweeper.runOnce()
  expect(await snapshotOf(job)).toMatchObject({ state: 'paused', reason: paused.reason, units: { open: 0, accepted: 2 } })
  await researcher.ask('control', { job, action: 'resume' })
  const again = (await researcher.ask('events', { job, after: events.at(-1)!.n, limit: 10 })).events.at(-1)!
  expect(again).toMatchObject({ kind: 'accepted', key: other.key })
  expect(await researcher.ask('reject', { ...rejected, event: again.n })).toEqual({ voided: true })
  await app.app.sweeper.runOnce()
  expect(await snapshotOf(job)).toMatchObject({ state: 'running', units: { open: 1, accepted: 1 } })
})

/** The sum of the squares of 1 to n; what is no square is rejected. */
class Squares extends DistributedFunction<number, number, number> {
  override result = 0
  protected readonly work = (n: number) => n * n
  readonly rejected: string[] = []
  #next = 0

  protected override nextJob() {
    this.#next += 1
    return this.#next > 4 ? undefined : { key: String(this.#next), input: this.#next }
  }

  protected override processResult({ key, input, output }: ProcessedUnit<number, number>): Processed {
    if (output !== input * input) {
      this.rejected.push(key)
      return reject(`${output} is not the square of ${input}`)
    }
    this.result += output
    this.done = this.result === 30
    return undefined
  }
}

/** What was rejected is given to the same few again after five seconds only. */
const alsoHere = LONG_TESTS ? test : () => {}

alsoHere('T24 a distributed function rejects what a liar says, and ends with the right sum', async () => {
  const d = await connect(app.url, { key: OWNER_KEY.privateKey })
  const [liar, honest] = [await app.volunteer(), await app.volunteer()]
  const squares = new Squares(d, { redundancy: 'none' })
  const sum = squares.wait()
  const answer = async (volunteer: Volunteer, value: (n: number) => number) => {
    const { next } = await volunteer.ask('return', { results: [], next: asks })
    const mine = next?.leases.filter((lease) => lease.job === squares.id) ?? []
    await volunteer.ask('return', { results: mine.map((lease) => result(lease, value(lease.input.at(-1)!))) })
    return mine.length
  }
  let lied = 0
  await expect.poll(async () => (lied += await answer(liar, (n) => (n % 2 === 0 ? -1 : n * n)))).toBe(4)
  let mended = 0
  await expect.poll(async () => (mended += await answer(honest, (n) => n * n))).toBe(2)
  expect(await sum).toBe(30)
  expect(squares.rejected.sort()).toEqual(['2', '4'])
  expect((await app.get(`/api/v1/devices/${liar.welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
  await d.close()
})
