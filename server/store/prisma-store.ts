import type { OwnFor } from '../core/own-device.ts'
import { Checkpoints } from './checkpoints.ts'
import { claimChecks } from './checks.ts'
import { Credits } from './credits.ts'
import { Devices } from './devices.ts'
import type { Dialect } from './dialect.ts'
import { PrismaTransaction } from './engine-transaction.ts'
import { Files } from './files.ts'
import { Forgetting } from './forgetting.ts'
import { jobRecordOf, openJobOf } from './job-record.ts'
import type { QueueCursors } from './lease-units.ts'
import type { Database, Tx } from './open.ts'
import { Pilots } from './pilots.ts'
import { Sessions } from './sessions.ts'
import { Sql } from './sql.ts'
import type {
  Check,
  Committed,
  DeviceRecord,
  EngineTransaction,
  JobRecord,
  NewDevice,
  OpenJob,
  Reads,
  Session,
  Store,
  UsedNonce,
} from './store.ts'
import { Teams } from './teams.ts'
import { StaleTrust } from './trust-ledger.ts'

const WAIT = { maxWait: 30_000, timeout: 60_000 }
const JOBS_REMEMBERED = 10_000
const OPEN_JOBS = 1000
/** Jobs without their client that one sweep completes. */
const ABANDONED_JOBS = 100

export interface PrismaStoreOptions {
  readonly database: Store['database']
  readonly db: Database
  readonly dialect: Dialect
  readonly reads: Reads
  /** The server's clock, milliseconds since 1970; PostgreSQL uses the database's. */
  readonly clock: () => number
}

/** The store over Prisma: raw bulk statements where it is hot, the model API elsewhere. */
export class PrismaStore implements Store {
  readonly database: Store['database']
  readonly reads: Reads
  readonly files: Files
  readonly checkpoints: Checkpoints
  readonly credits: Credits
  readonly teams: Teams
  readonly pilots: Pilots
  readonly #options: PrismaStoreOptions
  readonly #devices: Devices
  readonly #cursors: QueueCursors = { half: new Map(), fresh: new Map() }
  readonly #jobs = new Map<number, JobRecord>()

  constructor(options: PrismaStoreOptions) {
    this.#options = options
    this.database = options.database
    this.reads = options.reads
    const now = () => this.#now(this.#sql)
    this.#devices = new Devices({ ...options, isRetryable: (error) => this.isRetryable(error) })
    this.files = new Files(options.db, now, (error) => this.isRetryable(error))
    this.checkpoints = new Checkpoints(this.#sql, options.dialect, now)
    this.teams = new Teams(options.db, now, (error) => this.isRetryable(error))
    this.credits = new Credits(options.db, options.dialect, (sql) => this.#now(sql))
    this.pilots = new Pilots(options.db, options.dialect, now)
  }

  get #db(): Database {
    return this.#options.db
  }

  get #sessions(): Sessions {
    return new Sessions(this.#options.db)
  }

  get #sql(): Sql {
    return new Sql(this.#options.db)
  }

  async transact<Value>(steps: (tx: EngineTransaction) => Promise<Value>): Promise<Committed<Value>> {
    return this.#db.$transaction(async (tx) => {
      const { dialect } = this.#options
      const now = await this.#now(new Sql(tx))
      const jobOf = (id: number, within: Tx) => this.#jobOf(id, within)
      const transaction = new PrismaTransaction({ tx, dialect, cursors: this.#cursors, now, jobOf })
      const value = await steps(transaction)
      return { value, ...(await transaction.finish()) }
    }, WAIT)
  }

  async #now(sql: Sql): Promise<number> {
    const { clock } = this.#options.dialect
    return clock ? sql.json<number>(clock) : this.#options.clock()
  }

  async #jobOf(id: number, tx: Tx): Promise<JobRecord | undefined> {
    const known = this.#jobs.get(id)
    if (known) return known
    const row = await tx.job.findUnique({ where: { id } })
    if (!row) return undefined
    const record = await jobRecordOf(row, tx)
    if (this.#jobs.size >= JOBS_REMEMBERED) this.#jobs.clear()
    this.#jobs.set(id, record)
    return record
  }

  isRetryable(error: unknown): boolean {
    if (error instanceof StaleTrust) return true
    const text = `${(error as { code?: string })?.code ?? ''} ${String((error as Error)?.message ?? error)}`
    return /40P01|40001|deadlock detected|could not serialize|P2034|P2002|23505/.test(text)
  }

