import { randomBytes } from 'node:crypto'
import type { JobSpec, JobState, UnitSpec } from '../../sdk/protocol.ts'
import { mayOrder } from '../core/lifecycle.ts'
import { demandOf } from '../core/policy.ts'
import { PlatformError } from '../errors.ts'
import { addUnits } from './add-units.ts'
import { cancelUnits } from './cancel-units.ts'
import type { Dialect } from './dialect.ts'
import { nameFiles, useFiles } from './job-files.ts'
import { jobRecordOf } from './job-record.ts'
import { type QueueCursors, UnitLeasing } from './lease-units.ts'
import { Ledger } from './ledger.ts'
import type { Tx } from './open.ts'
import { digestOf, storePayloads } from './payloads.ts'
import { UnitSettling } from './settle-units.ts'
import { Sql } from './sql.ts'
import { standings } from './standings.ts'
import type { Decide, EngineTransaction, JobRecord, LeaseReport, LeaseWish } from './store.ts'
import { TrustSteps } from './trust-steps.ts'

export interface TransactionContext {
  readonly tx: Tx
  readonly dialect: Dialect
  readonly cursors: QueueCursors
  readonly now: number
  /** The job of a row id, undefined when it was forgotten; jobs do not change in what a record holds, so they are remembered. */
  readonly jobOf: (id: number, tx: Tx) => Promise<JobRecord | undefined>
}

/** The verbs of one transaction over Prisma's connection; `finish` writes the sums. */
export class PrismaTransaction implements EngineTransaction {
  readonly now: number
  readonly #context: TransactionContext
  readonly #sql: Sql
  readonly #ledger = new Ledger()

  constructor(context: TransactionContext) {
    this.#context = context
    this.#sql = new Sql(context.tx)
    this.now = context.now
  }

  async jobRecord(id: number): Promise<JobRecord> {
    const record = await this.#jobOf(id)
    if (!record) throw new Error(`Expected the row id of a job, got ${id}, which is none.`)
    return record
  }

  #jobOf = (id: number): Promise<JobRecord | undefined> => this.#context.jobOf(id, this.#context.tx)

