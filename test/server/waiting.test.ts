import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeasedUnit, Revocation } from '../../sdk/protocol.ts'
import type { Store } from '../../server/store/store.ts'
import { asks, result, TestApp, TOKEN, units, type Volunteer, value } from '../support/app.ts'
import { CODE, hex, jobSpec } from '../support/store-kit.ts'

let app: TestApp
let ahead = 0
const clock = () => Date.now() + ahead
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ clock })
})
afterEach(() => app.close())

const status = async () => (await app.get('/api/v1/status')).body as { parkedRequests: number; devicesConnected: number }
const parked = async (count: number) => expect.poll(async () => (await status()).parkedRequests).toBe(count)
const sweep = () => app.app.sweeper.runOnce()
const leasesOf = async (volunteer: Volunteer, change: Partial<typeof asks> = {}) =>
  (await volunteer.ask('lease', { ...asks, ...change })).leases
const snapshotOf = async (job: string) =>
  (await app.get(`/api/v1/jobs/${job}`)).body as { state: string; reason?: string; units: Record<string, number> }
const giveBack = (volunteer: Volunteer, leases: readonly LeasedUnit[], what: unknown = 'done') =>
  volunteer.ask('return', { results: leases.map((lease) => result(lease, what)) })

describe('V4 parked requests', () => {
  test('V4 a request that finds nothing waits, and new units wake it', async () => {
    const volunteer = await app.volunteer()
    const asking = volunteer.ask('lease', asks)
    await parked(1)
    const job = await app.submit(await app.researcher(), 1)
    expect((await asking).leases.map((lease) => lease.job)).toEqual([job])
    await parked(0)
  })

  test.each([
    ['no-jobs', async () => {}],
    [
      'waiting-for-other-volunteers',
      async (volunteer: Volunteer) => {
        await app.submit(await app.researcher(), 1)
        await giveBack(volunteer, await leasesOf(volunteer))
      },
    ],
  ] as const)('V4 after its time it is answered: %s', async (reason, before) => {
    const volunteer = await app.volunteer()
    await before(volunteer)
    const asking = volunteer.ask('lease', asks)
    await parked(1)
    app.timers.advance(20_000)
    expect(await asking).toEqual({ leases: [], jobs: [], reason })
  })

  test('V4 a socket parks one request: the second ends the first', async () => {
    const volunteer = await app.volunteer()
    const first = volunteer.ask('lease', asks)
    await parked(1)
    const second = volunteer.ask('lease', asks)
    expect(await first).toMatchObject({ leases: [], reason: 'no-open-units' })
    await parked(1)
    await app.submit(await app.researcher(), 1)
    expect((await second).leases).toHaveLength(1)
  })

  test('V4 who holds enough is told at once', async () => {
    await app.submit(await app.researcher(), 5)
    expect(await (await app.volunteer()).ask('lease', { ...asks, held: 500 })).toMatchObject({ leases: [], reason: 'holds-enough' })
  })

  test('V4 a request that comes with results is never parked', async () => {
    expect(await (await app.volunteer()).ask('return', { results: [], next: asks })).toEqual({
      outcomes: [],
      next: { leases: [], jobs: [], reason: 'no-jobs' },
    })
  })

  test('V4 more units wake more askers, and each gets its own', async () => {
    const volunteers = await Promise.all([1, 2, 3, 4, 5].map(() => app.volunteer()))
    const asking = volunteers.map((volunteer) => volunteer.ask('lease', { ...asks, most: 1 }))
    await parked(5)
    await app.submit(await app.researcher(), 5, { redundancy: 'none' })
    const leases = (await Promise.all(asking)).flatMap((answer) => answer.leases)
    expect(new Set(leases.map(({ lease }) => lease)).size).toBe(5)
  })

  test('V4 a paused job gives nothing, and its parked askers are served when it goes on', async () => {
    const researcher = await app.researcher()
    const job = await app.submit(researcher, 1)
    await researcher.ask('control', { job, action: 'pause' })
    const volunteer = await app.volunteer()
    const asking = volunteer.ask('lease', asks)
    await parked(1)
    await researcher.ask('control', { job, action: 'resume' })
    await sweep()
    expect((await asking).leases).toHaveLength(1)
  })

  test('V4 a server that stops answers those that wait', async () => {
    const other = await TestApp.start()
    const volunteer = await other.volunteer()
    const asking = volunteer.ask('lease', asks)
    await expect.poll(async () => (await other.get('/api/v1/status')).body.parkedRequests).toBe(1)
    await other.app.close()
    expect(await asking).toMatchObject({ leases: [], reason: 'server-stopping' })
    await other.store.close()
  })
})

