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
    second.pause(true)
    third.pause(true)
    expect(reach.of(job(), ANY)).toMatchObject({ present: 0 })
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
    for (let id = 1; id <= 4; id++) crowd.enter(device(id), N)
    expect(reach.of(job(), ANY)).toMatchObject({ enough: true, present: 4 })
    const other = crowd.enter(device(5), M)
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
