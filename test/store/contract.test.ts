import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decideUnit } from '../../server/engine-batch.ts'
import { PlatformError } from '../../server/errors.ts'
import { digestOf } from '../../server/store/payloads.ts'
import type { EngineTransaction, Store } from '../../server/store/store.ts'
import { CODE, describeStore, erroredOf, gaveUp, jobSpec, outputOf, Scene, unitSpecs } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const AVOID_MS = 5000
const range = (count: number) => Array.from({ length: count }, (_, i) => i)
const keysOf = ({ grants }: { grants: readonly { key: string }[] }) => grants.map(({ key }) => key)

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const transact = <Value>(steps: (tx: EngineTransaction) => Promise<Value>) =>
    kit()
      .store.transact(steps)
      .then(({ value }) => value)

  describe('S3 adding by key', () => {
    test('S3 a key is one unit, however often it is added', async () => {
      const job = await scene().job(0)
      expect(await transact((tx) => tx.addUnits(job, unitSpecs(0, 10)))).toEqual({ added: 10, existing: 0 })
      expect(await transact((tx) => tx.addUnits(job, unitSpecs(5, 10)))).toEqual({ added: 5, existing: 5 })
      expect(await transact((tx) => tx.addUnits(job, [...unitSpecs(20, 1), ...unitSpecs(20, 1)]))).toEqual({ added: 1, existing: 1 })
      expect((await kit().store.reads.job(job.job))?.units.open).toBe(16)
      await expectCountersToEqualRows(kit())
    })

    test('S3 an existing unit keeps its input', async () => {
      const job = await scene().job(1)
      await transact((tx) => tx.addUnits(job, [{ key: '0', input: Buffer.from('another'), inputs: 7 }]))
      const [device] = await scene().devices(1)
      const { grants } = await scene().lease(job, device!, 1)
      expect(grants.map(({ input, inputs }) => [Buffer.from(input).toString(), inputs])).toEqual([['input 0', 1]])
    })

    test('S3 a job submitted again is the same job, and another’s id is refused', async () => {
      const spec = jobSpec()
      const [mine, other] = [await kit().store.ensureAccount('mine', 'researcher'), await kit().store.ensureAccount('other', 'researcher')]
      const submit = (owner: number, code = CODE, change = spec) => transact((tx) => tx.createJob(change, code, owner))
      const first = await submit(mine)
      expect(await submit(mine)).toEqual(first)
      await expect(submit(other)).rejects.toMatchObject({ code: 'job-conflict' })
      const code = Buffer.from('other code')
      await expect(submit(mine, code, { ...spec, bundle: digestOf(code) })).rejects.toMatchObject({ code: 'job-conflict' })
      await expect(submit(mine, code, jobSpec())).rejects.toMatchObject({ code: 'bundle-mismatch' })
    })

    test('S3 a job that is complete or over takes no units, and says so; keys it has are still answered', async () => {
      const job = await scene().job(3)
      await transact((tx) => tx.completeInputs(job))
      await expect(transact((tx) => tx.addUnits(job, unitSpecs(3, 1)))).rejects.toMatchObject({ code: 'job-closed' })
      expect(await transact((tx) => tx.addUnits(job, unitSpecs(0, 3)))).toEqual({ added: 0, existing: 3 })
      const cancelled = await scene().job(0)
      await transact((tx) => tx.moveJob(cancelled, 'cancelled', null))
      await expect(transact((tx) => tx.addUnits(cancelled, unitSpecs(0, 1)))).rejects.toBeInstanceOf(PlatformError)
    })

    test('S3 what a transaction added is gone when it fails', async () => {
      const job = await scene().job(1)
      const failing = transact(async (tx) => {
        await tx.addUnits(job, unitSpecs(1, 5))
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      expect((await kit().store.reads.job(job.job))?.units.open).toBe(1)
      expect(await transact((tx) => tx.addUnits(job, unitSpecs(1, 5)))).toEqual({ added: 5, existing: 0 })
    })
  })

  describe('S4 leasing', () => {
    test('S4 a holder never gets a unit twice at once, another does', async () => {
      const job = await scene().job(5)
      const [a, b] = await scene().devices(2)
      expect(keysOf(await scene().lease(job, a!, 10))).toEqual(['0', '1', '2', '3', '4'])
      expect(await scene().lease(job, a!, 10)).toEqual({ grants: [], withheld: 'for-others' })
      expect(keysOf(await scene().lease(job, b!, 10))).toHaveLength(5)
      expect(await scene().lease(job, (await scene().devices(1))[0]!, 10)).toEqual({ grants: [], withheld: null })
      await expectCountersToEqualRows(kit())
    })

    test('S4 devices of one account are one holder', async () => {
      const job = await scene().job(3)
      const [a, b] = await scene().devices(2)
      await scene().lease(job, a!, 3, { holder: 'a:77' })
      expect((await scene().lease(job, b!, 3, { holder: 'a:77' })).grants).toEqual([])
    })

    test('S4 units that need another opinion come before fresh ones', async () => {
      const job = await scene().job(10)
      const [a, b] = await scene().devices(2)
      await scene().lease(job, a!, 3)
      expect(keysOf(await scene().lease(job, b!, 5)).sort()).toEqual(['0', '1', '2', '3', '4'])
      expect(keysOf(await scene().lease(job, a!, 10, { onlyOpinions: true })).sort()).toEqual(['3', '4'])
    })

    test('S4 several wishes of one batch never share a holder’s unit, nor get more copies than wanted', async () => {
      const job = await scene().job(6)
      const devices = await scene().devices(4)
      const wishes = [...devices, devices[0]!].map((device) => ({
        ...{ job, deviceId: device.id, holder: `d:${device.id}`, count: 6, wanted: 2, onlyOpinions: false, deadlineMs: 30_000 },
      }))
      for (let i = 0; i < 3; i++) await transact((tx) => tx.leaseUnits(wishes))
      const [row] = await kit().rows(
        `SELECT count(*) AS leases, count(DISTINCT holder || ' ' || "unitId") AS different FROM "Lease" WHERE "jobId" = ${job.id}`,
      )
      expect([Number(row?.leases), Number(row?.different)]).toEqual([12, 12])
      await expectCountersToEqualRows(kit())
    })

    test.each(['released', 'expired', 'errored'] as const)('S4 after %s the same holder waits five seconds, others do not', async (end) => {
      const job = await scene().job(1)
      const [a, b] = await scene().devices(2)
      const { grants } = await scene().lease(job, a!, 1)
      const lease = grants[0]!.lease
      expect(await scene().settle([end === 'errored' ? erroredOf(lease, a!) : gaveUp(lease, end)])).toEqual(['recorded'])
      expect((await scene().lease(job, a!, 1)).grants).toEqual([])
      expect((await scene().lease(job, b!, 1)).grants).toHaveLength(1)
      await kit().age(AVOID_MS + 1000)
      expect((await scene().lease(job, a!, 1)).grants).toHaveLength(1)
      await expectCountersToEqualRows(kit())
    })

    test('S4 an old lease id stays valid after the unit was leased again', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = await scene().devices(1)
      const first = (await scene().lease(job, a!, 1)).grants[0]!.lease
      await scene().settle([gaveUp(first, 'expired')])
      await kit().age(AVOID_MS + 1000)
      const second = (await scene().lease(job, a!, 1)).grants[0]!.lease
      expect(second).not.toBe(first)
      expect(await scene().settle([outputOf(first, a!)])).toEqual(['recorded'])
      expect(await scene().settle([outputOf(second, a!), outputOf(first, a!)])).toEqual(['duplicate', 'duplicate'])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 0, accepted: 1 })
    })

    test('S4 a lease nobody was given, and another’s lease, are refused by name', async () => {
      const job = await scene().job(1)
      const [a, b] = await scene().devices(2)
      const { lease } = (await scene().lease(job, a!, 1)).grants[0]!
      const unknown = randomBytes(16).toString('hex')
      expect(await scene().settle([outputOf(unknown, a!), outputOf(lease, b!), outputOf(lease, a!)])).toEqual([
        'unknown-lease',
        'not-your-lease',
        'recorded',
      ])
    })

    test('S4 an output with the wrong number of items is no answer', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = await scene().devices(1)
      const { lease } = (await scene().lease(job, a!, 1)).grants[0]!
      const report = { ...outputOf(lease, a!), report: { ...outputOf(lease, a!).report, items: 2 } } as ReturnType<typeof outputOf>
      expect(await scene().settle([report])).toEqual(['recorded'])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 1, accepted: 0 })
    })

    test('S4 leases past their deadline are due, once', async () => {
      const job = await scene().job(4)
      const [a] = await scene().devices(1)
      const leases = (await scene().lease(job, a!, 4)).grants.map(({ lease }) => lease)
      const due = async () => (await kit().store.leasesDue(1000)).filter((lease) => leases.includes(lease))
      expect(await due()).toEqual([])
      expect([...(await kit().store.leasesOfDevice(a!.id))].sort()).toEqual([...leases].sort())
      await kit().age(31_000)
      expect((await due()).sort()).toEqual([...leases].sort())
      await scene().settle(leases.map((lease) => gaveUp(lease, 'expired')))
      expect([await due(), await kit().store.leasesOfDevice(a!.id)]).toEqual([[], []])
    })
  })

  describe('S9 ends', () => {
    test('S9 dropped units are cancelled, their leases revoked, and decided ones stay', async () => {
      const job = await scene().job(4)
      const [a, b] = await scene().devices(2)
      const first = (await scene().lease(job, a!, 2)).grants
      const second = (await scene().lease(job, b!, 1)).grants
      await scene().settle([outputOf(first[0]!.lease, a!), outputOf(second[0]!.lease, b!)])
      const { cancelled, revoked } = await transact((tx) => tx.cancelUnits(job, ['0', '1', '2', 'unheard of']))
      expect(cancelled).toBe(2)
      expect(revoked).toEqual([{ lease: first[1]!.lease, deviceId: a!.id }])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 1, sealed: 1, cancelled: 2 })
      expect(await transact((tx) => tx.cancelUnits(job, ['1']))).toEqual({ cancelled: 0, revoked: [] })
      expect(await scene().settle([outputOf(first[1]!.lease, a!)])).toEqual(['late'])
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 1, sealed: 1, cancelled: 2 })
      await expectCountersToEqualRows(kit())
    })

    test('V40 who still computes a dropped unit under a lease that expired is told, though the unit came back to another device of its holder', async () => {
      const job = await scene().job(2)
      const [a] = await scene().devices(1)
      const first = (await scene().lease(job, a!, 2)).grants.map(({ lease }) => lease)
      await scene().settle(first.map((lease) => gaveUp(lease, 'expired')))
      await kit().age(6000)
      const [again] = (await scene().lease(job, a!, 1)).grants
      const { revoked } = await transact((tx) => tx.cancelUnits(job, ['0', '1']))
      expect(revoked.map(({ deviceId }) => deviceId)).toEqual([a!.id, a!.id, a!.id])
      expect(revoked.map(({ lease }) => lease).sort()).toEqual([...first, again!.lease].sort())
    })

    test('S9 a job whose last open units are dropped has finished, and that is news', async () => {
      const job = await scene().job(2)
      await transact((tx) => tx.completeInputs(job))
      const { jobs } = await kit().store.transact((tx) => tx.cancelUnits(job, ['0', '1']))
      expect(jobs).toMatchObject([{ state: 'finished', isNews: true, decided: 0 }])
    })

    test('S9 the units a cancelled job leaves open are found', async () => {
      const job = await scene().job(5)
      const [a] = await scene().devices(1)
      await scene().lease(job, a!, 2)
      await transact((tx) => tx.moveJob(job, 'cancelled', null))
      const left = await kit().store.leftoverUnits(1000)
      expect([...(left.get(job.job) ?? [])].sort()).toEqual(['0', '1', '2', '3', '4'])
      await transact((tx) => tx.cancelUnits(job, left.get(job.job)!))
      expect((await kit().store.leftoverUnits(1000)).has(job.job)).toBe(false)
    })

    test('S9 of several orders in one transaction none is lost', async () => {
      const job = await scene().job(1)
      const orders = transact(async (tx) => {
        await tx.moveJob(job, 'cancelled', null)
        await tx.moveJob(job, 'paused', 'too late')
      })
      await expect(orders).rejects.toMatchObject({ code: 'bad-transition' })
      await transact(async (tx) => {
        await tx.moveJob(job, 'paused', 'for a moment')
        await tx.moveJob(job, 'running', null)
        await tx.moveJob(job, 'cancelled', null)
      })
      expect((await kit().store.reads.job(job.job))?.state).toBe('cancelled')
    })

    test('S9 a job that is over stays so, whatever its units still say', async () => {
      const job = await scene().job(1, { onError: 'stop', redundancy: 'none' })
      const [a] = await scene().devices(1)
      const { lease } = (await scene().lease(job, a!, 1)).grants[0]!
      await transact(async (tx) => {
        await tx.moveJob(job, 'cancelled', null)
        await tx.settleUnits([outputOf(lease, a!, 'e', 1)], decideUnit)
      })
      expect((await kit().store.reads.job(job.job))?.state).toBe('cancelled')
    })

    test('S9 an order to a job that is over is refused with the state it is in', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = await scene().devices(1)
      const { lease } = (await scene().lease(job, a!, 1)).grants[0]!
      await transact(async (tx) => {
        await tx.completeInputs(job)
        await tx.moveJob(job, 'paused', 'just as it ends')
        await tx.settleUnits([outputOf(lease, a!)], decideUnit)
      })
      const state = async () => (await kit().store.reads.job(job.job))?.state
      expect(await state()).toBe('finished')
      await expect(transact((tx) => tx.moveJob(job, 'running', null))).rejects.toMatchObject({
        code: 'bad-transition',
        message: 'Expected a job that can become running, got one that is finished: submit it anew to compute it again.',
      })
      await expect(transact((tx) => tx.moveJob(job, 'paused', null))).rejects.toMatchObject({ code: 'bad-transition' })
      expect(await state()).toBe('finished')
    })
  })

  describe('S11 payloads', () => {
    test.each([0, 1, 63, 64, 65, 100_000])('S11 an input and an output of %i bytes come back as they were', async (size) => {
      const [input, output] = [randomBytes(size), randomBytes(size)]
      const job = await scene().job(0, { redundancy: 'none' })
      await transact((tx) => tx.addUnits(job, [{ key: 'k', input, inputs: 1 }]))
      const [a] = await scene().devices(1)
      const { grants } = await scene().lease(job, a!, 1)
      expect(Buffer.compare(grants[0]!.input, input)).toBe(0)
      const report = { ...outputOf(grants[0]!.lease, a!), report: { ...outputOf(grants[0]!.lease, a!).report, output } } as ReturnType<
        typeof outputOf
      >
      await scene().settle([report])
      const events = (await kit().store.reads.events(job.job, 0, 10))?.events
      expect(events).toMatchObject([{ n: 1, kind: 'accepted', key: 'k', holders: 1 }])
      expect(Buffer.compare(events![0]!.output!, output)).toBe(0)
    })

    test('S11 equal bytes are one row, whoever sends them', async () => {
      const input = randomBytes(1000)
      const job = await scene().job(0)
      const units = range(50).map((i) => ({ key: String(i), input, inputs: 1 }))
      await transact((tx) => tx.addUnits(job, units))
      await transact(async (tx) => tx.addUnits(await tx.createJob(jobSpec(), CODE, job.ownerId), units))
      const [row] = await kit().rows('SELECT count(*) AS rows FROM "Payload" WHERE size = 1000')
      expect(Number(row?.rows)).toBe(1)
      expect(Buffer.from((await kit().store.payload(digestOf(input)))!)).toEqual(input)
      expect(await kit().store.payload('00'.repeat(32))).toBeUndefined()
    })

    test('S11 an answer that no lease takes leaves no bytes behind', async () => {
      const job = await scene().job(1, { redundancy: 'none' })
      const [a] = await scene().devices(1)
      const { lease } = (await scene().lease(job, a!, 1)).grants[0]!
      const answers = [3001, 3002, 3003].map((size) => {
        const { report } = outputOf(lease, a!)
        return { ...outputOf(lease, a!), report: { ...report, output: randomBytes(size) } } as ReturnType<typeof outputOf>
      })
      expect(await scene().settle(answers.slice(0, 2))).toEqual(['recorded', 'duplicate'])
      expect(await scene().settle(answers.slice(2))).toEqual(['duplicate'])
      const kept = await kit().rows('SELECT size FROM "Payload" WHERE size BETWEEN 3001 AND 3003')
      expect(kept.map(({ size }) => Number(size))).toEqual([3001])
    })

    test('S11 outputs that differ in one byte beyond the inline length do not agree', async () => {
      const job = await scene().job(1)
      const devices = await scene().devices(3)
      const outputs = [Buffer.alloc(200, 1), Buffer.alloc(200, 1), Buffer.alloc(200, 1)]
      outputs[1]![199] = 2
      for (const [i, device] of devices.entries()) {
        const { lease } = (await scene().lease(job, device, 1)).grants[0]!
        await scene().settle([
          { ...outputOf(lease, device), report: { ...outputOf(lease, device).report, output: outputs[i]! } } as ReturnType<typeof outputOf>,
        ])
      }
      const events = (await kit().store.reads.events(job.job, 0, 10))!.events
      expect(events.map(({ kind, output }) => [kind, Buffer.compare(output!, outputs[0]!)])).toEqual([['sealed', 0]])
    })
  })

  describe('S5, S6 concurrency', () => {
    const stores = async (): Promise<Store[]> => {
      const another = await kit().another?.()
      return another ? [kit().store, another] : [kit().store]
    }
    /** Runs the transaction again as often as the database asks for it, as the batcher does. */
    async function persist<Value>(store: Store, steps: (tx: EngineTransaction) => Promise<Value>): Promise<Value> {
      for (let attempt = 1; ; attempt++) {
        try {
          return (await store.transact(steps)).value
        } catch (error) {
          if (attempt === 5 || !store.isRetryable(error)) throw error
        }
      }
    }

    test('S3 two servers that get the same submission and units at once make them once', async () => {
      const [one, two = one!] = await stores()
      const spec = jobSpec()
      const owner = await kit().store.ensureAccount('owner', 'researcher')
      const submit = (store: Store) =>
        persist(store, async (tx) => {
          const job = await tx.createJob(spec, CODE, owner)
          return tx.addUnits(job, unitSpecs(0, 50))
        })
      const answers = await Promise.all(range(8).map((i) => submit(i % 2 ? one! : two)))
      expect(answers.reduce((sum, { added }) => sum + added, 0)).toBe(50)
      await expectCountersToEqualRows(kit())
    })

    test('S5 with three writers a reader that follows by number misses no event', async () => {
      const servers = await stores()
      const job = await scene().job(600, { redundancy: 'none' })
      const devices = await scene().devices(3)
      const batches: Awaited<ReturnType<Scene['lease']>>[] = []
      for (const device of devices) batches.push(await scene().lease(job, device, 200))
      const seen: number[] = []
      let writing = true
      const reader = (async () => {
        for (let after = 0; ; ) {
          const done = !writing
          const { events } = (await kit().store.reads.events(job.job, after, 100))!
          seen.push(...events.map(({ n }) => n))
          after = events.at(-1)?.n ?? after
          if (done && events.length === 0) return
        }
      })()
      await Promise.all(
        batches.map(async ({ grants }, writer) => {
          const store = servers[writer % servers.length]!
          for (let i = 0; i < grants.length; i += 7) {
            const reports = grants.slice(i, i + 7).map(({ lease }) => outputOf(lease, devices[writer]!))
            await persist(store, (tx) => tx.settleUnits(reports, decideUnit))
          }
        }),
      )
      writing = false
      await reader
      expect(seen).toEqual(range(600).map((i) => i + 1))
    })

    test('S6 twelve settle the same units at once: every answer is recorded and nobody meets a deadlock', async () => {
      const servers = await stores()
      const job = await scene().job(40, { redundancy: { quorum: 10 } })
      const devices = await scene().devices(10)
      const leases: { lease: string; device: (typeof devices)[number] }[] = []
      for (const device of devices) for (const { lease } of (await scene().lease(job, device, 40)).grants) leases.push({ lease, device })
      expect(leases).toHaveLength(400)
      // Each of the twelve touches all units, in an order of its own.
      const outcomes = await Promise.all(
        range(12).map((who) => {
          const mine = leases.filter((_, i) => i % 12 === who)
          if (who % 2) mine.reverse()
          return persist(servers[who % servers.length]!, (tx) =>
            tx.settleUnits(
              mine.map(({ lease, device }) => outputOf(lease, device)),
              decideUnit,
            ),
          )
        }),
      )
      expect(new Set(outcomes.flat())).toEqual(new Set(['recorded']))
      expect((await kit().store.reads.job(job.job))?.units).toMatchObject({ open: 0, sealed: 40 })
      await expectCountersToEqualRows(kit())
    })

    test('S6 servers that lease at once never give a unit to more holders than it wants', async () => {
      const servers = await stores()
      const job = await scene().job(300)
      const devices = await scene().devices(12)
      await Promise.all(
        devices.map(async (device, i) => {
          const wish = { job, deviceId: device.id, holder: `d:${device.id}`, count: 50, wanted: 2, onlyOpinions: false, deadlineMs: 30_000 }
          for (let n = 0; n < 2; n++) await persist(servers[i % servers.length]!, (tx) => tx.leaseUnits([wish]))
        }),
      )
      const over = await kit().rows(`SELECT "unitId" FROM "Lease" WHERE "jobId" = ${job.id} GROUP BY "unitId" HAVING count(*) > 2`)
      expect(over).toEqual([])
      await expectCountersToEqualRows(kit())
    })
  })

  describe('S10 size', () => {
    test('S10 among 100,000 units that wait for others a request is answered from the two queues’ indexes', async () => {
      const { rows, store } = kit()
      const job = await scene().job(0)
      const [a] = await scene().devices(1)
      const numbers =
        store.database === 'sqlite' ? 'WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 100000) SELECT' : 'SELECT'
      const from = store.database === 'sqlite' ? 's' : 'generate_series(1, 100000) AS s(i)'
      const text = store.database === 'sqlite' ? 'CAST(i AS TEXT)' : 'i::text'
      const [zero, id] =
        store.database === 'sqlite' ? ["x'00'", `unhex(printf('%032x', i))`] : ["'\\x00'::bytea", `decode(lpad(to_hex(i), 32, '0'), 'hex')`]
      await rows(`INSERT INTO "WorkUnit" ("jobId", requirement, state, live, wanted, copies, errored, "key", input, inputs)
        ${numbers} ${job.id}, 0, 'open', 1, 2, 1, 0, ${text}, ${zero}, 1 FROM ${from}`)
      await rows(`INSERT INTO "Lease" (id, "unitId", "jobId", holder, "deviceId", state, attempt, "issuedAt", deadline, errors)
        ${numbers} ${id}, u.id, ${job.id}, 'd:${a!.id}', ${a!.id}, 'pending', 1, 0, 0, 0
        FROM ${from} JOIN "WorkUnit" u ON u."jobId" = ${job.id} AND u."key" = ${text}`)
      await rows(`UPDATE "Job" SET "unitsOpen" = 100000, "unitsHalf" = 100000, leases = 100000 WHERE id = ${job.id}`)
      expect(await scene().lease(job, a!, 50)).toEqual({ grants: [], withheld: 'for-others' })
      const [b] = await scene().devices(1)
      expect((await scene().lease(job, b!, 50)).grants).toHaveLength(50)
      await transact((tx) => tx.addUnits(job, [{ key: 'fresh', input: Buffer.from('x'), inputs: 1 }]))
      expect(keysOf(await scene().lease(job, a!, 50))).toContain('fresh')
      const explain = store.database === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'ANALYZE "WorkUnit"; EXPLAIN'
      const plan = async (condition: string) =>
        JSON.stringify(
          await rows(
            `${explain} SELECT id FROM "WorkUnit" WHERE "jobId" = ${job.id} AND requirement = 0 AND state = 'open' AND ${condition} ORDER BY id LIMIT 200`,
          ),
        )
      expect(await plan('live > 0 AND live < wanted AND id > 0')).toContain('WorkUnit_half')
      expect(await plan('live = 0')).toContain('WorkUnit_fresh')
    })
  })
})
