import { afterEach, beforeEach, expect, test } from 'vitest'
import { decode } from '../../sdk/codec.ts'
import type { Answer, ReturnAnswer } from '../../sdk/protocol.ts'
import { asks, helloOf, type Researcher, result, TestApp, TOKEN, type Volunteer } from '../support/app.ts'
import { computed, computeInTurn, type Member, members } from '../support/computing-crowd.ts'
import { hex } from '../support/store-kit.ts'

let app: TestApp
let researcher: Researcher
beforeEach(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
})
afterEach(() => app.close())

const square = (input: number) => input * input
const rows = (sql: string) => app.rows(sql)
/** The job ended right, and of the honest nobody bears a mark. */
async function expectHonest(job: string, count: number, honest: readonly Member[]): Promise<void> {
  const { events, snapshot } = await researcher.ask('events', { job, after: 0, limit: 1000 })
  expect(snapshot.state).toBe('finished')
  const last = new Map(events.map(({ key, output }) => [key, output]))
  const outputs = [...last].map(([key, output]) => [Number(key), (decode(output!) as { value: unknown }[])[0]?.value])
  expect(outputs.sort(([a], [b]) => Number(a) - Number(b))).toEqual(Array.from({ length: count }, (_, i) => [i, square(i)]))
  for (const { client } of honest) {
    const { body } = await app.get(`/api/v1/devices/${client.welcome.device.id}`)
    expect(body).toMatchObject({ disagreed: 0, state: expect.stringMatching(/^(new|probation|trusted)$/) })
  }
  expect(app.errors).toEqual([])
}

/** What a device may do with what it was given. */
const misdeeds: Record<string, (device: Volunteer, leases: Parameters<typeof computed>[0], others: readonly string[]) => Promise<unknown>> =
  {
    'bytes that are no output': (device, leases) =>
      device.say('return', {
        results: leases.map(({ lease }) => ({ lease, output: crypto.getRandomValues(new Uint8Array(64)), seconds: 0.01 })),
      }),
    'a random value each': (device, leases) => device.say('return', { results: leases.map((lease) => result(lease, hex(8))) }),
    'the right answer for the wrong unit': (device, leases) => {
      const answers = computed(leases, square)
      return device.say('return', { results: leases.map(({ lease }, i) => ({ ...answers[(i + 1) % answers.length], lease })) })
    },
    'answers for leases of others and for none': (device, _leases, others) =>
      device.say('return', { results: [...others, hex(16), hex(16)].map((lease) => result({ lease }, 'mine')) }),
    'everything twice, and then something else': async (device, leases) => {
      for (const what of ['one', 'one', 'two']) await device.say('return', { results: leases.map((lease) => result(lease, what)) })
    },
  }

test.each(Object.entries(misdeeds))(
  'V3 T1 a device that returns %s harms no honest device, and the job ends right',
  async (_name, misbehave) => {
    const honest = await members(app, 6, square)
    const [hostile] = (await members(app, 1, square)) as [Member]
    const job = await app.submit(researcher, 6, { redundancy: { targetError: 1e-2 } })
    for (let round = 0; round < 2; round++) {
      const { next } = await hostile.client.ask('return', { results: [], next: { ...asks, most: 3 } })
      const held = (await honest[0]!.client.ask('return', { results: [], next: { ...asks, most: 1 } })).next!.leases
      await misbehave(
        hostile.client,
        next!.leases,
        held.map(({ lease }) => lease),
      )
      await honest[0]!.client.ask('return', { results: computed(held, square) })
      await computeInTurn(honest.slice(0, 2), 1)
    }
    hostile.client.close()
    await computeInTurn(honest, 4)
    app.timers.advance(11_000)
    await app.app.sweeper.runOnce()
    await computeInTurn(honest, 4)
    await expectHonest(job, 6, honest)
  },
)

test('V18 results that come after a ban change nothing, by whichever socket', async () => {
  const [hostile, honest] = (await members(app, 2, square)) as [Member, Member]
  const job = await app.submit(researcher, 2, { redundancy: 'none' })
  const { leases } = await hostile.client.ask('lease', asks)
  const { id } = hostile.client.welcome.device
  const results = computed(leases, () => 'too late')
  // The message is under way when the ban is said; it is heard before it or not at all.
  await fetch(`${app.url}/api/v1/devices/${id}/ban`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } },
    body: JSON.stringify({ reason: 'it lies' }),
  })
  const again = await app.stranger()
  expect((await again.say('hello', helloOf({ device: hostile.client.welcome.device }))).error?.code).toBe('device-banned')
  expect((await again.say('return', { results })).error?.code).toBe('out-of-order')
  const { outcomes } = await honest.client.ask('return', { results })
  expect(outcomes).toEqual(results.map(() => expect.objectContaining({ code: 'not-your-lease' })))
  await computeInTurn([honest], 4)
  await expectHonest(job, 2, [honest])
})

test('V2 a device that sends thousands of results is heard one message at a time, and ended; others are served meanwhile', async () => {
  const [hostile, honest] = (await members(app, 2, square)) as [Member, Member]
  const job = await app.submit(researcher, 5, { redundancy: 'none' })
  const ended = hostile.client.ended()
  let heard = 0
  let refused = 0
  const flood = Array.from({ length: 100 }, () => result({ lease: hex(16) }, 'x'))
  for (let i = 0; i < 200; i++) {
    const answer: Promise<Answer<ReturnAnswer>> = hostile.client.socket.emitWithAck('return', { results: flood })
    answer.then(
      ({ ok }) => (ok ? heard++ : refused++),
      () => undefined,
    )
  }
  await computeInTurn([honest], 1)
  await ended
  expect(heard).toBeLessThan(200)
  expect(refused).toBeGreaterThan(0)
  await expectHonest(job, 5, [honest])
  expect(rows('SELECT count(*) AS n FROM Lease')).toEqual([{ n: 5 }])
})

test('V1 Q4 a copied secret that comes while the device does not answer is the same device: it speaks in its place, never beside it, and is no second voice', async () => {
  const [original, honest] = (await members(app, 2, square)) as [Member, Member]
  const job = await app.submit(researcher, 2, { redundancy: { quorum: 2 } })
  const { leases } = await original.client.ask('lease', { ...asks, most: 2 })
  await original.client.ask('return', { results: computed(leases, square) })
  const ended = original.client.ended()
  const copy = await app.volunteer({ device: original.client.welcome.device, engine: 'v8-140' })
  await ended
  expect(original.client.refused.map(({ code }) => code)).toEqual(['superseded'])
  // It answers for what the other has returned already, and asks for the second copy of it.
  const { outcomes, next } = await copy.ask('return', { results: computed(leases, () => 'a lie'), next: asks })
  expect([outcomes, next?.leases]).toEqual([leases.map(() => 'duplicate'), []])
  await computeInTurn([honest], 4)
  await expectHonest(job, 2, [honest, original])
})
