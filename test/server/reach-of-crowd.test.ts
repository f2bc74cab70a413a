import { describe, expect, test } from 'vitest'
import { Crowd } from '../../server/crowd.ts'
import { ReachOfCrowd } from '../../server/reach-of-crowd.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { ManualTimers } from '../support/manual-timers.ts'

const N = '203.0.113.0/24'
const M = '198.51.100.0/24'
const OWNER = 99
const ANY = { sameEngine: false, engineClass: null }
const job = (change: Partial<JobRecord> = {}) => ({ ownerId: OWNER, ownDevices: true, targetError: 1e-2, ...change }) as JobRecord
const device = (id: number, change: Partial<DeviceRecord> = {}): DeviceRecord => ({
  ...{ id, device: `${id}`, accountId: null, ownFor: 'nobody', state: 'new', engineClass: 'v8-140', trustId: id },
  ...change,
})

/** A crowd that is known for a minute, of devices that passed so many checks. */
function crowdOf(checks: Readonly<Record<number, number>> = {}, excluded: Readonly<Record<number, readonly number[]>> = {}) {
  const timers = new ManualTimers()
  const crowd = new Crowd(timers)
  timers.advance(60_000)
  const known = { suspect: false, speed: 0, returned: 0, expired: 0 }
  const of = ({ id }: { readonly id: number }) => ({ ...known, checks: checks[id] ?? 0, excludedFrom: new Set(excluded[id]) })
  return { timers, crowd, reach: new ReachOfCrowd(crowd, { of }, timers) }
}
const hadBy = (...ids: number[]) => ids.map((id) => ({ holder: `d:${id}`, deviceId: id, network: null, checks: 0 }))

