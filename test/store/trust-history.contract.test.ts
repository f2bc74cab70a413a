import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planFor } from '../../server/core/lease-plan.ts'
import { holderOf } from '../../server/core/own-device.ts'
import { PlatformError } from '../../server/errors.ts'
import type { Decide, DeviceRecord, EngineTransaction, JobRecord, LeaseReport } from '../../server/store/store.ts'
import { seeded } from '../simulation/random.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { describeStore, erroredOf, gaveUp, outputOf, Scene, type StoreKit } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'
import {
  expectNothingOnVoidedVotes,
  expectProven,
  expectTrustToEqualRows,
  expectWordsToStandAlone,
  type SealedBy,
  type Start,
  sealingWatched,
} from './trust-recount.ts'

/** What devices have passed when a history begins; the last one is the operator's own. */
const CHECKS = [0, 0, 12, 30, 60, 25, 40, 0]
const LIARS: ReadonlySet<number> = new Set([1, 5, 6])
const OWN = CHECKS.length - 1
const UNITS = 12

type Answers = 'as ever' | 'right' | 'glitch' | 'errored' | 'released' | 'expired'
type Step =
  | { readonly kind: 'lease'; readonly device: number; readonly job: number; readonly count: number }
  | { readonly kind: 'turn'; readonly device: number; readonly job: number; readonly count: number; readonly answers: Answers }
  /** It passes ten checks in other jobs. */
  | { readonly kind: 'passes'; readonly device: number }
  | { readonly kind: 'return'; readonly device: number; readonly most: number; readonly answers: Answers }
  | { readonly kind: 'trust'; readonly verb: 'undo' | 'seal' | 'draw' | 'review' | 'pending'; readonly which: number }
  | { readonly kind: 'complete' | 'pause' | 'resume' | 'drop'; readonly job: number }
  | { readonly kind: 'late'; readonly which: number; readonly answers: Answers }
  | { readonly kind: 'age'; readonly ms: number }

const device = fc.oneof({ weight: 12, arbitrary: fc.nat(OWN - 1) }, { weight: 1, arbitrary: fc.constant(OWN) })
const job = fc.nat(1)
const answers: fc.Arbitrary<Answers> = fc.oneof(
  { weight: 12, arbitrary: fc.constant('as ever' as const) },
  { weight: 3, arbitrary: fc.constantFrom('right' as const, 'glitch' as const) },
  { weight: 2, arbitrary: fc.constantFrom('errored' as const, 'released' as const, 'expired' as const) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ kind: fc.constant('turn' as const), device, job, count: fc.integer({ min: 1, max: 6 }), answers }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lease' as const), device, job, count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('passes' as const), device: fc.nat(OWN - 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('return' as const), device, most: fc.integer({ min: 1, max: 8 }), answers }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('trust' as const),
      verb: fc.constantFrom('undo' as const, 'seal' as const, 'draw' as const, 'review' as const, 'pending' as const),
      which: fc.nat(OWN),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('complete' as const, 'pause' as const, 'resume' as const, 'drop' as const), job }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const), which: fc.nat(999), answers }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('age' as const), ms: fc.constantFrom(6000, 31_000) }) },
)
const history = fc.record({
  targetError: fc.constantFrom(1e-2, 1e-2, 1e-3),
  ownDevices: fc.boolean(),
  seed: fc.nat(),
  steps: fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }),
})

interface Held {
  readonly lease: string
  readonly index: number
  readonly device: DeviceRecord
}

/** Two jobs that live through a history, what each device has of them, and what was seen. */
class Life {
  readonly #kit: StoreKit
  readonly #jobs: readonly JobRecord[]
  readonly #devices: readonly DeviceRecord[]
  readonly #decide: Decide
  readonly #random: () => number
  readonly #leases: Held[] = []
  readonly #held = new Map<number, Held[]>()
  /** Checks that each passed in other jobs. */
  readonly elsewhere = [...CHECKS]
  proven = 0
  undone = 0