  async findJob(job: string): Promise<JobRecord | undefined> {
    const row = await this.#db.job.findUnique({ where: { uid: job } })
    return row ? jobRecordOf(row, this.#db) : undefined
  }

  async openJobs(): Promise<OpenJob[]> {
    const some = { gt: 0 }
    const where = {
      OR: [
        { state: 'running', unitsOpen: some },
        { state: { in: ['running', 'finished'] }, unitsToRecheck: some },
      ],
    }
    return (await this.#db.job.findMany({ where, orderBy: { id: 'asc' }, take: OPEN_JOBS })).map(openJobOf)
  }

  async jobsToCheck(): Promise<string[]> {
    return this.#sql.json<string[]>(this.#options.dialect.jobsToCheck, await this.#now(this.#sql), OPEN_JOBS)
  }

  async claimChecks(job: JobRecord, limit: number, claimMs: number): Promise<Check[]> {
    return this.#db.$transaction(async (tx) => {
      const sql = new Sql(tx)
      return claimChecks(sql, this.#options.dialect, job, limit, await this.#now(sql), claimMs)
    }, WAIT)
  }

  async payload(sha256: string): Promise<Uint8Array | undefined> {
    return (await this.#db.payload.findUnique({ where: { sha256: Buffer.from(sha256, 'hex') } }))?.bytes
  }

  async bundle(sha256: string): Promise<Uint8Array | undefined> {
    const job = await this.#db.job.findFirst({ where: { bundle: Buffer.from(sha256, 'hex') }, select: { id: true } })
    return job ? this.payload(sha256) : undefined
  }

  async ensureAccount(name: string, role: string): Promise<number> {
    const create = { name, role, createdAt: BigInt(this.#options.clock()) }
    const ensure = async () => (await this.#db.account.upsert({ where: { name }, create, update: {} })).id
    // Two servers that start at once both find it missing: the one that comes second finds it the second time.
    return ensure().catch((error: unknown) => (this.isRetryable(error) ? ensure() : Promise.reject(error)))
  }

  async accountName(id: number): Promise<string> {
    return (await this.#db.account.findUniqueOrThrow({ where: { id }, select: { name: true } })).name
  }

  now(): Promise<number> {
    return this.#now(this.#sql)
  }

  secret(name: string): Promise<Uint8Array> {
    return this.#sessions.secret(name).catch((error: unknown) => {
      if (this.isRetryable(error)) return this.#sessions.secret(name)
      throw error
    })
  }

  async openSession(session: Session, nonce: UsedNonce): Promise<boolean> {
    return this.#sessions.open(session, nonce, await this.now())
  }

  async findSession(hash: Uint8Array): Promise<Session | undefined> {
    return this.#sessions.find(hash, await this.now())
  }

  async livingSessions(hashes: readonly string[]): Promise<string[]> {
    return this.#sessions.living(hashes, await this.now())
  }

  endSessions(issuer: string | undefined, kept: readonly string[]): Promise<void> {
    return this.#sessions.end(issuer, kept)
  }

  findDevice(device: string): ReturnType<Store['findDevice']> {
    return this.#devices.find(device)
  }

  createDevice(device: NewDevice): Promise<DeviceRecord> {
    return this.#devices.create(device)
  }

  touchDevice(id: number, accountId: number | null, ownFor: OwnFor, engine: string): Promise<DeviceRecord> {
    return this.#devices.touch(id, accountId, ownFor, engine)
  }

  banDevice(id: number, reason: string): Promise<boolean> {
    return this.#devices.ban(id, reason)
  }

  restateBan(id: number, reason: string): Promise<boolean> {
    return this.#devices.restateBan(id, reason)
  }

  appeal(id: number, text: string): Promise<void> {
    return this.#devices.appeal(id, text)
  }

  unbanDevice(id: number): Promise<boolean> {
    return this.#devices.unban(id)
  }

  leasesOfDevice(deviceId: number): Promise<string[]> {
    return this.#sql.json<string[]>(this.#options.dialect.leasesOfDevice, deviceId, 10_000)
  }

  async leasesDue(limit: number): Promise<string[]> {
    return this.#sql.json<string[]>(this.#options.dialect.leasesDue, await this.#now(this.#sql), limit)
  }

  refusedInDoubt(limit: number): Promise<string[]> {
    return this.#sql.json<string[]>(this.#options.dialect.refusedInDoubt, limit)
  }

  async leftoverUnits(limit: number): Promise<Map<string, string[]>> {
    const where = { state: { in: ['cancelled', 'failed'] }, unitsOpen: { gt: 0 } }
    const jobs = await this.#db.job.findMany({ where, orderBy: { id: 'asc' }, take: 10 })
    const left = new Map<string, string[]>()
    for (const { id, uid, requirement } of jobs) {
      const idle = await this.#sql.json<string[]>(this.#options.dialect.idleUnits, id, requirement, limit, id, requirement, limit)
      left.set(uid, idle.length > 0 ? idle : await this.#unitsComputed(id, limit))
    }
    return left
  }

  /** Open units that somebody computes; no index holds them, so they are looked for only when no others are left. */
  async #unitsComputed(jobId: number, limit: number): Promise<string[]> {
    const where = { jobId, state: 'open' }
    return (await this.#db.workUnit.findMany({ where, orderBy: { key: 'asc' }, take: limit, select: { key: true } })).map(({ key }) => key)
  }

  async abandonedJobs(waitedMs: number): Promise<string[]> {
    const before = (await this.#now(this.#sql)) - waitedMs
    return this.#sql.json<string[]>(this.#options.dialect.abandonedJobs, before, before, ABANDONED_JOBS)
  }

  async forgetJobs(retentionMs: number): Promise<number> {
    return this.#db.$transaction(async (tx) => {
      const sql = new Sql(tx)
      return new Forgetting(sql, this.#options.dialect).forgetJobs((await this.#now(sql)) - retentionMs)
    }, WAIT)
  }

  async deleteForgotten(): Promise<boolean> {
    return this.#db.$transaction((tx) => new Forgetting(new Sql(tx), this.#options.dialect).deletePiece(), WAIT)
  }

  async close(): Promise<void> {
    await this.reads.close()
    await this.#db.$disconnect()
  }
}
