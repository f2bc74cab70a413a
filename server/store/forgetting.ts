import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'

/** Jobs forgotten in one transaction, and rows deleted in one: few, so that the engine's next batch waits a few milliseconds. */
const JOBS = 100
const ROWS = 200
/** Bytes of payloads deleted in one transaction: SQLite walks all their pages. One payload goes at least. */
const PAYLOAD_BYTES = 4 * 1024 * 1024

type Unit = [id: number, key: string, copies: number]
/** -1 where the payload is gone. */
type Freed = [sha256: string, size: number]

/**
 * One piece of forgetting, in one transaction. A job is forgotten at once and as a whole: its row goes, and with it everything a client
 * can ask for; a row of `ForgottenJob` says how far the deletion of the rest has come, so that any server goes on where a killed one
 * stopped. Rejected: a mark on the job's row, which every query would have to respect; deleting a job's rows before the job, which shows
 * half a job to whoever reads, and cannot be taken back for one that is re-opened.
 */
export class Forgetting {
  readonly #sql: Sql
  readonly #dialect: Dialect

  constructor(sql: Sql, dialect: Dialect) {
    this.#sql = sql
    this.#dialect = dialect
  }

  /** Forgets jobs that ended before this instant; answers with how many. */
  async forgetJobs(endedBefore: number): Promise<number> {
    const jobs = await this.#sql.json<number[]>(this.#dialect.overJobs, endedBefore, JOBS)
    if (jobs.length === 0) return 0
    const rows = JSON.stringify(jobs)
    await this.#sql.run(this.#dialect.rememberForgotten, rows)
    await this.#sql.run(this.#dialect.freeBundles, rows)
    await this.#sql.run(this.#dialect.freeFiles, rows)
    return this.#sql.run(this.#dialect.deleteJobs, rows)
  }

  /** Deletes rows of a forgotten job; false when there is nothing to delete now. */
  async deletePiece(): Promise<boolean> {
    const [job] = await this.#sql.json<[jobId: number, events: number, unitKey: string][]>(this.#dialect.forgottenJob)
    if (!job) return false
    const [jobId, events, unitKey] = job
    if (events > 0) return this.#deleteEvents(jobId, events)
    const units = await this.#sql.json<Unit[]>(this.#dialect.forgottenUnits, jobId, unitKey, ROWS)
    if (units.length > 0) return this.#deleteUnits(jobId, units)
    const freed = await this.#sql.json<Freed[]>(this.#dialect.freedPayloads, jobId, ROWS)
    if (freed.length > 0) return this.#deletePayloads(jobId, freed)
    await this.#sql.run(this.#dialect.endForgotten, jobId)
    return true
  }

  /** The newest first: who began to read before the job was forgotten sees events without a gap. */
  async #deleteEvents(jobId: number, events: number): Promise<true> {
    const left = Math.max(0, events - ROWS)
    await this.#sql.run(this.#dialect.freeEventOutputs, jobId, left)
    await this.#sql.run(this.#dialect.deleteEvents, jobId, left)
    await this.#sql.run(this.#dialect.advanceForgotten, left, '', jobId)
    return true
  }

  /** Units with their leases, locked as a settlement locks them: a late result finds all of a unit or nothing. */
  async #deleteUnits(jobId: number, found: readonly Unit[]): Promise<true> {
    const units = fitting(found, ROWS, ([, , copies]) => 1 + copies)
    const ids = JSON.stringify(units.map(([id]) => id).sort((a, b) => a - b))
    if (this.#dialect.lockUnits) await this.#sql.json<number>(this.#dialect.lockUnits, ids)
    await this.#sql.run(this.#dialect.freeInputs, ids)
    await this.#sql.run(this.#dialect.freeOutputs, ids)
    await this.#sql.run(this.#dialect.deleteTraces, ids)
    await this.#sql.run(this.#dialect.deletePastLeases, ids)
    await this.#sql.run(this.#dialect.deleteLeases, ids)
    await this.#sql.run(this.#dialect.deleteSingleWords, ids)
    await this.#sql.rows(this.#dialect.deleteRechecks, ids)
    await this.#sql.run(this.#dialect.deleteReviews, ids)
    await this.#sql.run(this.#dialect.deleteUnits, ids)
    await this.#sql.run(this.#dialect.advanceForgotten, 0, units.at(-1)?.[1] ?? '', jobId)
    return true
  }

  /** When all rows of the job are gone, each payload they referred to is looked at once and goes unless another row refers to it. */
  async #deletePayloads(jobId: number, freed: readonly Freed[]): Promise<boolean> {
    const looked = fitting(freed, PAYLOAD_BYTES, ([, size]) => Math.max(0, size))
    const there = JSON.stringify(looked.flatMap(([sha256, size]) => (size < 0 ? [] : [sha256])))
    const { lockPayloads } = this.#dialect
    const locked = lockPayloads ? await this.#sql.json<string[]>(lockPayloads, there) : (JSON.parse(there) as string[])
    await this.#sql.run(this.#dialect.deletePayloads, JSON.stringify(locked))
    const decided = looked.flatMap(([sha256, size]) => (size < 0 || locked.includes(sha256) ? [sha256] : []))
    await this.#sql.run(this.#dialect.deleteFreed, jobId, JSON.stringify(decided))
    return decided.length > 0
  }
}

/** The first ones, as many as weigh at most `limit` together, and one at least. */
function fitting<Item>(items: readonly Item[], limit: number, weightOf: (item: Item) => number): readonly Item[] {
  let weight = 0
  const end = items.findIndex((item, i) => {
    weight += weightOf(item)
    return weight > limit && i > 0
  })
  return end < 0 ? items : items.slice(0, end)
}
