import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import type { DeviceRecord, EngineTransaction, JobRecord, LeaseReport, Store } from '../../server/store/store.ts'
import { describeStore, outputOf, Scene } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'
import { expectNothingOnVoidedVotes } from './trust-recount.ts'

const ROUNDS = 5

describeStore((kit) => {
  const scene = () => new Scene(kit().store)

  async function trusted(): Promise<DeviceRecord> {
    const device = await scene().device()
    await kit().rows(`UPDATE "Trust" SET checks = 60, checked = 60, returned = 60 WHERE id = ${device.trustId}`)
    return device
  }

  async function lease(job: JobRecord, device: DeviceRecord, wanted = 1): Promise<string> {
    const checking = { audits: 0, recheck: 'never' as const, trustId: device.trustId, suspect: false, unitsToRecheck: 0, events: 0 }
    const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count: 1, wanted, checking, onlyOpinions: false, deadlineMs: 30_000 }
    const { value } = await kit().store.transact((tx) => tx.leaseUnits([wish]))
    return value[0]!.grants[0]!.lease
  }

  /** What a device says alone, for which it is believed, and what is about to strike it in another unit. */
  async function about(): Promise<{ accepted: LeaseReport; striking: LeaseReport; author: DeviceRecord }> {
    const redundancy = { targetError: 1e-2 } as const
    const [alone, voted] = [await scene().job(1, { redundancy }), await scene().job(1, { redundancy })]
    const [author, second, third] = [await trusted(), await trusted(), await trusted()]
    const newcomer = await scene().device()
    await scene().settle([outputOf(await lease(voted, newcomer, 2), newcomer, 'right')])
    await scene().settle([outputOf(await lease(voted, author), author, 'wrong')])
    await scene().settle([outputOf(await lease(voted, second), second, 'right')])
    const striking = outputOf(await lease(voted, third), third, 'right')
    return { accepted: outputOf(await lease(alone, author), author, 'wrong'), striking, author }
  }

  /** Settles as the batcher does: again where that was nobody's fault. */
  async function settle(store: Store, report: LeaseReport, before = async () => {}): Promise<number> {
    for (let again = 0; ; again++) {
      try {
        await store.transact(async (tx: EngineTransaction) => {
          await tx.settleUnits([report], decideUnit)
          if (again === 0) await before()
        })
        return again
      } catch (error) {
        if (!store.isRetryable(error) || again === 5) throw error
      }
    }
  }

  async function undoAll(store: Store): Promise<void> {
    for (let isMore = true; isMore; ) {
      isMore = await store
        .transact((tx) => tx.trust.undoStrike(decideUnit))
        .then(
          ({ value }) => value !== undefined,
          (error: unknown) => store.isRetryable(error) || Promise.reject(error),
        )
    }
  }

  async function expectToHold(author: DeviceRecord): Promise<void> {
    expect(Number((await kit().rows(`SELECT epoch FROM "Trust" WHERE id = ${author.trustId}`))[0]?.epoch), 'it was struck').toBe(1)
    await expectNothingOnVoidedVotes(kit())
    await expectCountersToEqualRows(kit())
  }

  describe('I4 striking and accepting at the same moment', () => {
    test('I4 a unit is not accepted on a word whose device another server strikes before the commit', async () => {
      const another = await kit().another?.()
      if (!another) return // one process alone can hold the database, and does one transaction at a time
      const { accepted, striking, author } = await about()
      const again = await settle(kit().store, accepted, async () => void (await settle(another, striking)))
      expect(again, 'times it was decided again').toBe(1)
      await undoAll(kit().store)
      await expectToHold(author)
    })

    test('I4 whoever comes first, and though two servers undo at once, nothing stands on a voided vote', async () => {
      const another = (await kit().another?.()) ?? kit().store
      for (let round = 0; round < ROUNDS; round++) {
        const { accepted, striking, author } = await about()
        await Promise.all([settle(kit().store, accepted), settle(another, striking)])
        await Promise.all([undoAll(kit().store), undoAll(another)])
        await undoAll(kit().store)
        await expectToHold(author)
      }
    })
  })
})
