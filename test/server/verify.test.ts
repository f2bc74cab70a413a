import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import type { JobEvent, JobSnapshot } from '../../sdk/protocol.ts'
import { Turns } from '../../server/check/turns.ts'
import { asks, type Researcher, result, TestApp, units, type Volunteer } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

/** A `verify` as the SDK would ship it. */
const verifying = (body: string) => `export const work = ([input, output]) => { ${body} }\n`
const RIGHT = verifying('return output === input * input')

let app: TestApp
let researcher: Researcher
beforeAll(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterAll(() => app.close())

const submit = async (verify: string, count = 1, change: Parameters<typeof jobSpec>[0] = {}): Promise<string> => {
  const spec = jobSpec({ verify, ...change })
  await researcher.ask('submit', { spec, code: CODE, units: units(count), inputsComplete: true })
  return spec.job
}
const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
const eventsOf = async (job: string): Promise<readonly JobEvent[]> =>
  (await researcher.ask('events', { job, after: 0, limit: 1000 })).events
const ended = (job: string, state = 'finished') =>
  expect.poll(async () => (await snapshotOf(job)).state, { timeout: 15_000, interval: 20 }).toBe(state)
/** Leases of the job, at once or none. */
async function leasesOf(volunteer: Volunteer, job: string) {
  const { next } = await volunteer.ask('return', { results: [], next: asks })
  return next?.leases.filter((lease) => lease.job === job) ?? []
}
/** Answers all the job's units it is given with what `compute` says of their input; how many these were. */
async function give(volunteer: Volunteer, job: string, compute: (n: number) => unknown): Promise<number> {
  for (let given = 0; ; ) {
    const leases = await leasesOf(volunteer, job)
    if (leases.length === 0) return given
    await volunteer.ask('return', { results: leases.map((lease) => result(lease, compute(lease.input.at(-1)!))) })
    given += leases.length
  }
}
const cancel = (job: string) => researcher.ask('control', { job, action: 'cancel' })

describe('K20 verify at the server', () => {
  test('K20 right results are sealed with one holder, wrong ones are asked of another device, and nobody is blamed', async () => {
    const [liar, honest] = [await app.volunteer(), await app.volunteer()]
    const job = await submit(RIGHT, 8)
    expect(await give(liar, job, (n) => (n < 4 ? n * n : 7n))).toBe(8)
    await expect.poll(async () => (await snapshotOf(job)).units.sealed, { timeout: 15_000 }).toBe(4)
    await expect.poll(() => give(honest, job, (n) => n * n)).toBe(4)
    await ended(job)
    const events = await eventsOf(job)
    expect(events.map(({ kind, confidence, holders, verified }) => [kind, confidence, holders, verified])).toEqual(
      Array.from({ length: 8 }, () => ['sealed', 1, 1, true]),
    )
    const { body } = await app.get(`/api/v1/devices/${liar.welcome.device.id}`)
    expect(body).toMatchObject({ disagreed: 0, errored: 0, agreed: 4 })
  })

  test('K20 a `verify` that always says no fails each unit after ten copies, with a sentence, and blames nobody', async () => {
    const job = await submit(verifying('return false'))
    for (let i = 0; i < 10; i++) {
      const volunteer = await app.volunteer()
      await expect.poll(() => give(volunteer, job, () => i), { timeout: 15_000 }).toBe(1)
    }
    await ended(job)
    const [event] = await eventsOf(job)
    expect(event).toMatchObject({ kind: 'failed', error: 'verify refused 10 results of 10 copies; the last one: verify: value 0: false' })
  })

  test('T24 a `verify` that says no to what two devices computed alike pauses its job, and their answers count again', async () => {
    const job = await submit(verifying('return false'), 3)
    const devices = [await app.volunteer(), await app.volunteer()]
    for (const volunteer of devices) await expect.poll(() => give(volunteer, job, (n) => n * n), { timeout: 15_000 }).toBeGreaterThan(0)
    await ended(job, 'paused')
    expect((await snapshotOf(job)).reason).toMatch(/^verify-contradicted: independent devices gave the same answer/)
    expect((await snapshotOf(job)).units.sealed).toBeGreaterThan(0)
    for (const { welcome } of devices)
      expect((await app.get(`/api/v1/devices/${welcome.device.id}`)).body).toMatchObject({ state: 'new', disagreed: 0 })
    await cancel(job)
  })

  test('K20 one that throws refuses, with what it threw', async () => {
    const job = await submit(verifying('throw new RangeError("not " + output)'))
    const volunteer = await app.volunteer()
    await give(volunteer, job, (n) => n * n)
    const noteOf = async () => (await researcher.ask('record', { job, after: '', limit: 10 })).units[0]?.leases[0]
    await expect.poll(async () => (await noteOf())?.state).toBe('voided')
    expect((await noteOf())?.note).toBe('verify: value 0: RangeError: not 0')
    await cancel(job)
  })
})

test('K20 its owner gets back what a job verifies and compares by, by socket and by REST, and what is too large is refused', async () => {
  const compare = { relTol: 1e-9, absTol: 0 }
  const job = await submit(RIGHT, 1, { compare })
  expect((await researcher.ask('manifest', { job })).spec).toMatchObject({ verify: RIGHT, compare })
  const authorization = { authorization: `Bearer ${await app.session()}` }
  expect((await app.get(`/api/v1/jobs/${job}/manifest`, authorization)).body).toMatchObject({ spec: { verify: RIGHT, compare } })
  await cancel(job)
  await expect(submit(' '.repeat(256 * 1024 + 1))).rejects.toThrow(/bad-message: .*expected at most 262144 bytes/)
  await expect(submit(RIGHT, 1, { compare: { relTol: 2, absTol: 0 } })).rejects.toThrow('bad-message')
})

describe('K22 faults of verify', () => {
  test.each([
    ['that takes all memory', 'const all = []; for (;;) all.push(new Array(1e6).fill(output))', /^verify could not judge a result: .*MB/],
    ['that says neither', 'return output * 2', /^verify could not judge a result: expected verify to give true or false, got number$/],
  ])('K22 a `verify` %s pauses its job, and the unit goes to another once it is resumed', async (_what, body, sentence) => {
    const job = await submit(verifying(body))
    await give(await app.volunteer(), job, (n) => n * n)
    await ended(job, 'paused')
    expect((await snapshotOf(job)).reason).toMatch(sentence)
    await researcher.ask('control', { job, action: 'resume' })
    const other = await app.volunteer()
    await expect.poll(async () => (await leasesOf(other, job)).length).toBe(1)
    await cancel(job)
  })
})

test('K22 a `verify` that never ends is stopped, and pauses its job', async () => {
  const impatient = await TestApp.start({ verifySeconds: 0.5 })
  try {
    const spec = jobSpec({ verify: verifying('for (;;);') })
    await (await impatient.researcher()).ask('submit', { spec, code: CODE, units: units(1), inputsComplete: true })
    await give(await impatient.volunteer(), spec.job, (n) => n * n)
    const snapshot = async () => (await impatient.get(`/api/v1/jobs/${spec.job}`)).body
    await expect.poll(async () => (await snapshot()).state, { timeout: 15_000 }).toBe('paused')
    expect((await snapshot()).reason).toMatch(/^verify could not judge a result: Expected the unit to end within 0.5 s/)
  } finally {
    await impatient.close()
  }
})

describe('K24 where verify runs', () => {
  test('K24 it has no network, no process, no files, no timers, and neither clock nor chance of its own', async () => {
    const names = [
      'process',
      'require',
      'fetch',
      'WebSocket',
      'setTimeout',
      'performance.timeOrigin',
      'eval("1")',
      'Function("return 1")()',
    ]
    const tries = names.map((name) => `try { if (typeof ${name} !== 'undefined') found.push(${JSON.stringify(name)}) } catch {}`).join('\n')
    const job = await submit(
      verifying(`const found = []; ${tries}
        const clock = [Date.now(), new Date().getTime(), Math.random()]
        const escaped = found.length > 0 && found.join()
        if (escaped) throw new Error('reached ' + escaped)
        globalThis.before ??= clock.join(); return globalThis.before === clock.join()`),
      3,
    )
    await give(await app.volunteer(), job, (n) => n * n)
    await ended(job)
    expect((await snapshotOf(job)).units).toMatchObject({ sealed: 3, failed: 0 })
  })

  test('K24 what the code threw it is not asked about', async () => {
    const [first, second] = [await app.volunteer(), await app.volunteer()]
    const job = await submit(verifying('throw new Error("asked")'))
    for (const volunteer of [first, second]) {
      const [lease] = await leasesOf(volunteer, job)
      const output = encodeOutputs([{ error: { name: 'Error', message: 'no' } }])
      await volunteer.ask('return', { results: [{ lease: lease!.lease, output, seconds: 0.01 }] })
    }
    await ended(job)
    expect(await eventsOf(job)).toMatchObject([{ kind: 'sealed', holders: 2 }])
    expect((await eventsOf(job))[0]).not.toHaveProperty('verified')
  })

  test('K24 a slow `verify` slows its own job only', async () => {
    const slow = await submit(
      verifying('const rounds = 2e7; let x = 0; for (let i = 0; i < rounds; i++) x = (x * 31 + i) | 0; return x !== 0.5'),
      40,
    )
    await give(await app.volunteer(), slow, (n) => n)
    const quick = await submit(RIGHT, 5)
    await give(await app.volunteer(), quick, (n) => n * n)
    await ended(quick)
    expect((await snapshotOf(slow)).units.open).toBeGreaterThan(0)
    await cancel(slow)
  })

  test('K24 a job has a quarter of a thread and ten seconds at once, and the one that had least goes first', () => {
    const turns = new Turns()
    expect(turns.next(['a', 'b'], 0)).toBe('a')
    turns.charge('a', 1, 0)
    expect(turns.next(['a', 'b'], 0)).toBe('b')
    turns.charge('a', 9, 0)
    expect(turns.next(['a'], 0)).toBeUndefined()
    turns.charge('b', 12, 0)
    expect(turns.next(['a', 'b'], 0)).toBeUndefined()
    const wait = turns.waitMs(['a', 'b'], 0)
    expect(turns.next(['a', 'b'], wait)).toBe('a')
    turns.charge('a', 2, wait)
    expect(turns.waitMs(['a'], wait)).toBeCloseTo(8000, -2)
    expect(turns.next([], 0)).toBeUndefined()
  })
})
