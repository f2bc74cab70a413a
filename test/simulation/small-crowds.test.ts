import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { firstSquares, SmallCrowds } from './small-crowds.ts'

let crowds: SmallCrowds
beforeAll(async () => {
  crowds = await SmallCrowds.start()
})
afterEach(() => crowds.everybodyLeaves())
afterAll(() => crowds.close())

test('Q22 one volunteer and one own device: all 200 units are sealed, and the volunteer is trusted', async () => {
  const [volunteer] = await crowds.volunteers(1)
  await crowds.own()
  const job = crowds.squares(200)
  expect(await job.wait({ timeout: 50 })).toEqual(firstSquares(200))
  expect(await crowds.job(job.id)).toMatchObject({ state: 'finished', units: { sealed: 200, accepted: 0, failed: 0 } })
  expect(await crowds.device(volunteer!)).toMatchObject({ state: 'trusted', disagreed: 0 })
})

test.each([
  [2, 4],
  [3, 4],
  [4, 4],
])('Q22 %i volunteers without an own device: the job ends, where it must with as many more as it says: %i', (present, needed) =>
  crowds.endsWith(present, needed),
)

test('Q22 thirty devices without accounts behind one public address are told within five seconds that four are needed', async () => {
  await crowds.behindOneAddress(30)
  const job = crowds.squares(2)
  await crowds.waiting(job, 4, 1)
  expect(await crowds.job(job.id)).toMatchObject({ leases: 0, waiting: { needed: 4, present: 1 } })
  await job.kill()
})
