import { afterEach, beforeEach, expect, test } from 'vitest'
import { asks, TestApp } from '../support/app.ts'
import { computed, computeInTurn, inputOf, type Member, members } from '../support/computing-crowd.ts'

let app: TestApp
beforeEach(async () => {
  app = await TestApp.start()
})
afterEach(() => app.close())

const square = (input: number): number => input * input

/** What one request gives, which is computed at once. */
async function computeOnce({ client, compute }: Member, most: number): Promise<number[]> {
  const { leases } = (await client.ask('return', { results: [], next: { ...asks, most } })).next!
  if (leases.length > 0) await client.ask('return', { results: computed(leases, compute) })
  return leases.map(inputOf)
}

test('Q8 who is believed alone and asks right after a newcomer gives the second word on few of its units, and anybody does where nothing else is left', async () => {
  const researcher = await app.researcher()
  const crowd = await members(app, 11, square)
  await app.submit(researcher, 330, { redundancy: { quorum: 2 } })
  await computeInTurn(crowd, 2)
  expect(app.rows("SELECT state FROM Device WHERE state = 'trusted'")).toHaveLength(11)
  const [newcomer] = (await members(app, 1, square)) as [Member]
  const job = await app.submit(researcher, 400, { redundancy: { targetError: 1e-2 } })
  const begun = new Set<number>()
  let together = 0
  for (let round = 0; round < 40; round++) {
    for (const input of await computeOnce(newcomer, 1)) begun.add(input)
    for (const input of await computeOnce(crowd[0]!, 1)) together += Number(begun.has(input))
  }
  expect(begun.size).toBeGreaterThanOrEqual(30)
  // Each of eleven may have about one in seven; it was every one.
  expect(together).toBeLessThanOrEqual(20)
  await computeInTurn(crowd.slice(0, 1), 2)
  const left = app.rows(`SELECT unitsOpen, unitsHalf FROM Job WHERE uid = '${job}'`)
  expect(left, 'alone it ends all that one opinion ends').toEqual([{ unitsOpen: 0, unitsHalf: 0 }])
})
