import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hint, JobSnapshot, LeaseAnswer, Revocation, VolunteerMessages } from '../../sdk/protocol.ts'
import { addressRange, Networks } from '../../server/networks.ts'
import { asks, Client, helloOf, type Researcher, result, TestApp, units } from '../support/app.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

const TARGET = { redundancy: { targetError: 1e-2 } }
const networks = new Networks([addressRange('127.0.0.1')])
let app: TestApp
let ahead = 0
beforeEach(async () => {
  ahead = 0
  app = await TestApp.start({ networks, clock: () => Date.now() + ahead })
})
afterEach(() => app.close())

type Device = Client<VolunteerMessages>
const volunteers = async (count: number, engine = 'v8-140'): Promise<Device[]> => {
  const made: Device[] = []
  for (let i = 0; i < count; i++) made.push(await app.volunteer({ engine }))
  return made
}
/** A device whose proxy says that it comes from this address. */
const behind = async (address: string, engine = 'v8-140'): Promise<Device> => {
  const socket = await app.connect('/volunteer', {}, { 'x-forwarded-for': address })
  const client = new Client<VolunteerMessages>(socket)
  await client.ask('hello', helloOf({ engine }))
  return client
}
/** What a request is answered with at once; `next` is not parked. */
const ask = async (device: Device, most = 1000): Promise<LeaseAnswer> =>
  (await device.ask('return', { results: [], next: { ...asks, most } })).next!
const submit = async (researcher: Researcher, count: number, change: object = TARGET): Promise<JobSnapshot> =>
  researcher.ask('submit', { spec: jobSpec(change), code: CODE, units: units(count), inputsComplete: true })
const snapshotOf = async (job: string) => (await app.get(`/api/v1/jobs/${job}`)).body as unknown as JobSnapshot
/** All devices compute whatever they are given until nobody is given anything. */
async function computeAll(devices: readonly Device[]): Promise<number> {
  for (let given = 0; ; ) {
    const answers = await Promise.all(devices.map((device) => ask(device, 2)))
    const count = answers.reduce((sum, { leases }) => sum + leases.length, 0)
    if (count === 0) return given
    given += count
    await Promise.all(devices.map((device, i) => device.ask('return', { results: answers[i]!.leases.map((lease) => result(lease)) })))
  }
}

describe('Q10 few volunteers and no own device', () => {
  test.each([1, 2, 3])('Q10 %i volunteers: the owner and they are told that four are needed, and no copy is given', async (count) => {
    const devices = await volunteers(count)
    const { job, waiting } = await submit(await app.researcher(), 3)
    expect(waiting).toEqual({ reason: 'needs-more-devices', needed: 4, present: count })
    for (const device of devices)
      expect(await ask(device)).toEqual({ leases: [], jobs: [], reason: 'needs-more-devices', devices: { needed: 4, present: count } })
    expect(await snapshotOf(job)).toMatchObject({ leases: 0, waiting: { needed: 4, present: count } })
  })

  test('Q10 a device whose last requests are heard after it has gone is not present', async () => {
    const devices = await volunteers(2)
    const leaving = (await volunteers(1))[0]!
    const gone = new Promise((resolve) => leaving.socket.once('disconnect', resolve))
    // One after the other, each behind a transaction: most of them are heard when its socket is gone.
    for (let i = 0; i < 20; i++) leaving.socket.emit('return', { results: [result({ lease: `${i}`.padStart(32, '0') })], next: asks })
    leaving.close()
    await gone
    await expect.poll(async () => (await app.get('/api/v1/status')).body).toMatchObject({ devicesConnected: 2 })
    for (const device of devices) await ask(device)
    const { waiting } = await submit(await app.researcher(), 3)
    expect(waiting).toEqual({ reason: 'needs-more-devices', needed: 4, present: 2 })
  })

  test('Q10 four volunteers end the job', async () => {
    const devices = await volunteers(4)
    const { job, waiting } = await submit(await app.researcher(), 3)
    expect(waiting).toBeUndefined()
    expect(await computeAll(devices)).toBe(12)
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', units: { sealed: 3 } })
  })

  test('Q10 who leaves is missed within a second, and the last votes are taken of whoever is left', async () => {
    const researcher = await app.researcher()
    const devices = await volunteers(4)
    const { job } = await submit(researcher, 2)
    const hints: Hint[] = []
    researcher.socket.on('hint', (hint: Hint) => hints.push(hint))
    for (const device of devices.slice(0, 3)) {
      const { leases } = await ask(device, 1)
      expect(leases).toHaveLength(1)
      await device.ask('return', { results: leases.map((lease) => result(lease)) })
    }
    for (const device of devices.slice(0, 3)) device.close()
    await expect.poll(async () => (await app.get('/api/v1/status')).body.devicesConnected).toBe(1)
    hints.length = 0
    app.timers.advance(1000)
    await expect.poll(() => hints.map((hint) => hint.job)).toContain(job)
    expect((await researcher.ask('events', { job, after: 0, limit: 1 })).snapshot.waiting).toEqual({
      ...{ reason: 'needs-more-devices', needed: 4, present: 1 },
    })
    const { leases } = await ask(devices[3]!)
    expect(leases).toHaveLength(1)
    await devices[3]!.ask('return', { results: leases.map((lease) => result(lease)) })
    expect(await snapshotOf(job)).toMatchObject({ leases: 4, units: { open: 1, sealed: 1 }, waiting: { present: 1 } })
    expect(await ask(devices[3]!)).toMatchObject({ leases: [], reason: 'needs-more-devices' })
  })

  test('Q10 when all who are here have answered and do not agree, as many more are asked for as decide it', async () => {
    const devices = await volunteers(4)
    const { job } = await submit(await app.researcher(), 1)
    for (const [i, device] of devices.entries()) {
      const { leases } = await ask(device, 1)
      await device.ask('return', { results: leases.map((lease) => result(lease, i === 3 ? 'another' : undefined)) })
    }
    void devices[0]!.say('lease', asks).catch(() => {})
    await expect
      .poll(async () => {
        app.timers.advance(1000)
        return (await snapshotOf(job)).waiting
      })
      .toEqual({ reason: 'needs-more-devices', needed: 6, present: 4 })
    expect(await computeAll(await volunteers(2))).toBe(2)
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', units: { sealed: 1 } })
  })

  test('Q10 of a fixed quorum as many are asked for as are missing', async () => {
    const [device] = (await volunteers(1)) as [Device]
    const { job } = await submit(await app.researcher(), 1, { redundancy: { quorum: 3 } })
    expect(await computeAll([device])).toBe(1)
    void device.say('lease', asks).catch(() => {})
    await expect
      .poll(async () => {
        app.timers.advance(1000)
        return (await snapshotOf(job)).waiting
      })
      .toEqual({ reason: 'needs-more-devices', needed: 3, present: 1 })
    expect(await computeAll(await volunteers(2))).toBe(2)
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', units: { sealed: 1 } })
  })

  test('Q10 an own device is enough', async () => {
    const { waiting, job } = await submit(await app.researcher(), 2, { ...TARGET, ownDevices: true })
    expect(waiting).toEqual({ reason: 'needs-more-devices', needed: 4, present: 0 })
    const own = await app.ownVolunteer()
    expect(await computeAll([own])).toBe(2)
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', units: { sealed: 2 } })
  })
})

