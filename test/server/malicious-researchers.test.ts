import { appendFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeKeyTexts } from '../../sdk/key-files/key-text.ts'
import { asks, type Researcher, TestApp, TOKEN, units } from '../support/app.ts'
import { computed, computeInTurn, inputOf, type Member, members } from '../support/computing-crowd.ts'
import { CODE, jobSpec } from '../support/store-kit.ts'

/** A `verify` as the SDK would ship it. */
const verifying = (answer: boolean) => `export const work = () => ${answer}\n`
const PATIENCE = { timeout: 15_000, interval: 20 }

let app: TestApp
let researcher: Researcher
let crowd: Member[]
beforeEach(async () => {
  app = await TestApp.start()
  researcher = await app.researcher()
  crowd = await members(app, 5, (input) => input * input)
})
afterEach(() => app.close())

const rows = (sql: string) => app.rows(sql)
const jobRow = () => rows('SELECT state, reason FROM Job')[0] as { state: string; reason: string | null }
async function submit(change: Parameters<typeof jobSpec>[0], inputsComplete = true): Promise<string> {
  const spec = jobSpec(change)
  await researcher.ask('submit', { spec, code: CODE, units: units(4), inputsComplete })
  const job = (await app.store.findJob(spec.job))!
  await app.store.credits.setPrice(job, [1])
  return spec.job
}
function expectNobodyStruck(): void {
  expect(rows("SELECT uid, state FROM Device WHERE state IN ('suspect', 'banned')")).toEqual([])
  expect(rows('SELECT id FROM Strike WHERE reverted = 0')).toEqual([])
  expect(rows('SELECT id FROM Trust WHERE suspect = 1 OR strikes > 0')).toEqual([])
}
/** No mark is left on anybody, and the owner has earned nothing that is listed. */
async function expectNobodyHarmed(): Promise<void> {
  for (let sweep = 0; sweep < 3; sweep++) {
    app.timers.advance(1000)
    await app.app.sweeper.runOnce()
  }
  expectNobodyStruck()
  expect(rows('SELECT uid FROM Device WHERE disagreed > 0')).toEqual([])
  const { body } = await app.get('/api/v1/credit', { authorization: `Bearer ${TOKEN}` })
  expect(body).toMatchObject({ account: 'owner', credit: 0, results: 0 })
  expect(app.errors).toEqual([])
}

test.each([
  ['one word', { redundancy: 'none' as const }],
  ['two words', { redundancy: { quorum: 2 } }],
  ['a target error', { redundancy: { targetError: 1e-2 } }],
])('T24 G4 a job that rejects every result, which asked for %s: it pauses, and what it threw away counts again', async (_name, change) => {
  const job = await submit(change, false)
  let heard = 0
  for (let round = 0; round < 6 && jobRow().state === 'running'; round++) {
    await computeInTurn(crowd, 4)
    const { events } = await researcher.ask('events', { job, after: heard, limit: 1000 })
    for (const { kind, key, n } of events) {
      heard = n
      if (kind === 'accepted' || kind === 'sealed')
        await researcher.ask('reject', { job, key, event: n, reason: 'no' }).catch(() => undefined)
    }
  }
  expect(jobRow()).toMatchObject({ state: 'paused', reason: expect.stringMatching(/^verify-contradicted:/) })
  await expectNobodyHarmed()
  expect(rows("SELECT l.row FROM Lease l WHERE l.state = 'voided'")).toEqual([])
})

test('T24 G4 a job whose verify always says no: it pauses, and what it refused counts again', async () => {
  await submit({ verify: verifying(false), redundancy: { targetError: 1e-2 } })
  const stateAfterwards = async (): Promise<string> => {
    await computeInTurn(crowd, 4)
    return jobRow().state
  }
  await expect.poll(stateAfterwards, PATIENCE).toBe('paused')
  expect(jobRow().reason).toMatch(/^verify-contradicted:/)
  await expectNobodyHarmed()
  expect(rows("SELECT l.row FROM Lease l WHERE l.state = 'voided'")).toEqual([])
})

