import { expect, test } from 'vitest'
import { overheadOf } from '../../sdk/overhead.ts'
import { describeStore, Scene } from '../support/store-kit.ts'

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const reads = () => kit().store.reads

  test('Q3 a job says what it asked for, and what it paid for it', async () => {
    const trusting = await scene().job(1, { redundancy: { targetError: 1e-3 } })
    const plain = await scene().job(2, { redundancy: { quorum: 3 } })
    const none = await scene().job(0, { redundancy: 'none' })
    const counters = `leases = 13, "unitsAccepted" = 4, "unitsSealed" = 6, audits = 2, wasted = 1, "unitsAlone" = 3`
    const engine = `"engineClass" = 'v8-13', "engineSensitive" = 1, "closingSince" = 1700000000000`
    await kit().rows(`UPDATE "Job" SET ${counters}, ${engine} WHERE id = ${trusting.id}`)
    const snapshot = (await reads().job(trusting.job))!
    expect(snapshot).toMatchObject({
      ...{ redundancy: { targetError: 1e-3 }, leases: 13, audits: 2, wasted: 1, unitsAlone: 3 },
      ...{ engineClass: 'v8-13', engineSensitive: true, closingSince: 1_700_000_000_000 },
    })
    expect(overheadOf(snapshot)).toEqual({ leasesPerUnit: 1.3, auditShare: 2 / 13, wastedShare: 1 / 13 })
    await kit().rows(`UPDATE "Job" SET state = 'finished' WHERE id = ${trusting.id}`)
    expect(await reads().job(trusting.job)).not.toHaveProperty('closingSince')
    expect(await reads().job(plain.job)).toMatchObject({ redundancy: { quorum: 3 }, audits: 0, wasted: 0, unitsAlone: 0 })
    expect(await reads().job(plain.job)).not.toHaveProperty('engineClass')
    const fresh = (await reads().job(none.job))!
    expect(fresh.redundancy).toBe('none')
    expect(overheadOf(fresh)).toEqual({ leasesPerUnit: 0, auditShare: 0, wastedShare: 0 })
  })
})
