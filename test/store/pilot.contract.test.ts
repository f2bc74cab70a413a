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

  test('B1 the pilot of a job is taken up once, with its first units, and given back', async () => {
    const job = await scene().job(5)
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