  constructor(kit: StoreKit, jobs: readonly JobRecord[], devices: readonly DeviceRecord[], decide: Decide, seed: number) {
    this.#kit = kit
    this.#jobs = jobs
    this.#devices = devices
    this.#decide = decide
    this.#random = seeded(seed)
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'age') return this.#kit.age(step.ms)
    const refusedByName = (error: unknown): void => {
      if (!(error instanceof PlatformError)) throw error
    }
    if (step.kind === 'trust') return this.#follow(step)
    if (step.kind === 'passes') return this.#passes(step.device)
    await this.#transact((tx) => this.#apply(tx, step)).catch(refusedByName)
  }

  /** No more units come, and everybody goes on until nothing is left to be given: samples are drawn, taken and returned. */
  async finish(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (const job of [0, 1]) {
        await this.take({ kind: 'complete', job })
        for (let device = 0; device < CHECKS.length; device++) {
          await this.take({ kind: 'return', device, most: 99, answers: 'as ever' })
          await this.take({ kind: 'turn', device, job, count: 6, answers: 'as ever' })
        }
        await this.take({ kind: 'trust', verb: 'draw', which: job })
      }
      await this.#kit.age(6000)
    }
  }

  /** Everything that follows from strikes. */
  async undoAll(): Promise<void> {
    while (await this.#undo());
    while (await this.#transact((tx) => tx.trust.review(this.#decide)));
  }

  #transact<Value>(steps: (tx: EngineTransaction) => Promise<Value>): Promise<Value> {
    return this.#kit.store.transact(steps).then(({ value }) => value)
  }

  async #follow({ verb, which }: Extract<Step, { kind: 'trust' }>): Promise<void> {
    const { trustId } = this.#devices[which]!
    if (verb === 'undo') await this.#undo()
    else if (verb === 'review') await this.#transact((tx) => tx.trust.review(this.#decide))
    else if (verb === 'pending') await this.#transact((tx) => tx.trust.reviewPending(trustId))
    else if (verb === 'draw') await this.#draw(this.#jobs[which % 2]!)
    else await this.#seal()
  }

  async #passes(index: number): Promise<void> {
    const rows = `"Trust" WHERE id = ${this.#devices[index]!.trustId} AND suspect = 0`
    this.elsewhere[index]! += 10 * Number((await this.#kit.rows(`SELECT count(*) AS many FROM ${rows}`))[0]?.many)
    await this.#kit.rows(`UPDATE ${rows.replace('WHERE', 'SET checks = checks + 10, checked = checked + 10 WHERE')}`)
  }

  async #seal(): Promise<void> {
    const counts = await this.#kit.rows(`SELECT id, "eventCount" FROM "Job" WHERE id IN (${this.#jobs.map(({ id }) => id).join(', ')})`)
    await this.#transact((tx) => tx.trust.sealProven(this.#devices.map(({ trustId }) => trustId)))
    for (const { id, eventCount } of counts) this.proven += await expectProven(this.#kit, Number(id), Number(eventCount))
  }

  /** As long as a unit is open, nothing is sealed by a sample: it may be the one that differed. */
  async #draw(job: JobRecord): Promise<void> {
    const count = () => this.#kit.rows(`SELECT "unitsOpen", "unitsSealed" FROM "Job" WHERE id = ${job.id}`).then(([row]) => row!)
    const before = await count()
    await this.#transact((tx) => tx.trust.drawSamples(job.id, this.#decide))
    if (Number(before.unitsOpen) > 0) expect((await count()).unitsSealed, 'sealed while a unit is open').toBe(before.unitsSealed)
  }

  async #undo(): Promise<boolean> {
    const undone = await this.#transact((tx) => tx.trust.undoStrike(this.#decide))
    await this.#transact((tx) => tx.trust.finishUndone())
    if (!undone) return false
    this.undone += 1
    await this.#transact((tx) =>
      tx.settleUnits(
        undone.revoked.map(({ lease }) => gaveUp(lease, 'revoked')),
        this.#decide,
      ),
    )
    if (undone.isBanned) {
      const [row] = await this.#kit.rows(`SELECT count(DISTINCT s."jobId") AS jobs FROM "Strike" s JOIN "Device" d ON d.id = s."deviceId"
        WHERE d.uid = '${undone.device}' AND s.reverted = 0`)
      expect(Number(row?.jobs), 'jobs that struck it').toBeGreaterThanOrEqual(2)
    }
    return true
  }

  async #apply(tx: EngineTransaction, step: Exclude<Step, { kind: 'age' | 'trust' | 'passes' }>): Promise<void> {
    if (step.kind === 'lease') await this.#lease(tx, step)
    else if (step.kind === 'return') await this.#return(tx, step)
    else if (step.kind === 'turn') {
      await this.#lease(tx, step)
      await this.#return(tx, { ...step, most: step.count })
    } else if (step.kind === 'late') await this.#late(tx, step)
    else await this.#change(tx, step.kind, this.#jobs[step.job]!)
  }

  async #change(tx: EngineTransaction, kind: 'complete' | 'pause' | 'resume' | 'drop', job: JobRecord): Promise<void> {
    if (kind === 'complete') await tx.completeInputs(job)
    else if (kind === 'drop') await tx.cancelUnits(job, ['3', '7'])
    else await tx.moveJob(job, kind === 'pause' ? 'paused' : 'running', null)
  }

  /** As the server leases. */
  async #lease(tx: EngineTransaction, { device: index, job: which, count }: Extract<Step, { kind: 'lease' | 'turn' }>): Promise<void> {
    const [device, job] = [this.#devices[index]!, this.#jobs[which]!]
    const standing = (await tx.standings([device.trustId])).get(device.trustId)!
    if (standing.excludedFrom.has(job.id)) return
    const alone = device.ownFor !== 'nobody' && job.ownDevices
    const { wanted, audits, recheck } = planFor(standing.trust, job, alone, count, this.#random)
    const [row] = await this.#kit.rows(`SELECT "unitsToRecheck", "eventCount" FROM "Job" WHERE id = ${job.id}`)
    const known = { unitsToRecheck: Number(row?.unitsToRecheck), events: Number(row?.eventCount) }
    const checking = { audits, recheck, trustId: device.trustId, suspect: standing.trust.suspect, ...known }
    const holder = holderOf(device, job)
    const [granted] = await tx.leaseUnits([
      { job, deviceId: device.id, holder, count, wanted, checking, onlyOpinions: false, deadlineMs: 30_000 },
    ])
    for (const { lease } of granted!.grants) {
      const held = { lease, index, device }
      this.#leases.push(held)
      this.#held.set(index, [...(this.#held.get(index) ?? []), held])
    }
  }

  async #return(tx: EngineTransaction, { device: index, most, answers }: Omit<Extract<Step, { kind: 'return' }>, 'kind'>): Promise<void> {
    const held = this.#held.get(index) ?? []
    this.#held.set(index, held.slice(most))
    await tx.settleUnits(
      held.slice(0, most).map((each) => reportOf(each, answers)),
      this.#decide,
    )
  }

  /** Something about a lease of long ago. */
  async #late(tx: EngineTransaction, { which, answers }: Extract<Step, { kind: 'late' }>): Promise<void> {
    const held = this.#leases[which % Math.max(1, this.#leases.length)]
    if (held) await tx.settleUnits([reportOf(held, answers)], this.#decide)
  }
}

function reportOf({ lease, index, device }: Held, answers: Answers): LeaseReport {
  if (answers === 'errored') return erroredOf(lease, device)
  if (answers === 'released' || answers === 'expired') return gaveUp(lease, answers)
  if (answers === 'glitch') return outputOf(lease, device, `glitch ${index}`)
  return outputOf(lease, device, answers === 'as ever' && LIARS.has(index) ? 'wrong' : 'right')
}

describeStore((kit) => {
  /** Devices that have passed as many checks as `CHECKS` says. */
  async function crowd(): Promise<DeviceRecord[]> {
    const account = await kit().store.ensureAccount('owner', 'researcher')
    const scene = new Scene(kit().store)
    const devices = await Promise.all(CHECKS.map((_, i) => (i === OWN ? scene.device(account, 'everybody') : scene.device())))
    for (const [i, checks] of CHECKS.entries()) {
      const row = `checks = ${checks}, checked = ${checks}, returned = ${checks >> 2}`
      await kit().rows(`UPDATE "Trust" SET ${row} WHERE id = ${devices[i]!.trustId}`)
    }
    return devices
  }

  describe('I histories of trust', () => {
    test('I1 I2 I3 I4 I5 I6 I8 after any history of liars, audits, strikes and samples every rule holds', async () => {
      const isSqlite = kit().store.database === 'sqlite'
      const seed = Math.floor(Math.random() * 2 ** 31)
      const sealed = new Map<SealedBy, number>()
      const decide = sealingWatched(sealed)
      const seen = { proven: 0, undone: 0 }
      await fc.assert(
        fc.asyncProperty(history, async ({ targetError, ownDevices, seed, steps }) => {
          const scene = new Scene(kit().store)
          const jobs = [
            await scene.job(UNITS, { redundancy: { targetError }, ownDevices }),
            await scene.job(UNITS, { redundancy: { targetError }, ownDevices }),
          ]
          const devices = await crowd()
          const life = new Life(kit(), jobs, devices, decide, seed)
          for (const step of steps) await life.take(step)
          await expectCountersToEqualRows(kit())
          await expectWordsToStandAlone(kit())
          await life.finish()
          await expectTrustToEqualRows(
            kit(),
            devices.map(({ trustId }, i): Start => ({ trustId, checks: life.elsewhere[i]!, returned: CHECKS[i]! >> 2 })),
          )
          await life.undoAll()
          await expectNothingOnVoidedVotes(kit())
          await expectCountersToEqualRows(kit())
          await expectWordsToStandAlone(kit())
          seen.proven += life.proven
          seen.undone += life.undone
        }),
        { seed, numRuns: (isSqlite ? 6 : 2) * (LONG_TESTS ? 15 : 1), endOnFailure: true },
      )
      expect(seen.undone).toBeGreaterThan(0)
      expect(sealed.get('agreement')).toBeGreaterThan(0)
    }, 600_000)
  })
})
