import { describe, expect, test } from 'vitest'
import { HALF_LIMIT } from '../../server/core/policy.ts'
import type { DeviceRecord, LeaseReport, Store } from '../../server/store/store.ts'
import { coordinate } from '../support/coordinator.ts'
import { CODE, describeStore, gaveUp, jobSpec, outputOf, Scene, unitSpecs } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const asks = (most: number) => ({ threads: 500, seconds: 3600, held: 0, most })
const submission = (units: number, change: Parameters<typeof jobSpec>[0] = {}) => ({
  spec: jobSpec(change),
  code: CODE,
  units: unitSpecs(0, units),
  inputsComplete: true,
})

/** A store whose transactions wait for `open`. */
function gated(store: Store): { store: Store; open: () => void; fail: (error: Error) => void; waiting: () => number } {
  const gate = Promise.withResolvers<void>()
  gate.promise.catch(() => {}) // a gate may fail before anybody waits at it
  let waiting = 0
  const transact: Store['transact'] = async (steps) => {
    waiting += 1
    await gate.promise
    return store.transact(steps)
  }
  const held = new Proxy(store, {
    get: (target, name) => {
      if (name === 'transact') return transact
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: held, open: () => gate.resolve(), fail: gate.reject, waiting: () => waiting }
}

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const owner = () => kit().store.ensureAccount('owner', 'researcher')

  describe('S7 one bad item', () => {
    test('S7 of a thousand results one cannot be written: 999 are recorded, one has an error, and the job goes on', async () => {
      const { coordinator, failures } = coordinate(kit().store)
      const job = await coordinator.submit(await owner(), submission(1000, { redundancy: 'none' }))
      const [device] = await scene().devices(1)
      const { grants } = await scene().lease(job, device!, 1000)
      const poisoned = grants.findIndex(({ key }) => key === '700')
      if (kit().store.database === 'sqlite') {
        await kit().rows(`CREATE TRIGGER poison BEFORE UPDATE ON "WorkUnit" WHEN NEW."key" = '700' AND NEW."jobId" = ${job.id}
          BEGIN SELECT RAISE(ABORT, 'poisoned'); END`)
      } else {
        await kit().rows(
          `ALTER TABLE "WorkUnit" ADD CONSTRAINT poison CHECK ("key" <> '700' OR "jobId" <> ${job.id} OR state = 'open') NOT VALID`,
        )
      }
      const reports = () => grants.map(({ lease }) => outputOf(lease, device!))
      const outcomes = await coordinator.report(reports())
      expect(outcomes.map((outcome) => (typeof outcome === 'string' ? outcome : outcome.code))).toEqual(
        grants.map((_, i) => (i === poisoned ? 'internal' : 'recorded')),
      )
      expect(failures).toHaveLength(1)
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 1, accepted: 999 })
      await kit().rows(kit().store.database === 'sqlite' ? 'DROP TRIGGER poison' : 'ALTER TABLE "WorkUnit" DROP CONSTRAINT poison')
      expect(new Set(await coordinator.report(reports()))).toEqual(new Set(['duplicate', 'recorded']))
      await expectCountersToEqualRows(kit())
    })

    test('S7 a submission that is refused leaves those it shared its batch with', async () => {
      const { coordinator } = coordinate(kit().store)
      const account = await owner()
      const wrong = { ...submission(1), code: Buffer.from('other code') }
      const answers = await Promise.allSettled([submission(2), wrong, submission(3)].map((each) => coordinator.submit(account, each)))
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((answers[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'bundle-mismatch' })
    })
  })

  describe('S9 through the coordinator', () => {
    test.each([1, 2])('S9 cancelling revokes what is being computed at quorum %i, and the job keeps no open unit', async (quorum) => {
      const { coordinator, live } = coordinate(kit().store)
      const account = await owner()
      const job = await coordinator.submit(account, submission(10, { redundancy: { quorum } }))
      const [device] = await scene().devices(1)
      const revoked: string[] = []
      const link = { device: device!.device, threads: 1, supersede: () => {}, ask: () => {}, dismiss: () => {} }
      live.connect(device!.id, { ...link, revoke: ({ leases }) => void revoked.push(...leases) })
      const { grants } = await coordinator.lease(device!, asks(4), 0)
      await coordinator.control(account, job.job, 'cancel')
      while ((await coordinator.sweepLeftovers()) > 0);
      expect([...revoked].sort()).toEqual(grants.map(({ grant }) => grant.lease).sort())
      expect(await kit().store.reads.job(job.job)).toMatchObject({ state: 'cancelled', units: { open: 0, cancelled: 10 } })
      await expectCountersToEqualRows(kit())
    })

    test('S9 a dropped key that is unknown or decided is not counted', async () => {
      const { coordinator } = coordinate(kit().store)
      const account = await owner()
      const job = await coordinator.submit(account, submission(3))
      expect(await coordinator.drop(account, job.job, ['0', 'unheard of', '1'])).toBe(2)
      expect(await coordinator.drop(account, job.job, ['0', '1', '2'])).toBe(1)
      expect((await kit().store.reads.job(job.job))?.state).toBe('finished')
    })
  })

  describe('S4 waiting', () => {
    const fill = async (units: number) => {
      const { coordinator, timers } = coordinate(kit().store)
      const [device] = await scene().devices(1)
      const job = await coordinator.submit(await owner(), submission(units))
      return { coordinator, timers, device: device!, job }
    }

    test('S4 who has given all its opinions is told that others are awaited', async () => {
      const { coordinator, device, job } = await fill(3)
      const { grants } = await coordinator.lease(device, asks(1000), 0)
      expect(grants).toHaveLength(3)
      await coordinator.report(grants.map(({ grant }) => outputOf(grant.lease, device)))
      expect(await coordinator.lease(device, asks(1000), 0)).toEqual({ grants: [], reason: 'waiting-for-other-volunteers' })
      await coordinator.control(job.ownerId, job.job, 'cancel')
    })

    test('S4 a request whose asker went away gets nothing when units come', async () => {
      const { coordinator, device, job } = await fill(0)
      const gone = new AbortController()
      const asking = coordinator.lease(device, asks(10), 20_000, gone.signal)
      await expect.poll(() => coordinator.parking.size).toBe(1)
      gone.abort()
      const next = await coordinator.submit(job.ownerId, submission(4))
      expect((await asking).grants).toEqual([])
      expect((await kit().store.reads.job(next.job))?.leases).toBe(0)
      await coordinator.control(next.ownerId, next.job, 'cancel')
    })

    test('S4 while another server holds the units a request waits as busy, and gets them as soon as they are free', async ({ skip }) => {
      const another = await kit().another?.()
      if (!another) return skip('a SQLite database has one server')
      const { coordinator, timers, device, job } = await fill(2)
      const [rival] = await new Scene(another).devices(1)
      const [locked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const holding = another.transact(async (tx) => {
        const wish = { job, deviceId: rival!.id, holder: `d:${rival!.id}`, count: 2, wanted: 1, onlyOpinions: false, deadlineMs: 30_000 }
        const taken = await tx.leaseUnits([wish])
        locked.resolve()
        await gate.promise
        return taken
      })
      await Promise.race([locked.promise, holding])
      expect(await coordinator.lease(device, asks(2), 0)).toEqual({ grants: [], reason: 'busy' })
      const waiting = coordinator.lease(device, asks(2), 20_000)
      await expect.poll(() => coordinator.parking.size).toBe(1)
      gate.resolve()
      const leases = (await holding).value.flatMap(({ grants }) => grants.map(({ lease }) => gaveUp(lease)))
      await coordinate(another).coordinator.report(leases)
      await expect.poll(() => coordinator.parking.size).toBe(1)
      timers.advance(100)
      expect((await waiting).grants).toHaveLength(2)
    })

    test('S4 with too many units half done nothing fresh is started', async () => {
      const { coordinator, device, job } = await fill(0)
      const big = await coordinator.submit(job.ownerId, { ...submission(0), inputsComplete: false })
      for (let from = 0; from < HALF_LIMIT + 1000; from += 1000) {
        await coordinator.add(big.ownerId, { job: big.job, units: unitSpecs(from, 1000), inputsComplete: from >= HALF_LIMIT })
      }
      let held = 0
      for (let n = 0; n < 30; n++) {
        const { grants, reason } = await coordinator.lease(device, asks(1000), 0)
        held += grants.length
        if (grants.length === 0) {
          expect(reason).toBe('waiting-for-other-volunteers')
          break
        }
      }
      expect(held).toBe(HALF_LIMIT)
      const [other] = await scene().devices(1)
      expect((await coordinator.lease(other!, asks(500), 0)).grants).toHaveLength(500)
      expect((await coordinator.lease(device, asks(500), 0)).grants).toHaveLength(500)
      await coordinator.control(big.ownerId, big.job, 'cancel')
    })
  })

  describe('S12 fairness', () => {
    test('S12 three owners share the leases 1:1:1, though one has two jobs and another the highest priority', async () => {
      const { coordinator } = coordinate(kit().store)
      const [device] = await scene().devices(1)
      const accounts = await Promise.all(['one', 'two', 'three'].map((name) => kit().store.ensureAccount(`fair ${name}`, 'researcher')))
      const ownerOf = new Map<string, number>()
      const jobs = [
        [0, 2, 5],
        [1, 2, 4],
        [2, 2, 3],
        [2, 2, 3],
      ] as const
      for (const [owner, priority, thousands] of jobs) {
        const job = await coordinator.submit(accounts[owner]!, {
          ...submission(0, { redundancy: 'none', priority }),
          inputsComplete: false,
        })
        ownerOf.set(job.job, owner)
        for (let n = 0; n < thousands; n++) {
          await coordinator.add(accounts[owner]!, { job: job.job, units: unitSpecs(1000 * n, 1000), inputsComplete: n === thousands - 1 })
        }
      }
      const given = [0, 0, 0]
      let total = 0
      for (let n = 0; total < 9900; n++) {
        const { grants } = await coordinator.lease(device!, asks(30 + (n % 5) * 30), 0)
        expect(grants.length).toBeGreaterThan(0)
        for (const { job } of grants) given[ownerOf.get(job.job)!]! += 1
        total += grants.length
      }
      for (const units of given) expect(Math.abs(units / (total / 3) - 1)).toBeLessThanOrEqual(0.05)
    })
  })

  describe('V8 what waits', () => {
    test('V8 submissions are refused before what waits fills the memory', async () => {
      const gate = gated(kit().store)
      const { coordinator } = coordinate(gate.store)
      const account = await owner()
      const input = Buffer.alloc(1024 * 1024)
      const large = () => ({ ...submission(0), units: Array.from({ length: 7 }, (_, i) => ({ key: String(i), input, inputs: 1 })) })
      const codes: Promise<string>[] = []
      for (let i = 0; i < 40; i++) codes.push(coordinator.submit(account, large()).then(String, (error) => error.code))
      expect(await codes.at(-1)).toBe('server-busy')
      gate.fail(Object.assign(new Error('the disk is gone'), { code: 'SQLITE_IOERR' }))
      const answers = await Promise.all(codes)
      expect(answers.filter((code) => code === 'storage-failed').length).toBeGreaterThanOrEqual(36)
      expect(await coordinator.submit(account, submission(0)).catch((error) => error.code)).toBe('storage-failed')
    })
  })

  describe('S6 order of a batch', () => {
    test('S6 calls that meet a slow transaction share the next one, and each is answered for itself', async () => {
      const gate = gated(kit().store)
      const { coordinator } = coordinate(gate.store)
      const job = await scene().job(20, { redundancy: 'none' })
      const [device] = await scene().devices(1)
      const { grants } = await scene().lease(job, device!, 20)
      const reported = grants.map(({ lease }, i): Promise<unknown> => {
        const report: LeaseReport = i === 3 ? gaveUp(lease) : outputOf(lease, device as DeviceRecord)
        return coordinator.report([report])
      })
      await expect.poll(() => gate.waiting()).toBe(1)
      gate.open()
      expect(await Promise.all(reported)).toEqual(grants.map(() => ['recorded']))
      expect(gate.waiting()).toBeLessThanOrEqual(2)
    })
  })
})
