import type { Isolation } from '../../sdk/protocol.ts'
import type { Dialect } from './dialect.ts'
import type { Database } from './open.ts'
import { hexOf } from './payload-ref.ts'
import { readPayloads } from './payloads.ts'
import { drawKeys } from './pilot-draw.ts'
import type { ClaimedPilot, PilotResult, PilotStore } from './pilot-store.ts'
import { Sql } from './sql.ts'

const UNITS = 3
const WAIT = { maxWait: 30_000, timeout: 60_000 }

/** A claim stands in the job's own row, so that a job and its pilot are forgotten together; what holds for its code has a row of its own. */
export class Pilots implements PilotStore {
  readonly #db: Database
  readonly #dialect: Dialect
  readonly #now: () => Promise<number>

  constructor(db: Database, dialect: Dialect, now: () => Promise<number>) {
    this.#db = db
    this.#dialect = dialect
    this.#now = now
  }

  async claim(jobId: number, key: Uint8Array, claimMs: number): Promise<ClaimedPilot | undefined> {
    const now = await this.#now()
    const where = { id: jobId, state: 'running', pilot: null, pilotUntil: { lte: BigInt(now) } }
    const { count } = await this.#db.job.updateMany({ where, data: { pilotUntil: BigInt(now + claimMs) } })
    if (count === 0) return undefined
    const select = { key: true, input: true, inputs: true } as const
    const keys = await this.#draw(jobId)
    const rows = await this.#db.workUnit.findMany({ where: { jobId, key: { in: keys } }, orderBy: { key: 'asc' }, select })
    const refs = rows.map(({ input }) => hexOf(input))
    const inputs = await readPayloads(new Sql(this.#db), this.#dialect, refs)
    const known = await this.#db.pilot.findUnique({ where: { key: Buffer.from(key) } })
    if (rows.length === 0) await this.release(jobId)
    return {
      units: rows.map(({ key, inputs: count }, i) => ({ key, input: inputs[i] as Uint8Array, inputs: count })),
      known: known?.isolation as Isolation | undefined,
    }
  }

  /** Keys of some of its units. */
  async #draw(jobId: number): Promise<string[]> {
    const units = await this.#unitsOf(jobId)
    const { walkByIndex } = this.#dialect
    if (walkByIndex === null) return drawKeys(this.#db, jobId, units, UNITS)
    return this.#db.$transaction(async (tx) => {
      await new Sql(tx).run(walkByIndex)
      return drawKeys(tx, jobId, units, UNITS)
    }, WAIT)
  }

  async #unitsOf(jobId: number): Promise<number> {
    const select = { unitsOpen: true, unitsAccepted: true, unitsSealed: true, unitsFailed: true, unitsCancelled: true } as const
    const counts = await this.#db.job.findUniqueOrThrow({ where: { id: jobId }, select })
    return Object.values(counts).reduce((sum, count) => sum + count, 0)
  }

  async release(jobId: number): Promise<void> {
    await this.#db.job.updateMany({ where: { id: jobId, pilot: null }, data: { pilotUntil: 0n } })
  }

  async finish(jobId: number, key: Uint8Array, { verdict, note, isolation, isGeneral, unitSeconds }: PilotResult): Promise<void> {
    const now = BigInt(await this.#now())
    await this.#db.$transaction(async (tx) => {
      const where = { id: jobId, pilot: null }
      if (unitSeconds > 0) await tx.job.updateMany({ where: { ...where, measuredUnits: 0 }, data: { unitSeconds } })
      await tx.job.updateMany({ where, data: { pilot: verdict, pilotNote: note, isolation } })
      const row = { key: Buffer.from(key), isolation, createdAt: now }
      if (isGeneral) await tx.pilot.upsert({ where: { key: row.key }, create: row, update: {} })
    }, WAIT)
  }

  async unpriced(limit: number): Promise<string[]> {
    const where = { state: 'running', pilot: 'unmeasured', creditPerInput: null }
    return (await this.#db.job.findMany({ where, orderBy: { id: 'asc' }, take: limit, select: { uid: true } })).map(({ uid }) => uid)
  }

  async isUnpriced(job: string): Promise<boolean> {
    return (await this.#db.job.count({ where: { uid: job, pilot: { not: null }, creditPerInput: null } })) > 0
  }

  async note(job: string): Promise<string | undefined> {
    const row = await this.#db.job.findUnique({ where: { uid: job }, select: { pilotNote: true } })
    return row?.pilotNote ?? undefined
  }
}
