import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import type { JobSnapshot, LeasedUnit } from '../../sdk/protocol.ts'
import { asks, type Researcher, result, TestApp, units, type Volunteer } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

const VERIFY = 'export const work = ([, output]) => output > 7\n'

let app: TestApp
let researcher: Researcher
let ahead = 0
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ clock: () => Date.now() + ahead })
  researcher = await app.researcher()
})
afterEach(() => app.close())

const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
const take = async (volunteer: Volunteer, most = 1000): Promise<readonly LeasedUnit[]> =>
  (await volunteer.ask('return', { results: [], next: { ...asks, most } })).next!.leases
const give = (volunteer: Volunteer, leases: readonly LeasedUnit[], what: unknown = 7) =>
  volunteer.ask('return', { results: leases.map((lease) => result(lease, what)) })
/** Computes all it is given, until it is given nothing; how many units that were. */
async function compute(volunteer: Volunteer, what: unknown = 7): Promise<number> {
  for (let given = 0; ; ) {
    const leases = await take(volunteer)
    if (leases.length === 0) return given
    await give(volunteer, leases, what)
    given += leases.length
  }
}
/** It waits for a unit until something comes. */
const park = async (volunteer: Volunteer): Promise<void> => {
  void volunteer.say('lease', asks).catch(() => {})
  await expect.poll(async () => (await app.get('/api/v1/status')).body.parkedRequests).toBeGreaterThan(0)
}
/** Looks until this is what the job waits for. */
const waits = async (job: string, devices: { readonly needed: number; readonly present: number } | undefined): Promise<void> => {
  const look = async () => {
    app.timers.advance(1000)
    return (await snapshotOf(job)).waiting
  }
  await expect.poll(look, { timeout: 10_000 }).toEqual(devices && { reason: 'needs-more-devices', ...devices })
}
const voided = (count: number) =>
  expect.poll(() => app.rows("SELECT count(*) AS n FROM Lease WHERE state = 'voided'"), { timeout: 15_000 }).toEqual([{ n: count }])
const submit = (count: number, change: object = { verify: VERIFY }) => app.submit(researcher, count, change)

describe('Q10 who is here may have no unit any more', () => {
  test('Q10 what they said was refused by `verify`: one more is needed, until it is here', async () => {
    const liar = await app.volunteer()
    const job = await submit(3)
    expect(await compute(liar)).toBe(3)
    await voided(3)
    await park(liar)
    await waits(job, { needed: 2, present: 1 })
    const honest = await app.volunteer()
    await waits(job, undefined)
    expect(await compute(honest, 8)).toBe(3)
    await expect.poll(async () => (await snapshotOf(job)).state, { timeout: 15_000 }).toBe('finished')
    expect((await snapshotOf(job)).waiting).toBeUndefined()
  })

  test('Q10 what they said was rejected: as many as decide a unit are needed besides', async () => {
    const devices = [await app.volunteer(), await app.volunteer()]
    const spec = jobSpec({ redundancy: { quorum: 2 } })
    const { job } = await researcher.ask('submit', { spec, code: CODE, units: units(2), inputsComplete: false })
    for (const device of devices) expect(await compute(device)).toBe(2)
    const { events } = await researcher.ask('events', { job, after: 0, limit: 10 })
    for (const { key, n } of events) await researcher.ask('reject', { job, key, event: n, reason: 'no' })
    await park(devices[0]!)
    await waits(job, { needed: 4, present: 2 })
    const others = [await app.volunteer(), await app.volunteer()]
    await waits(job, undefined)
    for (const device of others) expect(await compute(device, 8)).toBe(2)
    expect((await snapshotOf(job)).units).toMatchObject({ open: 0 })
  })

  test('Q10 of some units they said what was refused, and of others what waits for an opinion', async () => {
    const alone = await app.volunteer()
    const job = await submit(2)
    const [first, second] = await take(alone)
    await give(alone, [first!])
    const output = encodeOutputs([{ error: { name: 'Error', message: 'no' } }])
    await alone.ask('return', { results: [{ ...result(second!), output }] })
    await voided(1)
    await park(alone)
    await waits(job, { needed: 2, present: 1 })
  })

  test('Q10 while somebody computes a unit, or may have one that it failed at, nothing is said', async () => {
    const [one, two] = [await app.volunteer(), await app.volunteer()]
    const [computed, failed, refused] = [await submit(2), await submit(1), await submit(1)]
    const ofJob = (job: string, leases: readonly LeasedUnit[]) => leases.filter((lease) => lease.job === job)
    // Of the first one unit is refused to both, and the other to one of them while the other one computes it; at the second one of them has failed.
    const takeAll = async (device: Volunteer): Promise<LeasedUnit[]> => {
      const all: LeasedUnit[] = []
      for (let leases = await take(device); leases.length > 0; leases = await take(device)) all.push(...leases)
      return all
    }
    const first = await takeAll(one)
    expect(first).toHaveLength(4)
    await give(one, [...ofJob(computed, first), ...ofJob(refused, first)])
    const [failing] = ofJob(failed, first)
    await one.ask('return', { results: [{ lease: failing!.lease, errored: 'memory', message: 'too much', seconds: 0 }] })
    await voided(3)
    const second = await takeAll(two)
    expect(second).toHaveLength(4)
    const [kept, ...given] = ofJob(computed, second)
    await give(two, [...given, ...ofJob(failed, second), ...ofJob(refused, second)], 6)
    await voided(6)
    await park(one)
    await waits(refused, { needed: 3, present: 2 })
    expect([(await snapshotOf(computed)).waiting, (await snapshotOf(failed)).waiting]).toEqual([undefined, undefined])
    await give(two, [kept!], 6)
    await waits(computed, { needed: 3, present: 2 })
    expect((await snapshotOf(failed)).waiting).toBeUndefined()
    ahead += 6000
    expect(ofJob(failed, await take(one))).toHaveLength(1)
  })
})