  async createJob(spec: JobSpec, code: Uint8Array, ownerId: number): Promise<JobRecord> {
    const existing = await this.#context.tx.job.findUnique({ where: { uid: spec.job } })
    if (existing) {
      const record = await jobRecordOf(existing, this.#context.tx)
      if (record.bundle === spec.bundle && record.ownerId === ownerId) return record
      throw new PlatformError('job-conflict', `Expected a new job id, got ${spec.job}, which is another job: make a new id.`)
    }
    const { redundancy, job, bundle, ownDevices, files = [], verify, compare, sameEngine, nativeMath, ...columns } = spec
    await useFiles(this.#context.tx, files, this.now)
    await this.#storeBundle(spec, code)
    const row = await this.#context.tx.job.create({
      data: {
        ...columns,
        ...{ uid: job, ownerId, state: 'running', ownDevices: ownDevices ? 1 : 0 },
        ...{ bundle: Buffer.from(bundle, 'hex'), seed: randomBytes(16), createdAt: BigInt(this.now) },
        ...(files.length > 0 && { files: JSON.stringify(files) }),
        ...compare,
        ...{ sameEngine: sameEngine || nativeMath ? 1 : 0, nativeMath: nativeMath ? 1 : 0 },
        ...demandOf(redundancy),
        ...(verify !== undefined && { verify: Buffer.from(await this.#storeCode(Buffer.from(verify)), 'hex') }),
      },
    })
    await nameFiles(this.#context.tx, row.id, files)
    this.#ledger.job(row.id)
    return jobRecordOf(row, this.#context.tx)
  }

  async #storeBundle(spec: JobSpec, code: Uint8Array): Promise<void> {
    const digest = digestOf(code)
    if (digest !== spec.bundle) {
      throw new PlatformError('bundle-mismatch', `Expected code with SHA-256 ${spec.bundle}, got ${digest}: send the bundle unchanged.`)
    }
    await this.#storeCode(code)
  }

  /** Its SHA-256, hex. */
  async #storeCode(code: Uint8Array): Promise<string> {
    const digest = digestOf(code)
    await storePayloads(this.#sql, this.#context.dialect, new Map([[digest, code]]), this.now)
    return digest
  }

  addUnits(job: JobRecord, units: readonly UnitSpec[]): Promise<{ added: number; existing: number }> {
    return addUnits(this.#sql, this.#context.dialect, this.#ledger, this.now, job, units, (each) => this.#takesUnits(each))
  }

  async #takesUnits(job: JobRecord): Promise<boolean> {
    const { inputsComplete, state } = await this.#conditionOf(job)
    return inputsComplete === 0 && (state === 'running' || state === 'paused')
  }

  /** @throws PlatformError `unknown-job` when it was forgotten after it was found. */
  async #conditionOf(job: JobRecord): Promise<{ state: string; inputsComplete: number }> {
    const select = { state: true, inputsComplete: true }
    const row = await this.#context.tx.job.findUnique({ where: { id: job.id }, select })
    if (!row) throw new PlatformError('unknown-job', `Expected a job that is kept, got ${job.job}, which was forgotten: start a new job.`)
    return row
  }

  async completeInputs(job: JobRecord): Promise<void> {
    this.#ledger.job(job.id).complete = 1
  }

  standings(trustIds: readonly number[]): ReturnType<EngineTransaction['standings']> {
    return standings(this.#sql, this.#context.dialect, trustIds)
  }

  async pinEngine(job: JobRecord, engineClass: string, abandonedBy: string | null = null): Promise<string> {
    const { dialect } = this.#context
    if (abandonedBy === null) await this.#sql.run(dialect.pinEngineClass, engineClass, job.id)
    // Whoever chooses jobs must hear of it, also where no lease follows.
    else if ((await this.#sql.run(dialect.takeOverPin, engineClass, job.id, abandonedBy)) > 0) this.#ledger.job(job.id)
    return this.#sql.json<string>(dialect.engineClassOfJob, job.id)
  }

  leaseUnits(wishes: readonly LeaseWish[]): ReturnType<EngineTransaction['leaseUnits']> {
    return this.#leasing.lease(wishes)
  }

  leaseLate(wish: LeaseWish, olderThanMs: number): ReturnType<EngineTransaction['leaseLate']> {
    return this.#leasing.leaseLate(wish, olderThanMs)
  }

  get #leasing(): UnitLeasing {
    return new UnitLeasing(this.#sql, this.#context.dialect, this.#ledger, this.#context.cursors, this.now)
  }

  settleUnits(reports: readonly LeaseReport[], decide: Decide): ReturnType<EngineTransaction['settleUnits']> {
    return this.#settling.settle(reports, decide)
  }

  get #settling(): UnitSettling {
    return new UnitSettling(this.#sql, this.#context.dialect, this.#ledger, this.now, this.#jobOf)
  }

  get trust(): TrustSteps {
    return new TrustSteps(this.#sql, this.#context.dialect, this.#ledger, this.#settling, this.now)
  }

  cancelUnits(job: JobRecord, keys: readonly string[]): ReturnType<EngineTransaction['cancelUnits']> {
    return cancelUnits(this.#sql, this.#context.dialect, this.#ledger, this.now, job, keys)
  }

  async moveJob(job: JobRecord, to: JobState, reason: string | null): Promise<void> {
    const { state } = await this.#conditionOf(job)
    const from = this.#ledger.orderedState(job.id) ?? (state as JobState)
    if (from === to) return
    if (!mayOrder(from, to)) {
      const wayOut = to === 'running' ? ': submit it anew to compute it again' : ''
      throw new PlatformError('bad-transition', `Expected a job that can become ${to}, got one that is ${from}${wayOut}.`)
    }
    this.#ledger.jobOrdered(job.id, { state: to, reason })
  }

  finish(): ReturnType<Ledger['flush']> {
    const select = {
      id: true,
      state: true,
      reason: true,
      inputsComplete: true,
      unitsOpen: true,
      unitsAlone: true,
      unitsToRecheck: true,
    } as const
    const conditionsOf = (ids: number[]) => this.#context.tx.job.findMany({ where: { id: { in: ids } }, select })
    return this.#ledger.flush(this.#sql, this.#context.dialect, this.now, conditionsOf)
  }
}