describe('Q7 thirty devices behind one public address', () => {
  test('Q7 Q10 while another network may come back they are one, after a minute they end the job, which is not sealed', async () => {
    const devices = await Promise.all(Array.from({ length: 30 }, (_, i) => behind(`203.0.113.${i + 1}`)))
    const { job, waiting } = await submit(await app.researcher(), 2)
    expect(waiting).toEqual({ reason: 'needs-more-devices', needed: 4, present: 1 })
    expect(await ask(devices[0]!)).toMatchObject({ leases: [], reason: 'needs-more-devices', devices: { needed: 4, present: 1 } })
    app.timers.advance(60_000)
    expect(await computeAll(devices)).toBeGreaterThanOrEqual(8)
    expect(await snapshotOf(job)).toMatchObject({ units: { open: 0, accepted: 2, sealed: 0 } })
  })

  test('Q7 a stranger of another network that asks for nothing holds them up for a minute, and counts when it asks', async () => {
    app.timers.advance(60_000)
    const room = [await behind('203.0.113.1'), await behind('203.0.113.2')]
    const stranger = await behind('198.51.100.1')
    await submit(await app.researcher(), 4, { redundancy: { quorum: 2 } })
    expect(await computeAll(room)).toBe(4)
    expect(await ask(room[1]!)).toMatchObject({ leases: [], reason: 'waiting-for-other-volunteers' })
    app.timers.advance(60_000)
    expect(await computeAll(room)).toBe(4)
    await ask(stranger)
    app.timers.advance(120_000)
    await submit(await app.researcher(), 1, { redundancy: { quorum: 2 } })
    expect(await computeAll([room[0]!])).toBe(1)
    expect(await ask(room[1]!)).toMatchObject({ leases: [], reason: 'waiting-for-other-volunteers' })
  })

  test('Q7 who comes back with what it computes has asked for it', async () => {
    app.timers.advance(60_000)
    const [one, two] = [await behind('203.0.113.1'), await behind('203.0.113.2')]
    await submit(await app.researcher(), 2, { redundancy: { quorum: 2 } })
    const headers = { 'x-forwarded-for': '198.51.100.1' }
    const before = new Client<VolunteerMessages>(await app.connect('/volunteer', {}, headers))
    const { device } = await before.ask('hello', helloOf())
    const held = (await ask(before, 1)).leases.map(({ lease }) => lease)
    before.close()
    await expect.poll(async () => (await app.get('/api/v1/status')).body.devicesConnected).toBe(2)
    const after = new Client<VolunteerMessages>(await app.connect('/volunteer', {}, headers))
    expect((await after.ask('hello', helloOf({ device, held }))).held).toEqual(held)
    app.timers.advance(61_000)
    const { leases } = await ask(one)
    await one.ask('return', { results: leases.map((lease) => result(lease)) })
    expect(await ask(two)).toMatchObject({ leases: [], reason: 'waiting-for-other-volunteers' })
  })

  test('Q6 Q7 nobody waits for another network whose engine the job does not take, not after an error either', async () => {
    app.timers.advance(60_000)
    const room = [await behind('203.0.113.1'), await behind('203.0.113.2')] as const
    const stranger = await behind('198.51.100.1', 'spidermonkey-128')
    const { job } = await submit(await app.researcher(), 1, { redundancy: { quorum: 2 }, sameEngine: true })
    const [failed] = (await ask(room[0])).leases
    await room[0].ask('return', { results: [{ lease: failed!.lease, errored: 'memory', message: 'too much', seconds: 0 }] })
    expect(await ask(stranger)).toMatchObject({ leases: [], reason: 'other-engine' })
    expect(await computeAll([room[1]])).toBe(1)
    ahead += 6000
    expect(await computeAll([room[0]])).toBe(1)
    expect(await snapshotOf(job)).toMatchObject({ units: { open: 0, accepted: 1, sealed: 0 } })
  })

  test('Q7 a device of another network is given the second copy, and the header of a stranger is not read', async () => {
    app.timers.advance(60_000)
    const [one, two] = [await behind('203.0.113.1'), await behind('203.0.113.2')]
    const three = await behind('198.51.100.1')
    await submit(await app.researcher(), 1, { redundancy: { quorum: 2 } })
    expect((await ask(one)).leases).toHaveLength(1)
    expect(await ask(two)).toMatchObject({ leases: [], reason: 'waiting-for-other-volunteers' })
    expect((await ask(three)).leases).toHaveLength(1)
  })
})

