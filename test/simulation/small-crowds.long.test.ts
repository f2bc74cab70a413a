import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { firstSquares, SmallCrowds } from './small-crowds.ts'

const JOBS = 20
let crowds: SmallCrowds
beforeAll(async () => {
  crowds = await SmallCrowds.start()
})
afterEach(() => crowds.everybodyLeaves())
afterAll(() => crowds.close())

test('Q22 thirty devices without accounts behind one public address end the job a minute later, accepted and not sealed', async () => {
  await crowds.behindOneAddress(30)
  const job = crowds.squares(50)
  await crowds.waiting(job, 4, 1)
  expect(await job.wait({ timeout: 90 })).toEqual(firstSquares(50))
  expect(await crowds.job(job.id)).toMatchObject({ state: 'finished', units: { accepted: 50, sealed: 0 } })
}, 120_000)

test.each([
  [1e-3, 2, 5],
  [1e-3, 3, 5],
  [1e-3, 4, 5],
  [1e-4, 2, 7],
  [1e-4, 3, 7],
  [1e-4, 4, 7],
])('Q22 for an error of %f, %i volunteers: the job ends with as many more as it says: %i', (targetError, present, needed) =>
  crowds.endsWith(present, needed, { redundancy: { targetError } }),
)

test(`Q22 one volunteer and one own device, five times`, async () => {
  for (let i = 0; i < 5; i++) {
    const [volunteer] = await crowds.volunteers(1)
    await crowds.own()
    const job = crowds.squares(200)
    await job.wait({ timeout: 50 })
    expect(await crowds.job(job.id)).toMatchObject({ state: 'finished', units: { sealed: 200 } })
    expect(await crowds.device(volunteer!)).toMatchObject({ state: 'trusted' })
    await crowds.everybodyLeaves()
  }
}, 120_000)

test.each(['accounts', 'nobody'] as const)(
  `Q22 the overhead of ${JOBS} jobs of 50 units, each with five new devices of %s`,
  async (who) => {
    const all: number[] = []
    for (let i = 0; i < JOBS; i++) all.push((await crowds.overheadOfFive(who)).leasesPerUnit)
    const sorted = all.sort((a, b) => a - b)
    const mean = all.reduce((sum, each) => sum + each, 0) / JOBS
    console.log(`50 units, 5 new devices of ${who}, ${JOBS} jobs: ${mean.toFixed(2)} leases a unit, ${sorted[0]} to ${sorted.at(-1)}`)
  },
  120_000,
)
