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

/** A crowd that has been looked at for a minute. */
function crowdAfterAMinute() {
  const timers = new ManualTimers()
  const crowd = new Crowd(timers)
  timers.advance(60_000)
  const mustWait = (asker: number, ...had: ReturnType<typeof of>[]) => crowd.termsFor(device(asker), job).mustWait?.(had)
  return { timers, crowd, mustWait }
}

describe('Q6 who else may have a unit', () => {
  const everybody = () => true

  test('Q6 another holder who may have units of the job, while it is here and for a minute after', () => {
    const { timers, crowd } = crowdAfterAMinute()
    crowd.enter(device(1), null)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(false)
    const other = crowd.enter(device(2), null)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(true)
    expect(crowd.hasAnother(job, [of('d:1', null)], ({ id }) => id !== 2)).toBe(false)
    expect(crowd.hasAnother(job, [of('d:1', null), of('d:2', null)], everybody)).toBe(false)
    other.leave()
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(true)
    timers.advance(60_000)
    expect(crowd.hasAnother(job, [of('d:1', null)], everybody)).toBe(false)
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
    expect(crowd.termsFor(device(1), job)).toEqual({})
    expect(mustWait(2)).toBeUndefined()
  })

  test('Q7 it waits while a device of another network is here that has not had it, and for a minute after that went', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N)
    crowd.enter(device(2), N)
    expect(mustWait(2, of('d:1', N))).toBe(false)
    const other = crowd.enter(device(3), M)
    expect(mustWait(2, of('d:1', N))).toBe(true)
    expect(mustWait(2, of('d:1', N), of('d:3', M))).toBe(false)
    other.leave()
    timers.advance(59_999)
    expect(mustWait(2, of('d:1', N))).toBe(true)
    timers.advance(1)
    expect(mustWait(2, of('d:1', N))).toBe(false)
  })

  test('Q7 who pauses is as good as gone, and who comes back is here', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N)
    const other = crowd.enter(device(3), null)
    other.pause(true)
    timers.advance(30_000)
    other.pause(false)
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    other.pause(true)
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(false)
  })

  test('Q7 another device of an account that had the unit is nobody else', () => {
    const { crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N)
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
    crowd.enter(device(1), N)
    const mustWait = () => crowd.termsFor(device(1), job).mustWait?.([of('d:2', N)])
    timers.advance(59_999)
    expect(mustWait()).toBe(true)
    timers.advance(1)
    expect(mustWait()).toBe(false)
  })

  test('Q7 an older connection of a device says nothing of its newer one', () => {
    const { timers, crowd, mustWait } = crowdAfterAMinute()
    crowd.enter(device(1), N)
    const older = crowd.enter(device(3), M)
    crowd.enter(device(3), M)
    older.leave()
    timers.advance(60_000)
    expect(mustWait(1, of('d:2', N))).toBe(true)
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
    crowd.enter(device(1), N)
    const other = crowd.enter(device(3), M)
    other.pause(true)
    timers.advance(30_000)
    other.pause(false)
    other.pause(true)
    timers.advance(59_999)
    expect(mustWait(1, of('d:2', N))).toBe(true)
    timers.advance(1)
    expect(mustWait(1, of('d:2', N))).toBe(false)
  })
})

describe('Q10 devices of other servers', () => {
  const members = (...ids: number[]) => ids.map((id) => ({ device: device(id), network: null }))
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
    elsewhere.tell()
    expect(told[2]).toHaveLength(24)
    expect(told[2]!.slice(0, 3)).toEqual([61, 10, 60])
  })
})
