import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import { describeStore, erroredOf, gaveUp, outputOf, Scene, type StoreKit, unitSpecs } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

/** Far beyond 32 bits, and still exact as a number of JSON. */
const FIRST = 2 ** 52
const UNITS = 500

/** The next unit and lease get ids from `FIRST` on, as if all before had been used up. */
const useUpRowIds = ({ store, rows }: StoreKit) =>
  rows(
    store.database === 'sqlite'
      ? `DELETE FROM sqlite_sequence WHERE name IN ('WorkUnit', 'Lease');
         INSERT INTO sqlite_sequence (name, seq) VALUES ('WorkUnit', ${FIRST}), ('Lease', ${FIRST})`
      : `ALTER SEQUENCE "WorkUnit_id_seq" RESTART WITH ${FIRST}; ALTER SEQUENCE "Lease_row_seq" RESTART WITH ${FIRST}`,
  )

describeStore((kit) => {
  describe('S13 row ids', () => {
    test('S13 with row ids beyond 32 bits units are leased, given up, settled late, cancelled and read as any others', async () => {
      await useUpRowIds(kit())
      const scene = new Scene(kit().store)
      const job = await scene.job(UNITS)
      const [a, b] = await scene.devices(2)
      const first = (await scene.lease(job, a!, UNITS)).grants
      expect(first).toHaveLength(UNITS)
      // More than one look sees: the queue's cursor is a row id, too.
      for (let look = 0; look < 3; look++) expect(await scene.lease(job, a!, 10)).toEqual({ grants: [], withheld: 'for-others' })
      const second = (await scene.lease(job, b!, UNITS)).grants
      expect(second.length).toBeGreaterThan(200)
      const of = (grants: typeof first, key: string) => grants.find((grant) => grant.key === key)!.lease
      const { key } = second[0]!
      await scene.settle([gaveUp(of(second, key), 'expired')])
      await kit().age(6000)
      const again = (await scene.lease(job, b!, UNITS)).grants
      expect(of(again, key)).not.toBe(of(second, key))
      expect(await scene.settle([outputOf(of(first, key), a!), outputOf(of(second, key), b!)])).toEqual(['recorded', 'recorded'])
      expect(await scene.settle([erroredOf(of(first, second[1]!.key), a!)])).toEqual(['recorded'])
      const { value } = await kit().store.transact((tx) => tx.cancelUnits(job, [second[2]!.key]))
      expect(value).toMatchObject({ cancelled: 1, revoked: [{ deviceId: a!.id }, { deviceId: b!.id }] })
      await kit().store.transact((tx) => tx.settleUnits([outputOf(of(first, second[3]!.key), a!)], decideUnit))
      expect((await kit().store.reads.events(job.job, 0, 10))?.events).toMatchObject([{ n: 1, kind: 'sealed', key, holders: 2 }])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: UNITS - 2, sealed: 1, cancelled: 1 })
      await expectCountersToEqualRows(kit())
      const columns = ['id of WorkUnit', 'row of Lease', 'unitId of Lease', 'row of PastLease', 'unitId of Event', 'leaseRow of Event']
      const least = columns.map((column) => {
        const [name, table] = column.split(' of ')
        return `(SELECT min("${name}") FROM "${table}") AS "${column}"`
      })
      const [found] = await kit().rows(`SELECT ${least.join(', ')}`)
      expect(columns.filter((column) => !(Number(found?.[column]) >= FIRST))).toEqual([])
    })

    test('S13 a job counts inputs, leases and events beyond 32 bits', async () => {
      const scene = new Scene(kit().store)
      const job = await scene.job(3, { redundancy: 'none' })
      await kit().rows(`UPDATE "Job" SET inputs = ${FIRST}, "failedInputs" = ${FIRST}, leases = ${FIRST}, "eventCount" = ${FIRST}
        WHERE id = ${job.id}`)
      const [device] = await scene.devices(1)
      const { grants } = await scene.lease(job, device!, 2)
      await kit().store.transact((tx) => tx.addUnits(job, unitSpecs(3, 1)))
      await scene.settle(grants.map(({ lease }) => outputOf(lease, device!, 'E', 1)))
      const answer = await kit().store.reads.events(job.job, FIRST, 10)
      expect(answer?.events.map(({ n }) => n)).toEqual([FIRST + 1, FIRST + 2])
      expect(answer?.snapshot).toMatchObject({ inputs: FIRST + 1, failedInputs: FIRST + 2, leases: FIRST + 2, events: FIRST + 2 })
    })
  })
})
