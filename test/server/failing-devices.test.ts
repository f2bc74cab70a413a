import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asks, type Researcher, TestApp, type Volunteer } from '../support/app.ts'
import { computeInTurn, members } from '../support/computing-crowd.ts'

describe('Q6 devices that return nothing but errors', () => {
  let app: TestApp
  let researcher: Researcher
  let ahead = 0
  beforeEach(async () => {
    ahead = 0
    app = await TestApp.start({ clock: () => Date.now() + ahead })
    researcher = await app.researcher()
  })
  afterEach(() => app.close())

  /** Takes all it is given and says that it cannot; asks again after as long as it is passed over. */
  async function failAll(client: Volunteer, rounds = 3): Promise<number> {
    let given = 0
    for (let round = 0; round < rounds; round++) {
      for (;;) {
        const { leases } = (await client.ask('return', { results: [], next: { ...asks, threads: 16 } })).next!
        if (leases.length === 0) break
        given += leases.length
        const results = leases.map(({ lease }) => ({ lease, errored: 'memory' as const, message: 'too much', seconds: 0 }))
        await client.ask('return', { results })
      }
      ahead += 6000
    }
    return given
  }
  const unitStates = () => app.rows('SELECT state, count(*) AS count, max(errored) AS errored FROM WorkUnit GROUP BY state')

  test.each([{ targetError: 1e-2 }, 'none'] as const)(
    'Q6 one device among others takes no unit away, redundancy %j',
    async (redundancy) => {
      const honest = await members(app, 4, (n) => n * n)
      const client = await app.volunteer({ engine: 'v8-140' })
      await app.submit(researcher, 12, { redundancy })
      expect(await failAll(client)).toBe(12)
      await computeInTurn(honest, 4)
      const state = redundancy === 'none' ? 'accepted' : 'sealed'
      expect(unitStates()).toEqual([{ state, count: 12, errored: 1 }])
    },
  )

  test('Q6 a device alone is asked three times, beside those too that may not have the job', async () => {
    const client = await app.volunteer({ engine: 'v8-140' })
    await app.volunteer({ engine: 'spidermonkey-128' })
    await app.submit(researcher, 3, { redundancy: 'none', sameEngine: true })
    expect(await failAll(client)).toBe(9)
    expect(unitStates()).toEqual([{ state: 'failed', count: 3, errored: 3 }])
  })

  test('Q6 an own device that fails at units of its owner fails them after three tries, whoever else is here', async () => {
    const client = await app.ownVolunteer()
    await app.volunteer()
    await app.submit(researcher, 2, { redundancy: 'none', ownDevices: true })
    expect(await failAll(client)).toBe(6)
    expect(unitStates()).toEqual([{ state: 'failed', count: 2, errored: 3 }])
  })
})
