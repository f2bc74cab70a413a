import { describe, expect, test } from 'vitest'
import { Crowd } from '../../server/crowd.ts'
import { CrowdElsewhere } from '../../server/crowd-elsewhere.ts'
import type { DeviceRecord, JobRecord } from '../../server/store/store.ts'
import { ManualTimers } from '../support/manual-timers.ts'

const N = '203.0.113.0/24'
const M = '198.51.100.0/24'
const device = (id: number, accountId: number | null = null): DeviceRecord => ({
  ...{ id, device: `${id}`, accountId, ownFor: 'nobody', state: 'new', engineClass: 'v8-140', trustId: id },
})
const job = { ownerId: 99, ownDevices: false } as JobRecord
/** A device of the number of its holder, or one that is not here. */
const of = (holder: string, network: string | null, deviceId = holder.startsWith('d:') ? Number(holder.slice(2)) : 77) => ({
  ...{ holder, network, deviceId },
})
const everybody = () => true

/** A crowd that has been looked at for a minute. */
function crowdAfterAMinute() {
  const timers = new ManualTimers()
  const crowd = new Crowd(timers)
  timers.advance(60_000)
  const mustWait = (asker: number, ...had: ReturnType<typeof of>[]) => crowd.termsFor(device(asker), job, everybody).mustWait?.(had)
  return { timers, crowd, mustWait }
}

describe('Q6 who else may have a unit', () => {
  test('Q6 another holder who may have units of the job, while it is here and for a minute after', () => {
    const { timers, crowd } = crowdAfterAMinute()
    crowd.enter(device(1), null)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(false)
    const other = crowd.enter(device(2), null)
    other.ask()
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(true)
    expect(crowd.hasAnother(job, [of('d:1', null)], ({ id }) => id !== 2)).toBe(false)
    expect(crowd.hasAnother(job, [of('d:1', null), of('d:2', null)], everybody)).toBe(false)
    other.leave()
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(true)
    timers.advance(60_000)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(false)
  })

  test('Q6 a request that is heard after its device has left brings nobody back', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const gone = crowd.enter(device(1), null)
    const hasOther = () => crowd.hasAnother(job, [of('d:2', null)], everybody)
    gone.ask()
    gone.pause()
    gone.ask()
    expect([...crowd.present()]).toHaveLength(1)
    gone.leave()
    gone.ask()
    expect([...crowd.present()]).toEqual([])
    expect(hasOther()).toBe(true)
    timers.advance(60_000)
    gone.ask()
    expect(hasOther()).toBe(false)
    expect(crowd.size).toBe(0)
  })

  test('Q6 another device of the same account is nobody else', () => {
    const { crowd } = crowdAfterAMinute()
    crowd.enter(device(1, 7), null)
    crowd.enter(device(2, 7), null)
    expect(crowd.hasAnother(job, [of('a:7', null)], everybody)).toBe(false)
  })

  test('Q6 a server that has just started waits for nobody', () => {
    const crowd = new Crowd(new ManualTimers())
    crowd.enter(device(1), null)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(false)
  })
})

