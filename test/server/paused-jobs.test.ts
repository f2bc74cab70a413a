import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { evaluate } from '../../sdk/cli/eval.ts'
import { showJob } from '../../sdk/cli/job.ts'
import { mapInputsTo } from '../../sdk/cli/map.ts'
import { run } from '../../sdk/cli/run.ts'
import { decode } from '../../sdk/codec.ts'
import { DistributedFunction, type Processed, type ProcessedUnit } from '../../sdk/distributed-function.ts'
import { connect, type DSage } from '../../sdk/dsage.ts'
import { JobPaused } from '../../sdk/errors.ts'
import { reject } from '../../sdk/rejection.ts'
import type { Trial } from '../../server/trial.ts'
import { asks, result, TestApp, type Volunteer } from '../support/app.ts'
import { OWNER_KEY } from '../support/keys.ts'
import { realTimers } from '../support/real-timers.ts'

const DIFFERS: Trial = {
  ...{ verdict: 'differs', isolation: 'unit', isGeneral: false, creditPerInput: 0.5, unitSeconds: 1 },
  ...{ reason: 'non-deterministic: two outputs', note: 'first 1, then 2' },
}
const PASSED: Trial = { ...DIFFERS, verdict: 'passed', reason: null, note: null }
const square = { bundle: 'export const work = (n) => n * n' }

let app: TestApp
let d: DSage
let trial = DIFFERS
beforeAll(async () => {
  app = await TestApp.start({ timers: realTimers, pilot: { refusal: () => undefined, try: async () => trial, close: async () => {} } })
  d = await connect(app.url, { key: OWNER_KEY.privateKey })
})
afterEach(async () => {
  vi.restoreAllMocks()
  trial = DIFFERS
  await d.killAll()
})
afterAll(async () => {
  await d.close()
  await app.close()
})

const squareOf = (n: number): unknown => n * n
/** Answers units it is given at once; how many. */
async function give(volunteer: Volunteer, value = squareOf, most = 1000): Promise<number> {
  const { leases } = (await volunteer.ask('return', { results: [], next: { ...asks, most } })).next!
  await volunteer.ask('return', { results: leases.map((lease) => result(lease, value((decode(lease.input) as number[])[0]!))) })
  return leases.length
}
/** A stranger asks, so that the job is tried out. */
const tried = async (stranger: Volunteer, id: string): Promise<void> => {
  await app.app.sweeper.runOnce()
  await give(stranger)
  await expect.poll(async () => (await app.get(`/api/v1/jobs/${id}`)).body.state, { interval: 5 }).toBe('paused')
}
const isPause = (id: string) => ({ name: 'JobPaused', code: 'job-paused', job: id, reason: DIFFERS.reason })
const pauseOf = (id: string, name: string): string =>
  `Job ${name} is paused: non-deterministic: two outputs; first 1, then 2. Mend it and submit it anew; or go on as it is: await (await d.job('${id}')).resume(), then wait again.`

test('J63 whoever waits for a job that the server pauses is told why, after what was delivered, and waits again once it is resumed', async () => {
  const [own, stranger, other] = [await app.ownVolunteer(), await app.volunteer(), await app.volunteer()]
  const job = d.map<number, number>(square, [2, 3, 4], { name: 'squares', redundancy: { quorum: 2 } })
  await job.save()
  const known = await d.job(job.id)
  const waits = [job.wait(), known.wait(), d.blockOnJobs([job]), job.record('none.tar'), job.output()]
  const told = Promise.all(waits.map((wait) => expect(wait).rejects.toMatchObject(isPause(job.id))))
  expect(await give(own, squareOf, 1)).toBe(1)
  await tried(stranger, job.id)
  await told
  await expect(job.wait()).rejects.toThrow(pauseOf(job.id, 'squares'))
  for (const held of [job, known]) {
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const { value } of held) seen.push(value)
    })()
    await expect(reading).rejects.toBeInstanceOf(JobPaused)
    expect(seen).toHaveLength(1)
  }
  await job.resume()
  const values = job.wait()
  await app.app.sweeper.runOnce()
  await expect.poll(async () => (await give(stranger)) + (await give(other)), { interval: 5 }).toBe(4)
  expect(await values).toEqual([4, 9, 16])
  expect(await known.wait()).toEqual([4, 9, 16])
})

test('J63 an expression has its result after a pause without anybody waiting; calls are gathered again', async () => {
  const stranger = await app.volunteer()
  const job = d<number>('6 * 7', { redundancy: 'none' })
  const scatter = d.scatter((n: number) => n, { redundancy: 'none', verify: undefined })
  scatter.add([1])
  await expect.poll(() => scatter.job.status?.inputs, { interval: 5 }).toBe(1)
  await job.save()
  for (const id of [job.id, scatter.job.id]) await tried(stranger, id)
  await expect(job.wait()).rejects.toMatchObject(isPause(job.id))
  await expect(scatter.gather()).rejects.toMatchObject(isPause(scatter.job.id))
  for (const paused of [job, scatter.job]) await paused.resume()
  await app.app.sweeper.runOnce()
  let given = 0
  await expect.poll(async () => (given += await give(stranger, () => 42)), { interval: 5 }).toBe(2)
  await expect.poll(() => job.result, { interval: 5 }).toBe(42)
  expect([await scatter.gather(), scatter.ready().length]).toEqual([[42], 1])
})

