import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UnitState } from '../../sdk/protocol.ts'
import { type LeaseState, leaseMoves, mayMove, unitMoves } from '../../server/core/lifecycle.ts'
import { settle } from '../../server/core/settle.ts'
import type { Decide, DeviceRecord, JobRecord, LeaseReport } from '../../server/store/store.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { describeStore, gaveUp, outputOf, Scene, type StoreKit } from '../support/store-kit.ts'
import { expectLedgerToEqualRows, sweepAll } from './credit-recount.ts'

const DEVICES = 5
const ACCOUNTS = 2
type Step =
  | { readonly kind: 'lease'; readonly device: number; readonly count: number }
  | { readonly kind: 'settle'; readonly lease: number; readonly unit: UnitState; readonly leases: readonly LeaseState[] }
  | { readonly kind: 'price'; readonly seconds: number }
  | { readonly kind: 'hold' }
  | { readonly kind: 'release' }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'claim'; readonly which: number; readonly account: number }
  | { readonly kind: 'team'; readonly which: number; readonly account: number }

const nat = fc.nat(99)
const kinds = <Kind extends string>(...kind: Kind[]) => fc.constantFrom(...kind)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: kinds('lease'), device: fc.nat(DEVICES - 1), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kinds('settle'),
      lease: nat,
      unit: fc.constantFrom<UnitState>('sealed', 'sealed', 'sealed', 'accepted', 'open'),
      leases: fc.array(fc.constantFrom<LeaseState>('agreed', 'agreed', 'agreed', 'disagreed', 'voided'), { minLength: 4, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kinds('price'), seconds: fc.double({ min: 1e-3, max: 1e4, noNaN: true }) }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('sweep', 'sweep', 'sweep', 'hold', 'release') }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('claim', 'team'), which: nat, account: fc.nat(ACCOUNTS - 1) }) },
)

/** Decides as it is told, as far as the lifecycle allows: what the rules of trust decide, and more. */
const told =
  (state: UnitState, leases: readonly LeaseState[]): Decide =>
  (unit, arrivals) => {
    const settled = settle(unit, arrivals, { quorum: 99, ownSeals: false, onError: 'continue', verify: false })
    const changes = unit.leases.map((lease, i) => {
      const now = settled.leases.find(({ row }) => row === lease.row) ?? { ...lease, note: null, ended: false }
      const wanted = leases[i % leases.length]!
      return mayMove(leaseMoves, now.state, wanted) ? { ...now, state: wanted } : now
    })
    const to = mayMove(unitMoves, unit.state, state) ? state : unit.state
    const changed = changes.filter((lease, i) => lease.ended || lease.state !== unit.leases[i]?.state)
    return { ...settled, leases: changed, unit: { ...settled.unit, state: to }, events: [], devices: [] }
  }

/** Jobs, one of them of an account that has devices too, which live through a history. */
class Life {
  readonly #kit: StoreKit
  readonly #jobs: readonly JobRecord[]
  readonly #devices: readonly DeviceRecord[]
  readonly #accounts: readonly number[]
  readonly #leases: { readonly lease: string; readonly device: DeviceRecord }[] = []

  constructor(kit: StoreKit, jobs: readonly JobRecord[], devices: readonly DeviceRecord[], accounts: readonly number[]) {
    this.#kit = kit
    this.#jobs = jobs
    this.#devices = devices
    this.#accounts = accounts
  }