describe('Q7 whom a unit waits for', () => {
  test('Q7 a device whose network is exempt waits for nobody', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), null)
    expect(crowd.termsFor(device(1), job, everybody)).toEqual({})
    expect(mustWait(2)).toBeUndefined()
  })

  test('Q7 it waits while a device of another network is here that has not had it, and for a minute after that went', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    crowd.enter(device(2), N).ask()
    expect(mustWait(2, of('d:1', N))).toBe(false)
    const other = crowd.enter(device(3), M)
    expect(mustWait(2, of('d:1', N))).toBe(true)
    expect(mustWait(2, of('d:1', N), of('d:3', M))).toBe(false)
    other.ask()
    other.leave()
    timers.advance(59_999)
    expect(mustWait(2, of('d:1', N))).toBe(true)
    timers.advance(1)
    expect(mustWait(2, of('d:1', N))).toBe(false)
  })

  test('Q7 who may not have the job is not waited for', () => {
    const { crowd } = crowdAfterAMinute()
    for (const id of [1, 2]) crowd.enter(device(id), N).ask()
    for (const id of [3, 4]) crowd.enter(device(id), M).ask()
    const waitsFor = (...ids: number[]) => crowd.termsFor(device(2), job, ({ id }) => ids.includes(id)).mustWait?.([of('d:1', N)])
    expect([waitsFor(1, 2), waitsFor(1, 2, 4)]).toEqual([false, true])
  })

  test('Q7 who pauses is as good as gone, and who comes back is here', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    const other = crowd.enter(device(3), null)
    other.ask()
    for (const pauseMs of [30_000, 90_000]) {
      other.pause()
      timers.advance(pauseMs)
      other.ask()
      timers.advance(60_000)
      expect(mustWait(1, of('d:2', N)), `after ${pauseMs} ms`).toBe(true)
    }
    other.pause()
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(false)
  })

  test('Q7 who has been here for a minute and asked for nothing is nobody until it asks; who asked counts as long as it is here', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    const silent = crowd.enter(device(3), M)
    timers.advance(59_999)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    timers.advance(1)
    expect(mustWait(1, of('d:2', N))).toBe(false)
    expect([...crowd.present()].map((member) => member.device.id)).toEqual([1])
    silent.ask()
    timers.advance(3_600_000)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    expect(crowd.termsFor(device(3), job, everybody).network).toBe(M)
  })

  test('Q7 who goes and has asked for nothing is not waited for', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    crowd.enter(device(3), M).leave()
    const other = crowd.enter(device(4), M)
    other.pause()
    expect(mustWait(1, of('d:2', N))).toBe(false)
    other.leave()
    expect(crowd.size).toBe(1)
  })

  test('Q7 of those that came at different moments each has its minute', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const idsHere = () => [...crowd.present()].map((member) => member.device.id)
    crowd.enter(device(1), M)
    timers.advance(30_000)
    crowd.enter(device(2), M).ask()
    crowd.enter(device(3), M)
    timers.advance(30_000)
    expect(idsHere()).toEqual([2, 3])
    timers.advance(30_000)
    expect(idsHere()).toEqual([2])
  })

  test('Q7 another device of an account that had the unit is nobody else', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    crowd.enter(device(2, 5), M)
    expect(mustWait(1, of('d:9', N), of('a:5', '192.0.2.0/24'))).toBe(false)
    crowd.enter(device(3, 6), M)
    expect(mustWait(1, of('d:9', N), of('a:5', '192.0.2.0/24'))).toBe(true)
  })

  test('Q7 it does not wait for a device that has had it as somebody else', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N)
    crowd.enter(device(2, 5), M)
    expect(mustWait(1, of('d:9', N), of('d:8', '192.0.2.0/24'))).toBe(true)
    expect(mustWait(1, of('d:9', N), of('d:2', '192.0.2.0/24'))).toBe(false)
  })

  test('Q7 in a server’s first minute everybody may come back', () => {
    const timers = new ManualTimers()
    const crowd = new Crowd(timers)
    crowd.enter(device(1), N).ask()
    const mustWait = () => crowd.termsFor(device(1), job, everybody).mustWait?.([of('d:2', N)])
    timers.advance(59_999)
    expect(mustWait()).toBe(true)
    timers.advance(1)
    expect(mustWait()).toBe(false)
  })

  test('Q7 an older connection of a device says nothing of its newer one', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    const older = crowd.enter(device(3), M)
    older.ask()
    const newer = crowd.enter(device(3), M)
    newer.ask()
    older.leave()
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    newer.pause()
    older.ask()
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(false)
  })

  test('Q7 among thousands of one network the one of another is found', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    for (let id = 1; id <= 3000; id++) crowd.enter(device(id), N)
    expect(mustWait(1, of('d:2', N))).toBe(false)
    crowd.enter(device(3001), M)
    expect(mustWait(1, of('d:2', N))).toBe(true)
  })

  test('Q7 who pauses twice is waited for a minute from the second time', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N).ask()
    const other = crowd.enter(device(3), M)
    other.ask()
    other.pause()
    timers.advance(30_000)
    other.ask()
    other.pause()
    timers.advance(59_999)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    timers.advance(1)
    expect(mustWait(1, of('d:2', N))).toBe(false)
  })
})