describe('V7 coming and going', () => {
  test('V7 hello releases what the device does not hold, and confirms what it does', async () => {
    const job = await app.submit(await app.researcher(), 2, { redundancy: 'none' })
    const volunteer = await app.volunteer()
    const [kept, lost] = await leasesOf(volunteer)
    volunteer.close()
    const back = await app.volunteer({ device: volunteer.welcome.device, held: [kept!.lease, hex(16)] })
    expect(back.welcome.held).toEqual([kept!.lease])
    const other = await app.volunteer()
    expect(await leasesOf(other)).toHaveLength(1)
    expect((await giveBack(back, [kept!, lost!])).outcomes).toEqual(['recorded', 'late'])
    expect((await snapshotOf(job)).units).toMatchObject({ open: 0, accepted: 2 })
  })

  test('V7 a device that goes away keeps its leases for the grace, then others get them; its late result still counts', async () => {
    const job = await app.submit(await app.researcher(), 1)
    const [gone, other, third] = [await app.volunteer(), await app.volunteer(), await app.volunteer()]
    const leases = await leasesOf(gone)
    await giveBack(other, await leasesOf(other))
    gone.close()
    await expect.poll(async () => (await status()).devicesConnected).toBe(2)
    app.timers.advance(9_000)
    expect((await third.ask('return', { results: [], next: asks })).next).toMatchObject({ leases: [] })
    app.timers.advance(2_000)
    await expect.poll(async () => (await third.ask('return', { results: [], next: asks })).next?.leases.length).toBe(1)
    const back = await app.volunteer({ device: gone.welcome.device, held: leases.map(({ lease }) => lease) })
    expect(back.welcome.held).toEqual([])
    expect((await giveBack(back, leases)).outcomes).toEqual(['late'])
    expect((await snapshotOf(job)).units).toMatchObject({ sealed: 1 })
  })

  test('V7 a tab that is closed loses its leases at once, and a lease says for whom and what it is', async () => {
    await app.submit(await app.researcher(), 1, { redundancy: 'none', purpose: 'to see it move' })
    const tab = await app.volunteer({ kind: 'browser' })
    expect(await tab.ask('lease', asks)).toMatchObject({ leases: [{}], jobs: [{ purpose: 'to see it move', owner: 'owner' }] })
    const waiting = (await app.volunteer()).ask('lease', asks)
    await parked(1)
    const { transport } = tab.socket.io.engine as unknown as { transport: { ws: { close(code: number): void } } }
    transport.ws.close(1001)
    await expect.poll(async () => (await status()).devicesConnected).toBe(1)
    app.timers.advance(0)
    expect((await waiting).leases).toHaveLength(1)
  })

  test('V7 a device that comes back within the grace keeps its leases', async () => {
    await app.submit(await app.researcher(), 1)
    const volunteer = await app.volunteer()
    const leases = await leasesOf(volunteer)
    volunteer.close()
    await expect.poll(async () => (await status()).devicesConnected).toBe(0)
    const back = await app.volunteer({ device: volunteer.welcome.device, held: leases.map(({ lease }) => lease) })
    app.timers.advance(60_000)
    await sweep()
    expect((await giveBack(back, leases)).outcomes).toEqual(['recorded'])
  })

  test('V7 a request of a device that is gone leases nothing when units come', async () => {
    const gone = await app.volunteer()
    gone.socket.emit('lease', asks)
    await parked(1)
    gone.close()
    await expect.poll(async () => (await status()).devicesConnected).toBe(0)
    const job = await app.submit(await app.researcher(), 1, { redundancy: 'none' })
    await parked(0)
    expect(await snapshotOf(job)).toMatchObject({ leases: 0 })
    expect(await leasesOf(await app.volunteer())).toHaveLength(1)
  })

  test('V7 silence ends with the deadline, and the unit goes to another', async () => {
    const job = await app.submit(await app.researcher(), 1, { redundancy: 'none' })
    const [silent, other] = [await app.volunteer(), await app.volunteer()]
    const leases = await leasesOf(silent)
    const asking = other.ask('lease', asks)
    await parked(1)
    ahead += leases[0]!.deadlineMs + 1
    await sweep()
    await giveBack(other, (await asking).leases)
    expect((await snapshotOf(job)).state).toBe('finished')
    expect((await giveBack(silent, leases)).outcomes).toEqual(['late'])
  })

  test('V7 a cancelled job is revoked where it is computed', async () => {
    const researcher = await app.researcher()
    const job = await app.submit(researcher, 3, { redundancy: 'none' })
    const volunteer = await app.volunteer()
    const revoked = new Promise<Revocation>((resolve) => volunteer.socket.once('revoke', resolve))
    const leases = await leasesOf(volunteer, { most: 2 })
    expect(await researcher.ask('control', { job, action: 'cancel' })).toMatchObject({ state: 'cancelled' })
    await sweep()
    expect(await revoked).toEqual({ leases: expect.arrayContaining(leases.map(({ lease }) => lease)), reason: 'cancelled' })
    expect((await snapshotOf(job)).units).toMatchObject({ open: 0, cancelled: 3 })
  })
})