test('T24 G4 a job whose verify always says yes to its owner, who computes nothing: nobody is harmed, and it earns the owner nothing', async () => {
  const owner = { client: await app.ownVolunteer(), compute: () => 'whatever' }
  const job = await submit({ verify: verifying(true), redundancy: { targetError: 1e-2 }, ownDevices: false })
  // An honest device computes one of its units, too, and comes late with the others.
  const [honest] = crowd as [Member]
  const { leases } = await honest.client.ask('lease', { ...asks, most: 2 })
  const isEnded = async (): Promise<string> => {
    await computeInTurn([owner], 4)
    return jobRow().state
  }
  await honest.client.ask('return', { results: computed(leases.slice(0, 1), honest.compute) })
  await honest.client.ask('release', { leases: leases.slice(1).map(({ lease }) => lease) })
  await expect.poll(isEnded, PATIENCE).toBe('finished')
  await honest.client.ask('return', { results: computed(leases.slice(1), honest.compute) })
  expect(leases.map(inputOf)).toHaveLength(2)
  const { snapshot } = await researcher.ask('events', { job, after: 0, limit: 1 })
  expect(snapshot.units.sealed).toBe(4)
  await expectNobodyHarmed()
  const { device } = owner.client.welcome
  expect((await app.get(`/api/v1/devices/${device.id}/credit`)).body).toMatchObject({ credit: 0 })
})

/** An account that may submit jobs and is not the operator's, with a device of its own. */
async function anotherResearcher(compute: Member['compute']): Promise<{ anna: Researcher; own: Member }> {
  const { publicKey, privateKey } = await makeKeyTexts('anna@test')
  appendFileSync(app.authorizedKeys, `${publicKey}\n`)
  return { anna: await app.researcher(privateKey), own: { client: await app.ownVolunteer({ engine: 'v8-140' }, privateKey), compute } }
}
const trusts = () => rows('SELECT checks, strikes FROM Trust WHERE checks > 0 OR strikes > 0')

test('T24 Q9 what a researcher’s own device says decides its jobs, and neither strikes nor bans nor makes trusted whoever differs or agrees', async () => {
  const { anna, own } = await anotherResearcher((input) => input * input + 1)
  for (let job = 0; job < 2; job++) {
    await app.submit(anna, 8, { redundancy: { targetError: 1e-2 }, ownDevices: true })
    // The strangers first, so that the own device overrules what they agree on.
    await computeInTurn(crowd.slice(0, 3), 8)
    await computeInTurn([own, ...crowd.slice(0, 3)], 8)
  }
  expect(rows(`SELECT state, unitsSealed FROM Job`)).toEqual([1, 2].map(() => ({ state: 'finished', unitsSealed: 8 })))
  expect(rows("SELECT row FROM Lease WHERE state = 'disagreed'").length).toBeGreaterThan(0)
  expectNobodyStruck()
  expect(trusts()).toEqual([])
})

test('T24 Q9 a researcher’s verify makes nobody trusted', async () => {
  const { anna } = await anotherResearcher((input) => input)
  await app.submit(anna, 12, { verify: verifying(true), redundancy: { targetError: 1e-2 } })
  const liar = { client: crowd[0]!.client, compute: () => 'anything' }
  const isEnded = async () => {
    await computeInTurn([liar], 12)
    return jobRow().state
  }
  await expect.poll(isEnded, PATIENCE).toBe('finished')
  expect(trusts()).toEqual([])
})

test('T24 a job whose verify refuses what two devices say alike stays paused when nothing is open any more, until it is resumed', async () => {
  const job = await app.submit(researcher, 1, { verify: verifying(false), redundancy: 'none' })
  const [first, second] = crowd as [Member, Member]
  await computeInTurn([first])
  await expect.poll(() => rows("SELECT row FROM Lease WHERE state = 'voided'").length, PATIENCE).toBe(1)
  await computeInTurn([second])
  await expect.poll(() => rows('SELECT unitsOpen FROM Job'), PATIENCE).toEqual([{ unitsOpen: 0 }])
  expect(jobRow()).toMatchObject({ state: 'paused', reason: expect.stringMatching(/^verify-contradicted:/) })
  await researcher.ask('control', { job, action: 'resume' })
  expect(jobRow().state).toBe('finished')
})
