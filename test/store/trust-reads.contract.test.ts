import { expect, test } from 'vitest'
import { encodeOutputs } from '../../sdk/codec.ts'
import { overheadOf } from '../../sdk/overhead.ts'
import { appeal, standingOf } from '../../server/standing.ts'
import { refOf } from '../../server/store/payload-ref.ts'
import type { DeviceRecord, LeaseReport } from '../../server/store/store.ts'
import { UNTAKEN_UNITS } from '../../server/store/trust-reads.ts'
import { describeStore, erroredOf, gaveUp, hex, outputOf, Scene } from '../support/store-kit.ts'

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

  test('Q10 what was answered to units that wait for an opinion is read, without what a strike undid', async () => {
    const [one, two, three] = await scene().devices(3)
    const job = await scene().job(3, { redundancy: { targetError: 1e-2 }, ownDevices: false })
    const answer = async (device: DeviceRecord, letter: string, count: number) => {
      const { grants } = await scene().lease(job, device, count, { wanted: 2 })
      await scene().settle(grants.map(({ lease }) => outputOf(lease, device, letter)))
    }
    await answer(one!, 'a', 2)
    await answer(two!, 'b', 1)
    await answer(three!, 'c', 1)
    // The leases of these wishes name no trust: a newcomer's, and the struck one's.
    const trust = `"trustId" = ${two!.trustId}`
    await kit().rows(`UPDATE "Trust" SET checks = 7 WHERE id = ${two!.trustId}; UPDATE "Lease" SET ${trust} WHERE "deviceId" = ${two!.id}`)
    await kit().rows(`UPDATE "Trust" SET epoch = 1 WHERE id = ${three!.trustId}`)
    await kit().rows(`UPDATE "Lease" SET "trustId" = ${three!.trustId} WHERE "deviceId" = ${three!.id}`)
    const votes = (await reads().waitingVotes(job)).map(({ holder, output, checks }) => [holder, output, checks])
    expect(votes.sort()).toEqual(
      [
        [`d:${one!.id}`, refOf(Buffer.from('a')), 0],
        [`d:${one!.id}`, refOf(Buffer.from('a')), 0],
        [`d:${two!.id}`, refOf(Buffer.from('b')), 7],
      ].sort(),
    )
  })

  test('Q10 of units that nobody has is read who may not have them again, unless one is computed or an answer is to be checked', async () => {
    const [one, two] = await scene().devices(2)
    const job = await scene().job(3, { verify: 'export const work = () => false' })
    const untaken = async () => (await reads().untakenUnits(job)).map((had) => had.map(({ holder, deviceId }) => [holder, deviceId]))
    const lease = async (device: DeviceRecord, count: number) => (await scene().lease(job, device, count, { wanted: 1 })).grants
    const refuse = (id: string): LeaseReport => ({ lease: id, by: null, report: { kind: 'checked', verdict: 'refused', why: 'no' } })
    const had = ({ id }: DeviceRecord) => [`d:${id}`, id]
    expect(await untaken()).toEqual([[], [], []])
    const [first, second, third] = (await lease(one!, 3)).map((grant) => grant.lease) as [string, string, string]
    expect(await untaken()).toEqual([])
    await scene().settle([erroredOf(third, one!), ...[first, second].map((each) => outputOf(each, one!))])
    expect(await untaken()).toEqual([])
    await scene().settle([first, second].map(refuse))
    expect(await untaken()).toEqual([[had(one!)], [had(one!)], []])
    const [again] = await lease(two!, 1)
    expect(await untaken()).toEqual([])
    await scene().settle([gaveUp(again!.lease)])
    expect(await untaken()).toEqual([[had(one!)], [had(one!)], []])
    const [last] = await lease(two!, 1)
    await scene().settle([outputOf(last!.lease, two!, 'b')])
    await scene().settle([refuse(last!.lease)])
    expect((await untaken()).map((each) => each.toSorted())).toEqual([[had(one!)], [had(one!), had(two!)].toSorted(), []])
  })

  test('Q10 they are found by indexes', async () => {
    const sqlite = kit().store.database === 'sqlite'
    const filled = UNTAKEN_UNITS.replaceAll('$1', '1').replaceAll('$2', '0')
    const plan = JSON.stringify(await kit().rows(sqlite ? `EXPLAIN QUERY PLAN ${filled}` : `SET enable_seqscan = off; EXPLAIN ${filled}`))
    for (const index of ['WorkUnit_fresh', 'Lease_unitId_holder_key', 'Lease_oldest', 'Lease_checking']) expect(plan).toContain(index)
    expect(plan).not.toMatch(/Seq Scan|SCAN (?:l|WorkUnit|Lease)\b(?! USING)/)
  })

  test('V45 what a device earned and what it failed are read by page, newest first, with the two outputs', async () => {
    const [device, other] = await scene().devices(2)
    const job = await scene().job(1, { name: 'mine' })
    const now = 1_700_000_000_000
    const seeds = [device!, other!].map(({ id }) => `(${id}, 'v8-13', 7, 2, 40, 90, 1, 3), (${id}, 'v8-14', 12, 0, 12, 30, 0, 0)`)
    const columns = '"deviceId", "engineClass", checks, strikes, checked, returned, suspect, "auditsPassed"'
    await kit().rows(`DELETE FROM "Trust" WHERE "deviceId" IN (${device!.id}, ${other!.id})`)
    await kit().rows(`INSERT INTO "Trust" (${columns}) VALUES ${seeds.join(', ')}`)
    const trusts = await kit().rows(`SELECT id FROM "Trust" WHERE "deviceId" = ${device!.id} ORDER BY id`)
    const unit = (await kit().rows(`SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id}`))[0]!.id
    const bytes = (value: unknown) => refOf(encodeOutputs([{ value }]))
    const literal = (hexText: string) => (kit().store.database === 'sqlite' ? `x'${hexText}'` : `'\\x${hexText}'`)
    const strike = (i: number) =>
      `(${trusts[0]!.id}, ${device!.id}, ${job.id}, ${i === 2 ? 999_999_999 : unit}, 0, ${i}, 5, 0, ${literal(bytes(`wrong ${i}`))}, ${literal(bytes(7n))}, ${now + i}, ${i === 1 ? 1 : 0})`
    const strikeColumns =
      '"trustId", "deviceId", "jobId", "unitId", "leaseRow", epoch, "checksBefore", "suspectBefore", output, accepted, "createdAt", reverted'
    await kit().rows(`INSERT INTO "Strike" (${strikeColumns}) VALUES ${[0, 1, 2].map(strike).join(', ')}`)
    expect(await reads().trustOf(device!.device)).toEqual([
      { engineClass: 'v8-14', suspect: false, checks: 12, strikes: 0, checked: 12, returned: 30, auditsPassed: 0 },
      { engineClass: 'v8-13', suspect: true, checks: 7, strikes: 2, checked: 40, returned: 90, auditsPassed: 3 },
    ])
    const first = await reads().strikesOf(device!.device, undefined, 2)
    const last = await reads().strikesOf(device!.device, first.next, 2)
    expect([first.rows.length, last.rows.length, last.next]).toEqual([2, 1, undefined])
    expect([...first.rows, ...last.rows].map(({ at, reverted, unit: key }) => [at - now, reverted, key])).toEqual([
      [2, false, undefined],
      [1, true, '0'],
      [0, false, '0'],
    ])
    expect(await reads().strikesOf(other!.device, undefined, 5)).toEqual({ rows: [] })
    const standing = await standingOf(kit().store, device!.device, undefined, 1)
    expect(standing).toMatchObject({ state: 'new', trust: [{ state: 'trusted' }, { state: 'suspect' }], next: first.rows[0]!.strike })
    expect(standing.strikes).toEqual([
      {
        ...{ strike: first.rows[0]!.strike, at: now + 2, engineClass: 'v8-13', given: 'copy', reverted: false },
        ...{ job: { job: job.job, name: 'mine' }, output: '"wrong 2"', accepted: '{"$int":"7"}' },
      },
    ])
    await expect(standingOf(kit().store, hex(16), undefined, 1)).rejects.toThrow('Expected the id of a device')
  })

  test('V45 an appeal is kept in place of the one before, and done with the un-ban', async () => {
    const device = await scene().device()
    await appeal(kit().store, device.device, 'first')
    await appeal(kit().store, device.device, 'it was the memory')
    await kit().store.banDevice(device.id, 'a reason')
    expect(await reads().device(device.device)).toMatchObject({ appeal: 'it was the memory', banReason: 'a reason' })
    await kit().store.unbanDevice(device.id)
    expect(await reads().device(device.device)).not.toHaveProperty('appeal')
    await expect(appeal(kit().store, hex(16), 'x')).rejects.toThrow('Expected the id of a device')
  })
})