describe('V8 overload', () => {
  test('V8 a full disk refuses submissions and says when to come again; results are recorded', async () => {
    let free = 1
    const other = await TestApp.start({ freeDisk: () => free })
    const researcher = await other.researcher()
    const job = await other.submit(researcher, 2, { redundancy: 'none' })
    const volunteer = await other.volunteer()
    const { leases } = await volunteer.ask('lease', asks)
    free = 0.04
    const add = { job, units: units(1, 2), inputsComplete: false }
    const submission = { spec: jobSpec(), code: CODE, units: units(1), inputsComplete: true }
    for (const answer of [await researcher.say('submit', submission), await researcher.say('add', add)]) {
      expect(answer.error).toMatchObject({ code: 'storage-full', retryAfterMs: expect.any(Number) })
    }
    expect((await volunteer.ask('return', { results: leases.map((lease) => result(lease)) })).outcomes).toEqual(['recorded', 'recorded'])
    free = 0.06
    expect((await researcher.say('submit', submission)).error).toBeUndefined()
    await other.close()
  })

  test('V8 when too much waits submissions are refused first, then leases, results never', async () => {
    const gate = Promise.withResolvers<void>()
    let isShut = false
    const wrap = (store: Store) =>
      new Proxy(store, {
        get: (target, name) => {
          if (name === 'transact')
            return async (...steps: Parameters<Store['transact']>) =>
              isShut ? gate.promise.then(() => target.transact(...steps)) : target.transact(...steps)
          const member = Reflect.get(target, name, target)
          return typeof member === 'function' ? member.bind(target) : member
        },
      })
    const other = await TestApp.start({ wrap })
    const researcher = await other.researcher()
    await other.submit(researcher, 3, { redundancy: 'none' })
    const [volunteer, second] = [await other.volunteer(), await other.volunteer()]
    const { leases } = await volunteer.ask('lease', { ...asks, most: 1 })
    isShut = true
    const flood = async (messages: number) => {
      const sent: Promise<unknown>[] = []
      for (let i = 0; i < messages; i++) {
        sent.push(volunteer.ask('return', { results: Array.from({ length: 1000 }, () => result({ lease: hex(16) })) }))
      }
      return sent
    }
    const waiting = async (count: number) =>
      expect.poll(async () => Number((await other.get('/api/v1/status')).body.callsWaiting), { timeout: 30_000 }).toBeGreaterThan(count)
    const first = await flood(22)
    await waiting(20_000)
    const submission = { spec: jobSpec(), code: CODE, units: units(1), inputsComplete: true }
    expect((await researcher.say('submit', submission)).error).toMatchObject({ code: 'server-busy', retryAfterMs: 1000 })
    const later = await flood(20)
    await waiting(40_000)
    expect((await second.ask('return', { results: [], next: asks })).next).toMatchObject({ leases: [], reason: 'busy' })
    const returned = volunteer.ask('return', { results: leases.map((lease) => result(lease)) })
    gate.resolve()
    expect((await returned).outcomes).toEqual(['recorded'])
    await Promise.all([...first, ...later])
    expect((await researcher.say('submit', submission)).error).toBeUndefined()
    await other.close()
  })

  test('V8 a database that cannot write refuses by name, says nothing of the inside, and goes on when it can', async () => {
    const job = await app.submit(await app.researcher(), 1, { redundancy: 'none' })
    const volunteer = await app.volunteer()
    const leases = await leasesOf(volunteer)
    const broken = await TestApp.start({
      wrap: (store) =>
        new Proxy(store, {
          get: (target, name) => {
            if (name === 'transact')
              return () => Promise.reject(Object.assign(new Error('disk I/O error at /secret/path'), { code: 'SQLITE_IOERR_WRITE' }))
            const member = Reflect.get(target, name, target)
            return typeof member === 'function' ? member.bind(target) : member
          },
        }),
    })
    const researcher = await broken.researcher()
    const { error } = await researcher.say('submit', { spec: jobSpec(), code: CODE, units: units(1), inputsComplete: true })
    expect(error).toMatchObject({ code: 'storage-failed', retryAfterMs: 2000 })
    expect(error?.message).not.toContain('secret')
    expect(broken.errors.join()).toContain('/secret/path')
    const other = await broken.volunteer()
    const { outcomes } = await other.ask('return', { results: [result(leases[0]!)] })
    expect(outcomes).toMatchObject([{ code: 'storage-failed', retryAfterMs: 2000 }])
    await broken.close()
    expect((await giveBack(volunteer, leases)).outcomes).toEqual(['recorded'])
    expect((await snapshotOf(job)).state).toBe('finished')
  })
})