test('J63 a job that a person paused is waited for, and what is late says so', async () => {
  trial = PASSED
  const stranger = await app.volunteer()
  const job = d.map<number, number>(square, [3], { name: 'squares', redundancy: 'none' })
  await job.pause()
  const known = await d.job(job.id)
  const late = 'has no result after 0 s; it is paused by its owner; resume it and wait again, or kill() it.'
  for (const held of [job, known]) await expect(held.wait({ timeout: 0 })).rejects.toThrow(`Job squares ${late}`)
  const waiting = job.wait()
  await job.resume()
  // What was asked before may say so for a moment.
  await expect.poll(() => job.state, { interval: 5 }).toBe('running')
  await expect(job.wait({ timeout: 0 })).rejects.toThrow('it goes on: wait again, or kill() it.')
  await app.app.sweeper.runOnce()
  await expect.poll(() => give(stranger), { interval: 5 }).toBe(1)
  expect(await waiting).toEqual([9])
})

test('J63 `dsage map`, `eval`, `run` and `job --watch` end with the sentence and fail', async () => {
  const home = mkdtempSync(join(tmpdir(), 'dsage-paused-'))
  writeFileSync(join(home, 'dsage_key'), OWNER_KEY.privateKey, { mode: 0o600 })
  const file = join(home, 'program.mjs')
  writeFileSync(file, 'export default (d) => d("6 * 7", { name: "run" }).wait()')
  let said = ''
  const write = (piece: unknown): true => {
    said += String(piece)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(process.stderr, 'write').mockImplementation(write)
  const { argv } = process
  const given = { home, url: app.url, json: false, workers: 0 }
  const commands = [
    mapInputsTo({ ...given, work: 'n => n * n', inputs: '1..2', name: 'map' }),
    evaluate({ ...given, expression: '6 * 7', math: false }),
    run({ ...given, file, words: [] }),
  ].map((command) => command.catch((error: Error) => error))
  try {
    const stranger = await app.volunteer()
    const idOf = async (name: string) => (await d.getMyJobs({ name }))[0]?.job
    for (const name of ['map', '6 * 7', 'run']) {
      await expect.poll(() => idOf(name), { interval: 5 }).toBeDefined()
      await tried(stranger, (await idOf(name))!)
    }
    const [mapped, evaluated, ran] = await Promise.all(commands)
    const [mapId, evalId, runId] = await Promise.all(['map', '6 * 7', 'run'].map(idOf))
    expect([mapped, evaluated]).toMatchObject([isPause(mapId!), isPause(evalId!)])
    expect([ran, said]).toEqual([1, expect.stringContaining(pauseOf(runId!, 'run'))])
    await expect(showJob({ ...given, id: mapId!, watch: true })).rejects.toThrow(pauseOf(mapId!, 'map'))
    expect(await showJob({ ...given, id: mapId!, watch: false })).toBe(0)
  } finally {
    process.argv = argv
    rmSync(home, { recursive: true, force: true })
  }
})

/** The sum of the squares of 1 to 3, of which nothing is right as long as `isStubborn`. */
class Stubborn extends DistributedFunction<number, number, number> {
  override result = 0
  isStubborn = true
  calls = 0
  #next = 0
  protected readonly work = square

  protected override nextJob() {
    this.#next += 1
    return this.#next > 3 ? undefined : { key: String(this.#next), input: this.#next }
  }

  protected override processResult({ output }: ProcessedUnit<number, number>): Processed {
    this.calls += 1
    if (this.isStubborn) return reject('never')
    this.result += output!
    this.done = this.result === 14
    return undefined
  }
}

test('J64 a function that rejects everything is told that its job is paused, and is not given again what it rejected until somebody resumes it', async () => {
  trial = PASSED
  const [first, second] = [await app.volunteer(), await app.volunteer()]
  const stubborn = new Stubborn(d, { name: 'stubborn', redundancy: 'none' })
  const waiting = expect(stubborn.wait()).rejects.toMatchObject({
    name: 'JobPaused',
    reason: expect.stringMatching(/^verify-contradicted:/),
  })
  let given = 0
  await expect.poll(async () => (given += await give(first)), { interval: 5 }).toBe(3)
  await expect.poll(() => stubborn.calls, { interval: 5 }).toBe(3)
  await expect.poll(() => give(second, squareOf, 1), { interval: 5 }).toBe(1)
  await waiting
  const snapshot = async () => (await d.job(stubborn.id!)).status
  // The sweep lets all of it count again; whatever the client did about that, it has done when it has answered twice.
  for (let i = 0; i < 2; i++) {
    await app.app.sweeper.runOnce()
    await expect.poll(async () => (await snapshot()).units.accepted, { interval: 5 }).toBe(3)
    await expect(stubborn.wait()).rejects.toBeInstanceOf(JobPaused)
  }
  const { events } = await snapshot()
  await app.app.sweeper.runOnce()
  expect([(await snapshot()).events, stubborn.calls, stubborn.outstandingJobs.length]).toEqual([events, 3, 3])
  stubborn.isStubborn = false
  const sum = stubborn.wait({ timeout: 0 })
  await expect(sum).rejects.toThrow('stubborn is not done after 0 s; it is paused: verify-contradicted')
  await (await d.job(stubborn.id!)).resume()
  expect(await stubborn.wait()).toBe(14)
  expect(stubborn.calls).toBe(6)
})