describe('L5 sizes', () => {
  test('L5 a device that was slow gets fewer units than one that was not', async () => {
    const [quick, slow] = [await app.volunteer(), await app.volunteer()]
    await submit(await app.researcher(), 1000, { redundancy: 'none' })
    const take = async (device: Device, seconds: number) => {
      const { leases } = await ask(device, 2)
      ahead += 1000 * seconds
      await device.ask('return', { results: leases.map((lease) => ({ ...result(lease), seconds })) })
    }
    await take(quick, 0.1)
    await take(slow, 0.4)
    const again = await app.volunteer({ device: slow.welcome.device })
    expect([(await ask(quick)).leases.length, (await ask(again)).leases.length]).toEqual([20, 5])
  })
})

describe('Q2 one engine class for a job', () => {
  test('Q2 Q10 devices of other classes are not counted', async () => {
    await volunteers(3)
    await volunteers(1, 'spidermonkey-128')
    const { waiting } = await submit(await app.researcher(), 1, { ...TARGET, sameEngine: true })
    expect(waiting).toEqual({ reason: 'needs-more-devices', needed: 4, present: 3 })
  })

  test('Q2 the first device that is given a unit pins its class, and others are told which it is', async () => {
    const [chromium, firefox] = [...(await volunteers(1)), ...(await volunteers(1, 'spidermonkey-128'))] as [Device, Device]
    await submit(await app.researcher(), 4, { redundancy: { quorum: 2 }, sameEngine: true })
    expect((await ask(firefox, 1)).leases).toHaveLength(1)
    expect(await ask(chromium)).toEqual({ leases: [], jobs: [], reason: 'other-engine', engineClass: 'spidermonkey-128' })
    const [another] = (await volunteers(1, 'spidermonkey-128.5')) as [Device]
    expect((await ask(another, 4)).leases).toHaveLength(2)
  })
})

describe('Q2 the class that can', () => {
  test('Q2 of a fixed quorum a class that cannot give it does not pin the job while another can', async () => {
    const [firefox] = (await volunteers(1, 'spidermonkey-128')) as [Device]
    const chromium = (await volunteers(2)) as [Device, Device]
    const { job } = await submit(await app.researcher(), 2, { redundancy: { quorum: 2 }, sameEngine: true })
    expect(await ask(firefox)).toMatchObject({ leases: [], reason: 'waiting-for-other-volunteers' })
    expect(await computeAll(chromium)).toBe(4)
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', engineClass: 'v8-140' })
  })
})

describe('Q16 the last units', () => {
  test('Q16 an idle own device gets a copy of what somebody is slow with, whose own is taken back when it is decided', async () => {
    const [slow] = (await volunteers(1)) as [Device]
    const own = await app.ownVolunteer()
    const { job } = await submit(await app.researcher(), 2, { redundancy: 'none', ownDevices: true })
    const { leases } = await ask(slow, 2)
    await slow.ask('return', { results: [result(leases[0]!)] })
    expect(await ask(own)).toMatchObject({ leases: [], reason: 'no-open-units' })
    ahead += 6000
    const given = await ask(own)
    expect(given.leases).toHaveLength(1)
    const revoked = new Promise<Revocation>((resolve) => slow.socket.once('revoke', resolve))
    await own.ask('return', { results: given.leases.map((lease) => result(lease)) })
    expect(await revoked).toEqual({ leases: [leases[1]!.lease], reason: 'decided' })
    expect(await snapshotOf(job)).toMatchObject({ state: 'finished', leases: 3 })
  })
})