describe('V9 non-deterministic functions', () => {
  test('V9 the third unit with three different answers pauses the job with the reason', async () => {
    const researcher = await app.researcher()
    const job = await app.submit(researcher, 4)
    const volunteers = [await app.volunteer(), await app.volunteer(), await app.volunteer()]
    for (const [i, volunteer] of volunteers.entries()) {
      const leases = await leasesOf(volunteer, { threads: 2 })
      await giveBack(volunteer, leases, Math.PI * i)
    }
    await expect.poll(async () => (await snapshotOf(job)).state).toBe('paused')
    expect((await snapshotOf(job)).reason).toMatch(/^non-deterministic: \d units got three or more different answers$/)
    expect((await (await app.volunteer()).ask('return', { results: [], next: asks })).next).toMatchObject({ leases: [] })
    await researcher.ask('control', { job, action: 'resume' })
    expect((await snapshotOf(job)).state).toBe('running')
  })
})

describe('V10 a cluster of one or two', () => {
  /** Answers every lease as `answer` says until the job has ended; time passes when there is nothing to do. */
  async function work(
    job: string,
    volunteers: Volunteer[],
    answer: (volunteer: Volunteer, lease: LeasedUnit) => Promise<unknown>,
  ): Promise<string> {
    for (let round = 0; round < 200; round++) {
      const { state } = await snapshotOf(job)
      if (state !== 'running') return state
      for (const volunteer of volunteers) {
        const { next } = await volunteer.ask('return', { results: [], next: asks })
        for (const lease of next?.leases ?? []) await answer(volunteer, lease)
      }
      ahead += 6_000
      app.timers.advance(6_000)
      await sweep()
    }
    return 'never'
  }
  const crash = (volunteer: Volunteer, { lease }: LeasedUnit) =>
    volunteer.ask('return', { results: [{ lease, errored: 'crashed', message: 'the child died', seconds: 1 }] })
  const throws = (volunteer: Volunteer, { lease }: LeasedUnit) => {
    const error = Buffer.from('81a1656572726f72a2646e616d65654572726f72676d65737361676564626f6f6d', 'hex')
    return volunteer.ask('return', { results: [{ lease, output: error, seconds: 1, stack: 'at work' }] })
  }

  test.each([1, 2])('V10 with %i own devices a function that throws ends with failed inputs', async (count) => {
    const job = await app.submit(await app.researcher(), 3, { ownDevices: true })
    const volunteers: Volunteer[] = []
    for (let i = 0; i < count; i++) volunteers.push(await app.volunteer({ token: TOKEN }))
    expect(await work(job, volunteers, throws)).toBe('finished')
    expect(await snapshotOf(job)).toMatchObject({ failedInputs: 3, units: { sealed: 3 } })
  })

  test.each([1, 2])('V10 with %i devices a unit that always crashes fails after three', async (count) => {
    const job = await app.submit(await app.researcher(), 2, { redundancy: 'none' })
    const volunteers: Volunteer[] = []
    for (let i = 0; i < count; i++) volunteers.push(await app.volunteer())
    expect(await work(job, volunteers, crash)).toBe('finished')
    expect(await snapshotOf(job)).toMatchObject({ failedInputs: 2, units: { failed: 2 } })
  })

  test.each([1, 2])('V10 with %i devices, one of which is lost and comes back, the job ends', async (count) => {
    const job = await app.submit(await app.researcher(), 4, { redundancy: 'none' })
    const volunteers: Volunteer[] = []
    for (let i = 0; i < count; i++) volunteers.push(await app.volunteer())
    await leasesOf(volunteers[0]!)
    volunteers[0]!.close()
    await expect.poll(async () => (await status()).devicesConnected).toBe(count - 1)
    app.timers.advance(11_000)
    volunteers[0] = await app.volunteer({ device: volunteers[0]!.welcome.device })
    expect(await work(job, volunteers, (volunteer, lease) => giveBack(volunteer, [lease]))).toBe('finished')
  })

  test('V10 with two devices and one that never answers, the job ends', async () => {
    const job = await app.submit(await app.researcher(), 4, { redundancy: 'none' })
    const [silent, good] = [await app.volunteer(), await app.volunteer()]
    await leasesOf(silent)
    expect(await work(job, [good], (volunteer, lease) => giveBack(volunteer, [lease]))).toBe('finished')
  })

  test('V10 a job that stops on error leaves nothing open', async () => {
    const job = await app.submit(await app.researcher(), 6, { onError: 'stop', redundancy: 'none' })
    const volunteer = await app.volunteer()
    const [first] = await leasesOf(volunteer, { most: 2 })
    await throws(volunteer, first!)
    await sweep()
    expect(await snapshotOf(job)).toMatchObject({ state: 'failed', units: { open: 0, accepted: 1, cancelled: 5 } })
  })

  test('V10 the output of a thrown error is what the code says it is', () => {
    expect(Buffer.from(value('x')).toString('hex')).toBe('81a16576616c75656178')
  })
})