describe('Q10 devices of other servers', () => {
  const members = (...ids: number[]) => ids.map((id) => ({ device: device(id), network: null, hasAsked: true }))
  const idsOf = (crowd: Crowd) => [...crowd.present()].map((member) => member.device.id).sort((a, b) => a - b)

  test('Q10 they count as long as their server says so', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const elsewhere = new CrowdElsewhere(crowd, timers)
    crowd.enter(device(1), null)
    elsewhere.hear('b', members(2, 3))
    elsewhere.hear('c', members(4))
    expect(idsOf(crowd)).toEqual([1, 2, 3, 4])
    elsewhere.hear('b', members(3))
    timers.advance(10_000)
    elsewhere.hear('b', members(3))
    timers.advance(10_000)
    expect(idsOf(crowd)).toEqual([1, 3])
    timers.advance(5000)
    expect(idsOf(crowd)).toEqual([1])
  })

  test('Q10 a device that is here is here, whatever another server says', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const elsewhere = new CrowdElsewhere(crowd, timers)
    elsewhere.hear('b', members(1))
    const here = crowd.enter(device(1), null)
    elsewhere.hear('b', members(1))
    elsewhere.hear('b', [])
    expect(idsOf(crowd)).toEqual([1])
    here.leave()
    expect(idsOf(crowd)).toEqual([])
  })

  test('Q7 Q10 whether it asked for work there decides how long it counts', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const elsewhere = new CrowdElsewhere(crowd, timers)
    const silent = { device: device(1), network: N, hasAsked: false }
    const busy = { device: device(2), network: N, hasAsked: true }
    const hearFor = (seconds: number, ...told: (typeof silent)[]) => {
      for (let at = 0; at < seconds; at += 5) {
        elsewhere.hear('b', told)
        timers.advance(5000)
      }
    }
    hearFor(55, silent, busy)
    expect(idsOf(crowd)).toEqual([1, 2])
    hearFor(10, silent, busy)
    expect(idsOf(crowd)).toEqual([2])
    elsewhere.hear('b', [{ ...silent, hasAsked: true }, busy])
    expect(idsOf(crowd)).toEqual([1, 2])
    const here = crowd.enter(device(1), N)
    here.ask()
    elsewhere.hear('b', [])
    expect([idsOf(crowd), crowd.size], 'who went elsewhere is waited for').toEqual([[1], 2])
  })

  test('Q10 news is told once a second, the same again each fifth time, never of devices of others, and not of thousands', () => {
    const { timers, crowd } = crowdAfterAMinute()
    const elsewhere = new CrowdElsewhere(crowd, timers)
    const told: number[][] = []
    elsewhere.onNews((news) => told.push(news.map((member) => member.device.id)))
    crowd.enter(device(1), null)
    elsewhere.hear('b', members(2))
    for (let second = 0; second < 6; second++) elsewhere.tell()
    expect(told).toEqual([[1], [1]])
    for (let id = 10; id < 60; id++) crowd.enter(device(id), N)
    crowd.enter(device(60), M)
    crowd.enter({ ...device(61), ownFor: 'everybody' }, null)
    crowd.enter(device(59), N).ask()
    elsewhere.tell()
    expect(told[2]).toHaveLength(24)
    expect(told[2]!.slice(0, 3)).toEqual([61, 59, 60])
  })
})