describe('Q10 what the devices that are here can reach', () => {
  test.each([
    [0, 1e-2, false, 4],
    [2, 1e-2, false, 4],
    [3, 1e-2, false, 4],
    [4, 1e-2, true, 4],
    [4, 1e-3, false, 5],
    [9, 1e-6, false, 10],
    [10, 1e-6, true, 10],
  ])('Q10 %i newcomers for an error of %f: %s, %i are needed', (count, targetError, enough, needed) => {
    const { crowd, reach } = crowdOf()
    for (let id = 1; id <= count; id++) crowd.enter(device(id), null)
    expect(reach.of(job({ targetError }), ANY)).toEqual({ enough, needed, present: count })
    expect(reach.waitingOf(job({ targetError }), ANY)).toEqual(
      enough ? undefined : { reason: 'needs-more-devices', needed, present: count },
    )
  })

  test.each([
    ['a fixed quorum', { targetError: undefined }, {}, true],
    ['an own device', {}, { ownFor: 'everybody', accountId: 5 }, true],
    ['an own device of its owner', {}, { ownFor: 'account', accountId: OWNER }, true],
    ['another’s own device', {}, { ownFor: 'account', accountId: 5 }, false],
    ['an own device that is a stranger', { ownDevices: false }, { ownFor: 'everybody', accountId: 5 }, false],
    ['verify', { verify: 'ab' }, {}, true],
    ['nothing of these', {}, {}, false],
  ] as [string, Partial<JobRecord>, Partial<DeviceRecord>, boolean][])(
    'Q10 one device is enough, or not: %s',
    (_, ofJob, ofDevice, enough) => {
      const { crowd, reach } = crowdOf()
      crowd.enter(device(1, ofDevice), null)
      expect(reach.of(job(ofJob), ANY).enough).toBe(enough)
    },
  )

  test('Q10 what devices earned counts, one device an account, and who went or paused does not', () => {
    const { crowd, reach } = crowdOf({ 1: 30, 2: 100, 3: 100 })
    expect(reach.of(job({ verify: 'ab' }), ANY)).toEqual({ enough: false, needed: 1, present: 0 })
    const account = { accountId: 5 }
    const first = crowd.enter(device(1, account), null)
    expect(reach.of(job(), ANY)).toEqual({ enough: true, needed: 1, present: 1 })
    first.leave()
    const second = crowd.enter(device(4, account), null)
    const third = crowd.enter(device(5, account), null)
    expect(reach.of(job(), ANY)).toEqual({ enough: false, needed: 4, present: 1 })
    second.pause()
    third.pause()
    expect(reach.of(job(), ANY)).toMatchObject({ present: 0 })
  })

  test('Q10 where a quorum is fixed nobody is missing while somebody may begin', () => {
    const { crowd, reach } = crowdOf()
    const fixed = { targetError: undefined, quorum: 3 } as const
    expect(reach.waitingOf(job(fixed), ANY)).toEqual({ reason: 'needs-more-devices', needed: 3, present: 0 })
    expect(reach.of(job({ ...fixed, verify: 'ab' }), ANY)).toEqual({ enough: false, needed: 1, present: 0 })
    crowd.enter(device(1), null)
    expect(reach.waitingOf(job(fixed), ANY)).toBeUndefined()
  })

  test('Q2 Q10 a class of which nobody is here and nothing is known to be answered keeps no job', () => {
    const { crowd, reach } = crowdOf()
    for (let id = 1; id <= 4; id++) crowd.enter(device(id), null)
    const pinned = { sameEngine: true, engineClass: 'javascriptcore-77', events: 0, unitsHalf: 0 }
    const isAbandoned = (change: object = {}) => reach.isAbandoned({ ...pinned, ...change })
    expect(isAbandoned()).toBe(true)
    expect(reach.waitingOf(job(), pinned)).toBeUndefined()
    expect([{ events: 1 }, { unitsHalf: 1 }, { sameEngine: false }, { engineClass: null }].map(isAbandoned)).toEqual(Array(4).fill(false))
    expect(reach.waitingOf(job(), { ...pinned, events: 1 })).toMatchObject({ present: 0 })
    const last = crowd.enter(device(5, { engineClass: 'javascriptcore-77' }), null)
    expect(isAbandoned()).toBe(false)
    last.leave()
    expect(isAbandoned()).toBe(true)
  })

  test('Q10 who has been here for a minute and asked for nothing is not there, and nobody waits for it', () => {
    const { timers, crowd, reach } = crowdOf()
    for (let id = 1; id <= 3; id++) crowd.enter(device(id), N).ask()
    const silent = crowd.enter(device(4), M)
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 4 })
    timers.advance(60_000)
    expect(reach.of(job(), ANY)).toEqual({ enough: false, needed: 4, present: 3 })
    expect(crowd.isWaiting).toBe(false)
    silent.ask()
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 4 })
  })

  test('Q10 T3 who is kept from a job is nobody for that job, and somebody for others', () => {
    const { crowd, reach } = crowdOf({}, { 4: [7] })
    for (let id = 1; id <= 4; id++) crowd.enter(device(id), null)
    expect(reach.of(job({ id: 7 }), ANY)).toEqual({ enough: false, needed: 4, present: 3 })
    expect(reach.waitingOf(job({ id: 7 }), ANY)).toEqual({ reason: 'needs-more-devices', needed: 4, present: 3 })
    expect(reach.of(job({ id: 8 }), ANY)).toMatchObject({ enough: true, present: 4 })
    const had = hadBy(1, 2)
    expect([7, 8].map((id) => reach.isWorthACopy(job({ id }), ANY, had))).toEqual([false, true])
  })

  test('Q10 those of one network are one while another is waited for, and each counts when none is', () => {
    const { timers, crowd, reach } = crowdOf()
    for (let id = 1; id <= 4; id++) crowd.enter(device(id), N).ask()
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 4 })
    const other = crowd.enter(device(5), M)
    other.ask()
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 5 })
    other.leave()
    expect(reach.of(job(), ANY)).toEqual({ enough: false, needed: 4, present: 1 })
    timers.advance(60_000)
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 4 })
  })

  test('Q2 Q10 where one engine class computes a job only that counts, and until it has one the class that reaches most', () => {
    const { crowd, reach } = crowdOf()
    for (let id = 1; id <= 3; id++) crowd.enter(device(id, { engineClass: 'spidermonkey-128' }), null)
    crowd.enter(device(4), null)
    const open = { sameEngine: true, engineClass: null }
    expect(reach.bestOf(job(), ANY)).toMatchObject({ enough: true })
    expect(reach.bestOf(job(), open)).toEqual({ enough: false, needed: 4, present: 3 })
    expect(reach.bestOf(job(), { ...open, engineClass: 'v8-140' })).toEqual({ enough: false, needed: 4, present: 1 })
    crowd.enter(device(5, { engineClass: 'spidermonkey-128' }), null)
    expect(reach.bestOf(job(), open)).toMatchObject({ enough: true })
  })

  test('Q10 a copy is worth it where those who have the unit and those who are here reach the target', () => {
    const { crowd, reach } = crowdOf()
    crowd.enter(device(1), null)
    expect(reach.isWorthACopy(job(), ANY, hadBy(7, 8, 9))).toBe(true)
    expect(reach.isWorthACopy(job(), ANY, hadBy(7, 8))).toBe(false)
    expect(reach.isWorthACopy(job(), ANY, hadBy(1, 7, 8))).toBe(false)
    expect(reach.isWorthACopy(job(), ANY, [...hadBy(7), { holder: 'a:3', deviceId: 3, network: null, checks: 30 }])).toBe(true)
  })

  test('Q7 Q10 a device that has had the unit as somebody else adds nothing, another one of its account does', () => {
    const { crowd, reach } = crowdOf({ 1: 5 })
    crowd.enter(device(1, { accountId: 5 }), null)
    const had = hadBy(1, 7, 8)
    const votes = had.map(({ holder, deviceId }) => ({ unit: 1, holder, deviceId, output: 'aa', checks: 0 }))
    expect(reach.isWorthACopy(job(), ANY, had)).toBe(false)
    expect(reach.waitingOf(job(), ANY, votes)).toMatchObject({ needed: 2, present: 1 })
    crowd.enter(device(2, { accountId: 5 }), null)
    expect(reach.isWorthACopy(job(), ANY, had)).toBe(true)
  })

  test('Q10 units that nobody has want newcomers where nobody who is here may have any of them', () => {
    const { crowd, reach } = crowdOf({}, { 3: [7] })
    const newcomersFor = (units: ReturnType<typeof hadBy>[], change: Partial<JobRecord> = {}) =>
      reach.newcomersForUntaken(job({ id: 7, ...change }), ANY, units)
    crowd.enter(device(1), N)
    crowd.enter(device(2), N)
    crowd.enter(device(3), null)
    const gone = crowd.enter(device(4), M)
    gone.ask()
    gone.leave()
    expect(newcomersFor([hadBy(1, 2), hadBy(2, 1, 9)])).toBe(4)
    expect(newcomersFor([hadBy(1, 2)], { targetError: undefined, quorum: 3 })).toBe(3)
    expect(newcomersFor([hadBy(1, 2)], { verify: 'ab' })).toBe(1)
    expect([newcomersFor([]), newcomersFor([hadBy(1, 2), []]), newcomersFor([hadBy(1)]), newcomersFor([hadBy(1, 2)], { id: 8 })]).toEqual([
      0, 0, 0, 0,
    ])
    const own = { holder: `a:${OWNER}`, deviceId: 5, network: null, checks: 0 }
    crowd.enter(device(5, { ownFor: 'account', accountId: OWNER }), null)
    expect([newcomersFor([hadBy(1, 2, 5)]), newcomersFor([[...hadBy(1, 2), own]])]).toEqual([0, 4])
    expect(newcomersFor([hadBy(1, 2, 5)], { ownDevices: false })).toBe(4)
    for (let id = 10; id < 26; id++) crowd.enter(device(id), N)
    const everybody = hadBy(1, 2, ...Array.from({ length: 16 }, (_, i) => 10 + i))
    expect(newcomersFor([[...everybody, own]])).toBe(4)
    crowd.enter(device(26), N)
    expect(newcomersFor([[...everybody, own, ...hadBy(26)]])).toBe(0)
  })

  test('Q10 a large crowd is looked through once a second', () => {
    const { timers, crowd, reach } = crowdOf()
    for (let id = 1; id <= 101; id++) crowd.enter(device(id), null)
    timers.advance(1000)
    expect(reach.of(job(), { engineClass: 'v8-150' })).toMatchObject({ present: 0 })
    crowd.enter(device(200, { engineClass: 'v8-150' }), null)
    expect(reach.of(job(), { engineClass: 'v8-150' })).toMatchObject({ present: 1 })
    crowd.enter(device(201, { engineClass: 'v8-150' }), null)
    expect(reach.of(job(), { engineClass: 'v8-150' })).toMatchObject({ present: 1 })
    timers.advance(1000)
    expect(reach.of(job(), { engineClass: 'v8-150' })).toMatchObject({ present: 2 })
  })
})
