import { expect, test } from 'vitest'
import type { PilotResult } from '../../server/store/pilot-store.ts'
import { describeStore, hex, Scene } from '../support/store-kit.ts'

const CLAIM_MS = 60_000
const PASSED: PilotResult = { verdict: 'passed', isolation: 'job', isGeneral: true, unitSeconds: 0.5, note: null }

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const pilots = () => kit().store.pilots
  const newKey = () => Buffer.from(hex(32), 'hex')
  const isTried = async (id: number) => (await kit().store.openJobs()).find((job) => job.id === id)?.isTried

  test('B1 the pilot of a job is taken up once, with all units where it has three, and given back', async () => {
    const job = await scene().job(3)
    const key = newKey()
    const claims = await Promise.all([pilots().claim(job.id, key, CLAIM_MS), pilots().claim(job.id, key, CLAIM_MS)])
    const [claimed] = claims.filter((claim) => claim !== undefined)
    expect(claims.filter((claim) => claim === undefined)).toHaveLength(1)
    expect(claimed!.units.map(({ key, input, inputs }) => [key, Buffer.from(input).toString(), inputs])).toEqual([
      ['0', 'input 0', 1],
      ['1', 'input 1', 1],
      ['2', 'input 2', 1],
    ])
    expect(claimed!.known).toBeUndefined()
    expect((await kit().store.reads.job(job.job))?.pilot).toBe('running')
    await pilots().release(job.id)
    expect(await pilots().claim(job.id, key, CLAIM_MS)).toBeDefined()
  })

  test('B1 its units are drawn anew from all that the job has, whatever their keys and wherever they are', async () => {
    const job = await scene().job(5)
    const [holder] = await scene().devices(1)
    await scene().lease(job, holder!, 2)
    const drawn = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const keys = (await pilots().claim(job.id, newKey(), CLAIM_MS))!.units.map(({ key }) => key)
      expect([keys.length, keys]).toEqual([3, [...new Set(keys)].sort()])
      for (const key of keys) drawn.add(key)
      await pilots().release(job.id)
    }
    // That a unit is missed sixty times has a chance of 1e-24.
    expect([...drawn].sort()).toEqual(['0', '1', '2', '3', '4'])
  })

  test('B1 they are drawn from 120,000 units by queries that pass over some each', async () => {
    const job = await scene().job(1)
    const digits = `WITH d(n) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)), g(n) AS (VALUES (0), (1))`
    const from = `d a, d b, d c, d e, d f, g WHERE a.n + 10 * b.n + 100 * c.n + 1000 * e.n + 10000 * f.n + 100000 * g.n`
    await kit().rows(`INSERT INTO "WorkUnit" ("jobId", requirement, state, live, wanted, copies, errored, "key", input, inputs)
      ${digits} SELECT ${job.id}, 0, 'open', 0, 2, 0, 0, 'k' || a.n || b.n || c.n || e.n || f.n || g.n, u.input, 1
      FROM (SELECT input FROM "WorkUnit" WHERE "jobId" = ${job.id}) u, ${from} < 119999`)
    await kit().rows(`UPDATE "Job" SET "unitsOpen" = 120000, inputs = 120000 WHERE id = ${job.id}`)
    const [one, other] = [await pilots().claim(job.id, newKey(), 0), await pilots().claim(job.id, newKey(), 0)]
    for (const claimed of [one, other]) expect(new Set(claimed!.units.map(({ key }) => key)).size).toBe(3)
    expect(one!.units.map(({ key }) => key)).not.toEqual(other!.units.map(({ key }) => key))
  })

  test('B4 what a killed server had taken up is anybody’s after its time', async () => {
    const job = await scene().job(1)
    expect(await pilots().claim(job.id, newKey(), CLAIM_MS)).toBeDefined()
    await kit().age(CLAIM_MS - 5000)
    expect(await pilots().claim(job.id, newKey(), CLAIM_MS)).toBeUndefined()
    await kit().age(6000)
    expect(await pilots().claim(job.id, newKey(), CLAIM_MS)).toBeDefined()
  })

  test('B1 what it showed is kept once, for the job and for others of its code; a pace that was measured stays', async () => {
    const [job, other, third] = [await scene().job(2), await scene().job(2), await scene().job(2)]
    const key = newKey()
    await pilots().claim(job.id, key, CLAIM_MS)
    expect(await isTried(job.id)).toBe(false)
    await pilots().finish(job.id, key, PASSED)
    await pilots().finish(job.id, key, { ...PASSED, verdict: 'failed', unitSeconds: 9, note: 'too late' })
    expect(await kit().store.reads.job(job.job)).toMatchObject({ pilot: 'passed', unitSeconds: 0.5 })
    expect((await kit().store.openJobs()).find(({ id }) => id === job.id)).toMatchObject({ isTried: true, isolation: 'job' })
    expect(await pilots().claim(job.id, key, CLAIM_MS)).toBeUndefined()
    expect((await pilots().claim(other.id, key, CLAIM_MS))?.known).toBe('job')
    expect((await pilots().claim(third.id, newKey(), CLAIM_MS))?.known).toBeUndefined()
    await kit().rows(`UPDATE "Job" SET "measuredUnits" = 1, "unitSeconds" = 2 WHERE id = ${other.id}`)
    await pilots().finish(other.id, key, { ...PASSED, verdict: 'unmeasured', note: 'too long' })
    const snapshot = await kit().store.reads.job(other.job)
    expect(snapshot).toMatchObject({ pilot: 'unmeasured', unitSeconds: 2 })
    expect(await pilots().isUnpriced(other.job)).toBe(true)
    expect(await pilots().unpriced(1000)).toContain(other.job)
    await kit().store.credits.setPrice(other, [0.25])
    expect(await pilots().isUnpriced(other.job)).toBe(false)
    expect(await pilots().unpriced(1000)).not.toContain(other.job)
    expect(await pilots().isUnpriced(third.job)).toBe(false)
    expect([await pilots().note(other.job), await pilots().note(job.job)]).toEqual(['too long', undefined])
  })

  test('B1 a job without units, one that is paused and one that is gone are not tried out', async () => {
    const [empty, paused] = [await scene().job(0), await scene().job(1)]
    expect((await pilots().claim(empty.id, newKey(), CLAIM_MS))?.units).toEqual([])
    await kit().store.transact((tx) => tx.addUnits(empty, [{ key: '0', input: Buffer.from('later'), inputs: 1 }]))
    expect((await pilots().claim(empty.id, newKey(), CLAIM_MS))?.units).toHaveLength(1)
    await kit().store.transact((tx) => tx.moveJob(paused, 'paused', 'a test'))
    expect(await pilots().claim(paused.id, newKey(), CLAIM_MS)).toBeUndefined()
    expect(await pilots().claim(2 ** 30, newKey(), CLAIM_MS)).toBeUndefined()
  })
})