  async take(step: Step, i: number): Promise<void> {
    const { credits } = this.#kit.store
    const job = this.#jobs[i % this.#jobs.length]!
    if (step.kind === 'lease') return this.#lease(job, step)
    if (step.kind === 'settle') return this.#settle(step)
    if (step.kind === 'sweep') return void (await credits.sweep())
    if (step.kind === 'release') return void (await credits.release(job.job))
    if (step.kind === 'price') return void (await credits.setPrice(job, [step.seconds]).catch(() => {}))
    if (step.kind === 'hold') return this.#hold(job)
    const account = this.#accounts[step.account]!
    if (step.kind === 'team')
      return void (await this.#kit.rows(
        `UPDATE "Account" SET "teamId" = ${step.which % 3 === 0 ? 'NULL' : step.which % 3} WHERE id = ${account}`,
      ))
    await this.#kit.rows(`UPDATE "Device" SET "accountId" = ${account} WHERE id = ${this.#devices[step.which % DEVICES]!.id}`)
  }

  async #hold(job: JobRecord): Promise<void> {
    await this.#kit.rows(`UPDATE "Job" SET "creditHold" = 1 WHERE id = ${job.id} AND "creditHold" = 0`)
    await this.#kit.rows(`INSERT INTO "CreditJobDue" ("jobId", "unitKey") VALUES (${job.id}, '')
      ON CONFLICT ("jobId") DO UPDATE SET "unitKey" = ''`)
  }

  async #lease(job: JobRecord, { device: index, count }: Extract<Step, { kind: 'lease' }>): Promise<void> {
    const device = this.#devices[index]!
    const holder = device.accountId === null ? `d:${device.id}` : `a:${device.accountId}`
    const { grants } = await new Scene(this.#kit.store).lease(job, device, count, { holder })
    for (const { lease } of grants) this.#leases.push({ lease, device })
  }

  async #settle({ lease, unit, leases }: Extract<Step, { kind: 'settle' }>): Promise<void> {
    const one = this.#leases[lease % Math.max(1, this.#leases.length)]
    if (one) await this.#kit.store.transact((tx) => tx.settleUnits([outputOf(one.lease, one.device)], told(unit, leases)))
  }
}

describeStore((kit) => {
  const scene = () => new Scene(kit().store)
  const account = (name: string) => kit().store.ensureAccount(name, 'volunteer')
  const balance = async (kind: string, subject: number) => {
    const [row] = await kit().rows(`SELECT microcredits FROM "CreditTotal" WHERE kind = '${kind}' AND subject = ${subject}`)
    return Number(row?.microcredits ?? 0) / 1e6
  }
  const seal: Decide = told('sealed', ['agreed'])

  /** Each device is given what is left of the job's units; then they return it, one after the other, taking `seconds` each. */
  async function compute(job: JobRecord, devices: readonly DeviceRecord[], decide = seal, seconds = [0.01]): Promise<void> {
    const given: { readonly device: DeviceRecord; readonly leases: readonly string[] }[] = []
    for (const device of devices) {
      const holder = device.accountId === null ? `d:${device.id}` : `a:${device.accountId}`
      const { grants } = await scene().lease(job, device, 1000, { holder })
      given.push({ device, leases: grants.map(({ lease }) => lease) })
    }
    await kit().age(1000 * Math.max(...seconds))
    for (const [i, { device, leases }] of given.entries()) {
      const reports = leases.map((lease): LeaseReport => {
        const report = { kind: 'output' as const, output: Buffer.from('a'), items: 1, errors: 0, seconds: seconds[i % seconds.length]! }
        return { lease, by: device.id, report }
      })
      await kit().store.transact((tx) => tx.settleUnits(reports, i < given.length - 1 ? told('accepted', ['agreed']) : decide))
    }
  }

  describe('G the ledger', () => {
    test('G2 after any history the ledger equals a recomputation over sealed units, and totals one over the ledger', async () => {
      const accounts = [await account('ada'), await account('grace')]
      const seed = Math.floor(Math.random() * 2 ** 31)
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
          const jobs = [await scene().job(6), await scene().job(4, {}, 'ada')]
          const devices: DeviceRecord[] = []
          for (let i = 0; i < DEVICES; i++) devices.push(await scene().device(i < 3 ? (accounts[i % 2] ?? null) : null))
          const life = new Life(kit(), jobs, devices, accounts)
          for (const [i, each] of steps.entries()) await life.take(each, i)
          await sweepAll(kit().store)
          await expectLedgerToEqualRows(kit())
        }),
        { seed, numRuns: (kit().store.database === 'sqlite' ? 6 : 3) * (LONG_TESTS ? 10 : 1), endOnFailure: true },
      )
    })

    test('G1 what agreed earns the price of its inputs once its unit is sealed, however long it says it took', async () => {
      const job = await scene().job(3)
      await kit().store.credits.setPrice(job, [2.5])
      const [fast, slow] = [await scene().device(), await scene().device()]
      await compute(job, [fast, slow], seal, [0.001, 5000])
      await sweepAll(kit().store)
      expect([await balance('device', fast.id), await balance('device', slow.id), await balance('job', job.id)]).toEqual([7.5, 7.5, 15])
    })

    test('G1 by the rules of trust: who agrees late earns too, who differs does not, and what an own device overrules is taken back', async () => {
      const own = await scene().device(await account('operator'), 'everybody')
      const [early, other, late] = await scene().devices(3)
      const job = await scene().job(1, { ownDevices: true })
      await kit().store.credits.setPrice(job, [2])
      const given = async (device: DeviceRecord, holder = `d:${device.id}`) =>
        (await scene().lease(job, device, 1, { holder })).grants[0]!.lease
      const [owns, lates] = [await given(own, `a:${own.accountId}`), await given(late!)]
      await scene().settle([gaveUp(owns, 'expired'), gaveUp(lates, 'expired')])
      const [first, second] = [await given(early!), await given(other!)]
      await scene().settle([outputOf(first, early!, 'a'), outputOf(second, other!, 'a')])
      await sweepAll(kit().store)
      await expectLedgerToEqualRows(kit())
      await scene().settle([outputOf(owns, own, 'b')])
      await sweepAll(kit().store)
      const balances = async () => {
        const each: number[] = []
        for (const { id } of [early!, other!, late!, own]) each.push(await balance('device', id))
        return each
      }
      expect(await balances()).toEqual([0, 0, 0, 2])
      await scene().settle([outputOf(lates, late!, 'b')])
      await sweepAll(kit().store)
      expect(await balances()).toEqual([0, 0, 2, 2])
      const entries = await kit().rows(`SELECT "deviceId", n FROM "Credit" WHERE "jobId" = ${job.id} ORDER BY "row"`)
      const written = (device: DeviceRecord, n: number) => `${device.id} ${n}`
      expect(entries.map(({ deviceId, n }) => `${deviceId} ${n}`).sort()).toEqual(
        [written(early!, 0), written(other!, 0), written(own, 0), written(early!, 1), written(other!, 1), written(late!, 0)].sort(),
      )
      await expectLedgerToEqualRows(kit())
    })

    test('G3 units that were sealed before their job had a price earn it when it has one', async () => {
      const job = await scene().job(1100)
      await compute(job, await scene().devices(2))
      await sweepAll(kit().store)
      expect(await balance('job', job.id)).toBe(0)
      await kit().store.credits.setPrice(job, [0.1])
      await sweepAll(kit().store)
      expect(await balance('job', job.id)).toBe(200)
      await expectLedgerToEqualRows(kit())
    })

    test('G3 the price is the median of what was measured, a declared cost counts up to three times that, and strangers keep it as it is', async () => {
      const { credits } = kit().store
      const [plain, modest, greedy] = [await scene().job(1), await scene().job(1, { cost: 2 }), await scene().job(1, { cost: 1000 })]
      expect((await kit().store.findJob(greedy.job))?.cost).toBe(1000)
      expect(await credits.setPrice(plain, [1, 9, 2])).toBe(2)
      expect(await credits.setPrice(modest, [1])).toBe(2)
      expect(await credits.setPrice(greedy, [1, 3])).toBe(6)
      expect(await credits.setPrice(plain, [4])).toBe(4)
      await scene().lease(plain, await scene().device(), 1)
      await expect(credits.setPrice(plain, [5])).rejects.toMatchObject({ code: 'bad-transition' })
      expect(await credits.setPrice(plain, [4])).toBe(4)
      await expect(credits.setPrice(plain, [])).rejects.toThrow('Expected seconds')
    })

    test('G4 work for one’s own jobs is booked as such and stands in no total of a person, device or team', async () => {
      const ada = await account('ada')
      const job = await scene().job(1, {}, 'ada')
      await kit().store.credits.setPrice(job, [3])
      const [own, hidden, other] = [await scene().device(ada), await scene().device(ada), await scene().device()]
      await compute(job, [own, { ...hidden, accountId: null }])
      const second = await scene().job(1, {}, 'ada')
      await kit().store.credits.setPrice(second, [3])
      await compute(second, [other])
      await sweepAll(kit().store)
      expect([await balance('device', own.id), await balance('device', hidden.id), await balance('device', other.id)]).toEqual([0, 0, 3])
      expect([await balance('job', job.id), await balance('job', second.id)]).toEqual([6, 3])
      expect(await kit().rows(`SELECT kind FROM "Credit" WHERE "jobId" = ${job.id}`)).toEqual([{ kind: 'own' }, { kind: 'own' }])
    })

    test('G5 a job that gives more than three times the median credit a second books nothing until an admin releases it', async () => {
      const { credits } = kit().store
      await kit().rows('UPDATE "Job" SET "measuredUnits" = 0') // those of other tests are not compared
      const priced = async (price: number) => {
        const job = await scene().job(12)
        await credits.setPrice(job, [price])
        const device = await scene().device()
        await compute(job, [device], seal, [1])
        return job
      }
      for (let i = 0; i < 4; i++) await priced(1)
      const fair = await priced(2.9)
      const overpaid = await priced(3.1)
      await sweepAll(kit().store)
      expect([await balance('job', fair.id), await balance('job', overpaid.id)]).toEqual([34.8, 0])
      const [booked] = await kit().rows(`SELECT count(*) AS rows FROM "Credit" WHERE "jobId" = ${overpaid.id}`)
      expect(Number(booked?.rows), 'not even for a moment').toBe(0)
      await expectLedgerToEqualRows(kit())
      expect([await credits.release(fair.job), await credits.release(overpaid.job), await credits.release(overpaid.job)]).toEqual([
        false,
        true,
        false,
      ])
      await sweepAll(kit().store)
      expect(await balance('job', overpaid.id)).toBe(37.2)
      await expectLedgerToEqualRows(kit())
    })

    test('G6 what a device earned before somebody claimed it stays the device’s', async () => {
      const grace = await account('grace')
      const [before, after] = [await scene().job(1), await scene().job(1)]
      for (const job of [before, after]) await kit().store.credits.setPrice(job, [1])
      const device = await scene().device()
      const earned = Math.round((await balance('account', grace)) * 1e6)
      await compute(before, [device])
      await compute(after, [await kit().store.touchDevice(device.id, grace, 'nobody', 'v8-13')])
      await sweepAll(kit().store)
      expect([await balance('device', device.id), Math.round((await balance('account', grace)) * 1e6) - earned]).toEqual([2, 1e6])
    })
  })

  test('G7 several servers settle and sweep at once, and the ledger is whole', async () => {
    const stores = [kit().store, (await kit().another?.()) ?? kit().store]
    const jobs = [await scene().job(100), await scene().job(100)]
    for (const job of jobs) await kit().store.credits.setPrice(job, [1])
    const devices = await scene().devices(2)
    await Promise.all([
      ...devices.map((device) => Promise.all(jobs.map((job) => compute(job, [device])))),
      ...stores.flatMap((store) => Array.from({ length: 10 }, () => store.credits.sweep())),
    ])
    await Promise.all(stores.map(sweepAll))
    await sweepAll(kit().store)
    await expectLedgerToEqualRows(kit())
    const [order] = await kit().rows(
      'SELECT count(*) AS later FROM "Credit" a JOIN "Credit" b ON a."row" < b."row" AND a."createdAt" > b."createdAt"',
    )
    expect(Number(order!.later)).toBe(0)
  })
})
