import { expect, test } from 'vitest'
import type { JobSnapshot, JobState, JobsRequest, StoredUnit } from '../../sdk/protocol.ts'
import { ownJobsText } from '../../server/store/reads.ts'
import type { JobRecord } from '../../server/store/store.ts'
import { UNITS_AFTER } from '../../server/store/unit-reads.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'

const DAY = 86_400_000

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads

  async function allJobs(owner: string, request: Omit<JobsRequest, 'after'>): Promise<JobSnapshot[]> {
    const ownerId = await kit().store.ensureAccount(owner, 'researcher')
    const rows: JobSnapshot[] = []
    for (let after: string | undefined; ; ) {
      const page = await reads().ownJobs(ownerId, { ...request, ...(after === undefined ? {} : { after }) })
      expect(page.rows.length).toBeLessThanOrEqual(request.limit)
      rows.push(...page.rows)
      if (page.next === undefined) return rows
      after = page.next
    }
  }

  const end = (job: JobRecord) =>
    kit().store.transact(async (tx) => {
      await tx.cancelUnits(job, ['0'])
      await tx.completeInputs(job)
    })

  test('V21 own jobs come newest first, by state and by name, each once, never another’s', async () => {
    const states = ['running', 'finished', 'cancelled', 'paused', 'failed', 'running'] as const
    const jobs: { job: string; state: JobState; name: string }[] = []
    for (const [i, state] of states.entries()) {
      const job = await scene().job(1, { name: i % 2 === 0 ? 'even' : 'odd' }, 'ada')
      if (state === 'finished') await end(job)
      else if (state !== 'running') await kit().store.transact((tx) => tx.moveJob(job, state, null))
      jobs.push({ job: job.job, state, name: job.name })
    }
    const foreign = await scene().job(1, { name: 'even' }, 'somebody else')
    const newest = jobs.toReversed()
    const isActive = ({ state }: (typeof jobs)[number]) => state === 'running' || state === 'paused'
    for (const limit of [1, 2, 200]) {
      const found = async (request: Omit<JobsRequest, 'after' | 'limit'>) =>
        (await allJobs('ada', { ...request, limit })).map(({ job, state, name }) => ({ job, state, name }))
      expect(await found({})).toEqual(newest)
      expect(await found({ active: true })).toEqual(newest.filter(isActive))
      expect(await found({ active: false })).toEqual(newest.filter((job) => !isActive(job)))
      expect(await found({ name: 'odd' })).toEqual(newest.filter(({ name }) => name === 'odd'))
      expect(await found({ name: 'odd', active: true })).toEqual(newest.filter((job) => job.name === 'odd' && isActive(job)))
      expect(await found({ name: 'od' })).toEqual([])
    }
    expect((await allJobs('somebody else', { limit: 10 })).map(({ job }) => job)).toEqual([foreign.job])
  })

  test('V21 own jobs and units are found by their indexes, whatever else there is', async () => {
    const ownerId = await kit().store.ensureAccount('ada', 'researcher')
    const sqlite = kit().store.database === 'sqlite'
    const plan = async (text: string, values: readonly (string | number)[]) => {
      const filled = text.replaceAll(/\$(\d)/g, (_all, i: string) =>
        typeof values[+i - 1] === 'string' ? `'${values[+i - 1]}'` : `${values[+i - 1]}`,
      )
      // A small table is read faster as a whole, which is no choice of a large one.
      const rows = await kit().rows(sqlite ? `EXPLAIN QUERY PLAN ${filled}` : `SET enable_seqscan = off; EXPLAIN ${filled}`)
      return JSON.stringify(rows)
    }
    const filters = [ownerId, 1e6, 10, 'even'] as const
    expect(await plan(ownJobsText(undefined, false), filters)).toContain('Job_ownerId_id_idx')
    for (const active of [true, false]) expect(await plan(ownJobsText(active, false), filters)).toContain('Job_ownerId_state_id_idx')
    expect(await plan(ownJobsText(true, true), filters)).toContain('Job_ownerId_name_id_idx')
    expect(await plan(UNITS_AFTER, [1, 'key', 10])).toContain('WorkUnit_jobId_key_key')
  })

  test('V22 units come back byte for byte, in pages of units and of bytes, and by key', async () => {
    const job = await scene().job(0)
    const specs = Array.from({ length: 130 }, (_, i) => ({
      key: `k${i}`,
      input: Buffer.alloc(i % 40 === 7 ? 200 * 1024 : i, i),
      inputs: i + 1,
    }))
    for (const half of [specs.slice(0, 70), specs.slice(70)]) await kit().store.transact((tx) => tx.addUnits(job, half))
    await kit().store.transact((tx) => tx.cancelUnits(job, ['k3']))
    const shape = ({ key, input, inputs, state }: StoredUnit) => [key, Buffer.from(input).toString('base64'), inputs, state]
    const expected = specs.map((spec) => shape({ ...spec, state: spec.key === 'k3' ? 'cancelled' : 'open' })).sort()
    for (const limit of [1, 7, 1000]) {
      const found: StoredUnit[] = []
      for (let after: string | undefined = ''; after !== undefined; ) {
        const answer: Awaited<ReturnType<ReturnType<typeof reads>['units']>> = await reads().units(job.job, after, limit)
        const bytes = answer!.units.reduce((sum, { input }) => sum + input.length, 0)
        expect(answer!.units.length === 1 || (answer!.units.length <= limit && bytes <= 256 * 1024)).toBe(true)
        found.push(...answer!.units)
        after = answer!.next
      }
      expect(found.map(shape).sort()).toEqual(expected)
    }
    const wanted = new Set(specs.map(({ key }) => key))
    for (let asked = 0; wanted.size > 0; asked++) {
      const units = (await reads().unitsByKey(job.job, [...wanted, 'none']))!
      expect(units.length).toBeGreaterThan(0)
      for (const { key } of units) expect(wanted.delete(key)).toBe(true)
      expect(asked).toBeLessThan(10)
    }
    expect(await reads().unitsByKey(job.job, ['none'])).toEqual([])
    expect(await reads().units('0'.repeat(32), '', 1)).toBeUndefined()
    expect(await reads().unitsByKey('0'.repeat(32), ['k1'])).toBeUndefined()
  })

  test('V23 a job says since when it waits for its client, and is found when that is long', async () => {
    const { store, rows } = kit()
    const [waiting, busy, complete] = [
      await scene().job(1, { redundancy: 'none' }),
      await scene().job(2, { redundancy: 'none' }),
      await scene().job(1, { redundancy: 'none' }),
    ]
    await store.transact((tx) => tx.completeInputs(complete))
    const device = await scene().device()
    for (const job of [waiting, busy, complete])
      await scene().settle((await scene().lease(job, device, 1)).grants.map(({ lease }) => outputOf(lease, device)))
    const since = async (job: string) => (await reads().job(job))?.waitingSince
    const [event] = await rows(`SELECT "createdAt" FROM "Event" WHERE "jobId" = ${waiting.id}`)
    expect([await since(waiting.job), await since(busy.job), await since(complete.job)]).toEqual([
      Number(event?.createdAt),
      undefined,
      undefined,
    ])
    expect(await store.abandonedJobs(DAY)).toEqual([])
    await rows(`UPDATE "Job" SET "createdAt" = "createdAt" - ${2 * DAY}`)
    expect(await store.abandonedJobs(DAY)).toEqual([])
    await rows(`UPDATE "Event" SET "createdAt" = "createdAt" - ${2 * DAY}`)
    expect(await store.abandonedJobs(DAY)).toEqual([waiting.job])
    await store.transact((tx) => tx.completeInputs(waiting))
    expect([(await reads().job(waiting.job))?.state, await since(waiting.job)]).toEqual(['finished', undefined])
    expect(await store.abandonedJobs(DAY)).toEqual([])
  })
})
