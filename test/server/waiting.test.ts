import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeasedUnit, Revocation } from '../../sdk/protocol.ts'
import type { Store } from '../../server/store/store.ts'
import { asks, result, TestApp, units, type Volunteer } from '../support/app.ts'
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

  test('V7 what a device asked for before it pauses goes to others, and what it asks for afterwards is given', async () => {
    await app.submit(await app.researcher(), 2, { redundancy: 'none' })
    const [tab, other] = [await app.volunteer({ kind: 'browser' }), await app.volunteer()]
    const asked = [tab.ask('lease', asks), tab.ask('return', { results: [], next: asks })] as const
    await tab.ask('release', { leases: [], pausing: true })
    expect((await asked[0]).leases).toEqual([])
    expect((await asked[1]).next?.leases).toEqual([])
    expect((await other.ask('lease', asks)).leases).toHaveLength(2)
    await app.submit(await app.researcher(), 1, { redundancy: 'none' })
    expect((await tab.ask('lease', asks)).leases).toHaveLength(1)
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
    const others = await Promise.all(Array.from({ length: 42 }, () => other.volunteer()))
    const { leases } = await volunteer.ask('lease', { ...asks, most: 1 })
    isShut = true
    // One message of each device: a second one would wait for the first.
    const flood = async (messages: number) => {
      const sent: Promise<unknown>[] = []
      for (const device of others.splice(0, messages)) {
        sent.push(device.ask('return', { results: Array.from({ length: 1000 }, () => result({ lease: hex(16) })) }))
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
