import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Contender, Stride } from '../../server/core/stride.ts'
import { seeds } from './crowd.ts'

const LEASES = 10_000
const job = (id: number, ownerId: number, priority = 2): Contender => ({ id, ownerId, priority })

/** Gives `count` leases in portions as a server would: plan, then take back what the job did not have. */
function serve(stride: Stride, jobs: readonly Contender[], count: number, portion: (n: number) => number = () => 1): Map<number, number> {
  const given = new Map(jobs.map(({ id }) => [id, 0]))
  for (let n = 0, left = count; left > 0; n++) {
    const units = Math.min(left, portion(n))
    const [first] = stride.order(jobs)
    if (!first) break
    stride.charge(first, units, jobs)
    given.set(first.id, given.get(first.id)! + units)
    left -= units
  }
  return given
}
const near = (actual: number | undefined, expected: number) => expect(Math.abs((actual ?? 0) / expected - 1)).toBeLessThanOrEqual(0.05)

describe('L3 fairness', () => {
  test('L3 three owners share 1:1:1, whatever the size of the portions', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 5, maxLength: 20 }), (sizes) => {
        const jobs = [job(1, 10), job(2, 20), job(3, 30), job(4, 30)]
        const given = serve(new Stride(), jobs, LEASES, (n) => sizes[n % sizes.length]!)
        near(given.get(1), LEASES / 3)
        near(given.get(2), LEASES / 3)
        near(given.get(3)! + given.get(4)!, LEASES / 3)
      }),
      { seed: seeds(), numRuns: 20 },
    )
  })

  test('L3 each step of priority doubles the share among the jobs of one owner', () => {
    const jobs = [0, 1, 2, 3, 4, 5].map((priority) => job(priority + 1, 7, priority))
    const given = serve(new Stride(), jobs, 63 * 200)
    for (const { id, priority } of jobs) near(given.get(id), 200 * 2 ** priority)
  })

  test('L3 priorities among one owner’s jobs hold while another owner is served beside', () => {
    const jobs = [job(1, 7, 5), job(2, 7, 2), job(3, 8, 0), job(4, 8, 0)]
    const given = serve(new Stride(), jobs, 2 * 9 * 500)
    const own = given.get(1)! + given.get(2)!
    near(given.get(1), (own * 8) / 9)
    near(given.get(2), own / 9)
    near(given.get(3), given.get(4)!)
  })

  test('L3 an owner’s share stays at one half while others wait, however urgent its jobs', () => {
    const jobs = [job(1, 1, 5), job(2, 2, 0), job(3, 3, 0)]
    const given = serve(new Stride(), jobs, LEASES)
    expect(given.get(1)! / LEASES).toBeLessThanOrEqual(0.505)
    near(given.get(1), LEASES / 2)
    near(given.get(2), LEASES / 4)
  })

  test('L3 alone, an owner gets everything', () => {
    expect(serve(new Stride(), [job(1, 1, 0)], 100).get(1)).toBe(100)
  })

  test('L3 who comes late or comes back has no credit for the time it was away', () => {
    const stride = new Stride()
    const old = [job(1, 1), job(2, 2)]
    serve(stride, old, LEASES)
    near(serve(stride, [...old, job(3, 3)], LEASES).get(3), LEASES / 3)
    serve(stride, [job(3, 3)], LEASES)
    near(serve(stride, [...old, job(3, 3)], LEASES).get(3), LEASES / 3)
  })

  test('L3 a job that had nothing for the asker pays nothing, and the others’ shares stay even', () => {
    const stride = new Stride()
    const jobs = [job(1, 1), job(2, 2), job(3, 3)]
    const given = new Map([
      [2, 0],
      [3, 0],
    ])
    for (let n = 0; n < 6000; n++) {
      // Job 1 waits for other holders: each time it is asked it has nothing, and the asker goes on to the next.
      for (const next of stride.order(jobs)) {
        const units = next.id === 2 ? 3 : 1
        stride.charge(next, units, jobs)
        if (next.id !== 1) {
          given.set(next.id, given.get(next.id)! + units)
          break
        }
        stride.charge(next, -units, jobs)
      }
    }
    near(given.get(2), given.get(3)!)
    expect(stride.order(jobs)[0]?.id).toBe(1)
  })

  test('L3 what is over is forgotten, so that memory does not grow with history', () => {
    const stride = new Stride()
    for (let id = 1; id < 5000; id++) stride.charge(job(id, id), 10, [job(id, id)])
    const jobs = [job(1, 1), job(9000, 9000)]
    near(serve(stride, jobs, 1000).get(1), 500)
  })
})
