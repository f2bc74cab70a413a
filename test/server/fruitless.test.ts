import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeaseAnswer } from '../../sdk/protocol.ts'
import { Fruitless } from '../../server/fruitless.ts'
import type { OpenJob } from '../../server/store/store.ts'
import { asks, result, TestApp, type Volunteer } from '../support/app.ts'

let app: TestApp
beforeEach(async () => {
  app = await TestApp.start()
})
afterEach(() => app.close())

const ask = async (device: Volunteer): Promise<LeaseAnswer> => (await device.ask('return', { results: [], next: asks })).next!

test('L6 jobs that wait for somebody else keep a device from no other job', async () => {
  const researcher = await app.researcher()
  const [alone] = [await app.volunteer()]
  for (let i = 0; i < 8; i++) await app.submit(researcher, 1, { redundancy: { quorum: 2 } })
  for (let computed = 0; computed < 8; ) {
    const { leases } = await ask(alone!)
    computed += leases.length
    await alone!.ask('return', { results: leases.map((lease) => result(lease)) })
  }
  expect((await ask(alone!)).leases).toEqual([])
  const job = await app.submit(researcher, 1, { redundancy: 'none' })
  const answers = [await ask(alone!), await ask(alone!)]
  expect(answers.flatMap(({ leases }) => leases.map((lease) => lease.job))).toEqual([job])
})

describe('L6 what had nothing for a device', () => {
  const jobs = (...events: number[]) => events.map((count, i) => ({ id: i + 1, events: count }) as OpenJob)
  const ids = (list: readonly OpenJob[]) => list.map(({ id }) => id)

  test('L6 comes last for it, until something happens there or ten seconds have passed, and first for others', () => {
    const fruitless = new Fruitless(() => 0)
    const [first, second] = jobs(0, 0, 0) as [OpenJob, OpenJob, OpenJob]
    fruitless.note(7, [first, second], 1000)
    expect(ids(fruitless.order(7, jobs(0, 0, 0), 10_999))).toEqual([3, 1, 2])
    expect(ids(fruitless.order(7, jobs(0, 5, 0), 10_999))).toEqual([2, 3, 1])
    expect(ids(fruitless.order(7, jobs(0, 0, 0), 11_000))).toEqual([1, 2, 3])
    expect(ids(fruitless.order(8, jobs(0, 0, 0), 1000))).toEqual([1, 2, 3])
  })

  test('L6 is remembered of ten thousand devices at most', () => {
    const fruitless = new Fruitless(() => 0)
    for (let device = 0; device <= 10_000; device++) fruitless.note(device, jobs(0), 0)
    expect([0, 1].map((device) => ids(fruitless.order(device, jobs(0, 0), 1)))).toEqual([
      [1, 2],
      [2, 1],
    ])
  })
})
