import fc from 'fast-check'
import { describe, test } from 'vitest'
import { firstWanted } from '../../server/core/policy.ts'
import type { CheckVerdict } from '../../server/core/settle.ts'
import { decideUnit } from '../../server/engine-batch.ts'
import { PlatformError } from '../../server/errors.ts'
import type { DeviceRecord, EngineTransaction, JobRecord, LeaseReport, Store } from '../../server/store/store.ts'
import { LONG_TESTS } from '../support/long-tests.ts'
import { describeStore, erroredOf, gaveUp, outputOf, Scene, unitSpecs } from '../support/store-kit.ts'
import { expectCountersToEqualRows } from './recount.ts'

const DEVICES = 5
type Step =
  | { readonly kind: 'add'; readonly from: number; readonly count: number }
  | { readonly kind: 'lease'; readonly device: number; readonly count: number; readonly onlyOpinions: boolean }
  | { readonly kind: 'report'; readonly ends: readonly (readonly [which: number, end: string])[] }
  | { readonly kind: 'drop'; readonly keys: readonly number[] }
  | { readonly kind: 'move'; readonly to: 'paused' | 'running' | 'cancelled' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'age' }

const small = fc.nat(11)
const VERDICTS: readonly string[] = ['passed', 'refused', 'unfinished', 'moot']
const end = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('a', 'a', 'a', 'b', 'c', 'E') },
  { weight: 4, arbitrary: fc.constantFrom('errored', 'released', 'expired', 'wrong count') },
  { weight: 4, arbitrary: fc.constantFrom('passed', 'passed', 'refused', 'unfinished', 'moot') },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), from: small, count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('lease' as const),
      device: fc.nat(DEVICES - 1),
      count: fc.integer({ min: 1, max: 8 }),
      onlyOpinions: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      ends: fc.array(fc.tuple(fc.nat(9999), end), { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), keys: fc.array(small, { minLength: 1, maxLength: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('move' as const),
      to: fc.constantFrom('paused' as const, 'running' as const, 'cancelled' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'complete' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'age' as const }) },
)
const history = fc.record({
  quorum: fc.integer({ min: 1, max: 3 }),
  ownDevices: fc.boolean(),
  verifies: fc.boolean(),
  onError: fc.constantFrom('continue' as const, 'continue' as const, 'stop' as const),
  steps: fc.array(step, { minLength: 25, maxLength: 50, size: 'max' }),
})

/** A job that lives through a history, and every lease that was ever given in it. */
class Life {
  readonly #store: Store
  readonly #job: JobRecord
  readonly #devices: readonly DeviceRecord[]
  readonly #leases: { readonly lease: string; readonly device: DeviceRecord }[] = []

  constructor(store: Store, job: JobRecord, devices: readonly DeviceRecord[]) {
    this.#store = store
    this.#job = job
    this.#devices = devices
  }

  async take(step: Step, age: () => Promise<void>): Promise<void> {
    if (step.kind === 'age') return age()
    await this.#store
      .transact((tx) => this.#apply(tx, step))
      .catch((error: unknown) => {
        if (!(error instanceof PlatformError)) throw error // a refusal by name is what the history may meet
      })
  }

  async #apply(tx: EngineTransaction, step: Exclude<Step, { kind: 'age' }>): Promise<void> {
    if (step.kind === 'add') await tx.addUnits(this.#job, unitSpecs(step.from, step.count))
    else if (step.kind === 'drop') await tx.cancelUnits(this.#job, step.keys.map(String))
    else if (step.kind === 'move') await tx.moveJob(this.#job, step.to, null)
    else if (step.kind === 'complete') await tx.completeInputs(this.#job)
    else if (step.kind === 'lease') await this.#lease(tx, step)
    else if (this.#leases.length > 0)
      await tx.settleUnits(
        step.ends.map(([which, end]) => this.#reportOf(which, end)),
        decideUnit,
      )
  }

  async #lease(tx: EngineTransaction, { device: index, count, onlyOpinions }: Extract<Step, { kind: 'lease' }>): Promise<void> {
    const device = this.#devices[index]!
    const alone = device.ownFor !== 'nobody' && this.#job.ownDevices
    const holder = alone ? `a:${device.accountId}` : `d:${device.id}`
    const wanted = alone ? 1 : firstWanted(this.#job)
    const wish = { job: this.#job, deviceId: device.id, holder, count, wanted, onlyOpinions, deadlineMs: 30_000 }
    const [granted] = await tx.leaseUnits([wish])
    for (const { lease } of granted!.grants) this.#leases.push({ lease, device })
  }

  #reportOf(which: number, end: string): LeaseReport {
    const { lease, device } = this.#leases[which % this.#leases.length]!
    if (end === 'errored') return erroredOf(lease, device)
    if (VERDICTS.includes(end)) return { lease, by: null, report: { kind: 'checked', verdict: end as CheckVerdict, why: 'a test' } }
    if (end === 'released' || end === 'expired') return gaveUp(lease, end)
    const report = outputOf(lease, device, end, Number(end === 'E'))
    return end === 'wrong count' ? ({ ...report, report: { ...report.report, items: 9 } } as LeaseReport) : report
  }
}

describeStore((kit) => {
  describe('S8 histories', () => {
    test('S8 after any history every counter equals its rows, and the events fold to the units’ states', async () => {
      const scene = new Scene(kit().store)
      const runs = (kit().store.database === 'sqlite' ? 15 : 6) * (LONG_TESTS ? 8 : 1)
      const seed = Math.floor(Math.random() * 2 ** 31)
      const account = await kit().store.ensureAccount('owner', 'researcher')
      await fc.assert(
        fc.asyncProperty(history, async ({ quorum, ownDevices, verifies, onError, steps }) => {
          const job = await scene.job(6, {
            redundancy: { quorum },
            ownDevices,
            onError,
            ...(verifies && { verify: 'export const work = () => true' }),
          })
          const devices = [...(await scene.devices(DEVICES - 1)), await scene.device(account, 'everybody')]
          const life = new Life(kit().store, job, devices)
          for (const step of steps) await life.take(step, () => kit().age(6000))
          await expectCountersToEqualRows(kit())
        }),
        { seed, numRuns: runs, endOnFailure: true },
      )
    })
  })
})
