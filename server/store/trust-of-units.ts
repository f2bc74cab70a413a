import type { LeaseView } from '../core/agreement.ts'
import { fallenApart, isSupported } from '../core/engine-split.ts'
import { provenAt } from '../core/sealing.ts'
import { type Settlement, singleWord, type UnitView } from '../core/settle.ts'
import { reauditAll } from '../core/strike.ts'
import type { Dialect } from './dialect.ts'
import type { Ledger } from './ledger.ts'
import type { Sql } from './sql.ts'
import type { JobRecord } from './store.ts'

/** When a unit that is computed once more is not given out: until its strike says so. */
export const PARKED = 9_000_000_000_000_000

function ofJob<Row>(rows: Map<number, Row[]>, job: number): Row[] {
  const some = rows.get(job) ?? []
  rows.set(job, some)
  return some
}

export interface Settled {
  readonly unit: UnitView
  readonly settlement: Settlement
  readonly job: JobRecord
}
type Gone = { readonly unitId: number | bigint; readonly jobId: number; readonly strikeId: number | null; readonly dueAt: number | bigint }

const isWaste = (lease: LeaseView | undefined): number => Number(lease?.state === 'disagreed' || lease?.state === 'voided')
const isDecided = ({ state }: Pick<UnitView, 'state'>): boolean => state === 'accepted' || state === 'sealed'

/** Who lost and is not struck for it, by the ids of their trust, and which of these only an engine excuses that nobody else speaks for. */
function losersOf({ unit, settlement }: Settled): { readonly of: readonly number[]; readonly unsupported: readonly number[] } {
  const verdicts = new Map(settlement.trust.map(({ leaseRow, verdict }) => [leaseRow, verdict]))
  const output = settlement.events.findLast(({ kind }) => kind === 'accepted' || kind === 'sealed')?.output
  const lost = settlement.leases.filter(({ state, row, own }) => state === 'disagreed' && !own && verdicts.get(row) !== 'struck')
  const isUnexplained = settlement.trust.some(({ verdict }) => verdict === 'engine' || verdict === 'isolation')
  if (lost.length === 0 && !isUnexplained && unit.engineClass === undefined) return { of: [], unsupported: [] }
  const now = new Map(settlement.leases.map((lease) => [lease.row, lease]))
  const leases = unit.leases.map((lease): LeaseView => now.get(lease.row) ?? lease)
  const fallen = unit.state === 'open' && output ? fallenApart(leases, unit.engineClass, output, unit.alike) : []
  const excused = leases.filter(({ row }) => verdicts.get(row) === 'engine')
  const apart = leases.filter(({ row }) => verdicts.get(row) === 'isolation')
  return {
    of: [...lost, ...excused, ...fallen, ...apart].map(({ trustId = 0 }) => trustId),
    unsupported: excused.filter((lease) => !isSupported(lease, leases, unit.alike)).map(({ trustId = 0 }) => trustId),
  }
}

/** What settled units say of trust: who was checked, which units stand on one word, and which were computed once more. */
export class TrustOfUnits {
  readonly #sql: Sql
  readonly #dialect: Dialect
  readonly #ledger: Ledger
  readonly #now: number

  constructor(sql: Sql, dialect: Dialect, ledger: Ledger, now: number) {
    this.#sql = sql
    this.#dialect = dialect
    this.#ledger = ledger
    this.#now = now
  }

  /** @param returned rows of leases that returned something */
  async write(settled: readonly Settled[], returned: ReadonlySet<number>): Promise<void> {
    for (const each of settled) this.#book(each, returned)
    await this.#writeWords(settled)
    await this.#heedEngines(settled)
    await this.#heedLosers(settled)
    await this.#endSharing(settled)
    await this.#endRechecks(settled, returned)
  }

  #book({ unit, settlement }: Settled, returned: ReadonlySet<number>): void {
    const { trust } = this.#ledger
    for (const { row, trustId = 0, trust: relied } of unit.leases) {
      if (returned.has(row)) trust.returned(trustId)
      if (settlement.events.length > 0 && relied) trust.relied(trustId, relied.trustEpoch)
    }
    if (settlement.trust.length > 0) this.#bookChecks(unit, settlement)
    const before = (row: number): LeaseView | undefined => unit.leases.find((lease) => lease.row === row)
    for (const lease of settlement.leases) this.#ledger.job(unit.jobId).wasted += isWaste(lease) - isWaste(before(lease.row))
  }

  #bookChecks(unit: UnitView, { events, leases, trust }: Settlement): void {
    const accepted = events.findLast(({ output }) => output !== null)?.output ?? unit.leases.find(({ state }) => state === 'agreed')?.output
    const outputOf = (of: readonly LeaseView[], leaseRow: number) => of.find(({ row }) => row === leaseRow)?.output
    for (const change of trust) {
      const output = outputOf(leases, change.leaseRow) ?? outputOf(unit.leases, change.leaseRow) ?? ''
      this.#ledger.trust.judged({ ...change, jobId: unit.jobId, unitId: unit.id, output, accepted: accepted ?? '' })
    }
  }

  /** Units that came to stand on one word, or do so no more. */
  async #writeWords(settled: readonly Settled[]): Promise<void> {
    const put = new Map<number, number[][]>()
    const gone = new Map<number, number[]>()
    for (const { unit, settlement, job } of settled) {
      if (job.targetError === undefined) continue
      const before = unit.state === 'accepted' ? singleWord(unit.leases) : null
      const now = settlement.alone
      const isSame = before !== null && before.trustId === now?.trustId && before.checksThen === now.checksThen
      if (unit.state === 'accepted' && !isSame) ofJob(gone, unit.jobId).push(unit.id)
      if (now) ofJob(put, unit.jobId).push([unit.id, unit.jobId, now.trustId, provenAt(now.checksThen, job.targetError)])
    }
    for (const [job, units] of gone)
      this.#ledger.job(job).alone -= await this.#sql.run(this.#dialect.deleteSingleWords, JSON.stringify(units))
    for (const [job, words] of put) this.#ledger.job(job).alone += await this.#sql.run(this.#dialect.putSingleWords, JSON.stringify(words))
    const sensitive = settled.filter(({ unit, settlement }) => unit.engineSensitive && settlement.alone)
    for (const job of new Set(sensitive.map(({ unit }) => unit.jobId))) await this.#sql.run(this.#dialect.holdOfDiffering, job, job)
  }

  /**
   * Engines differ in the job (T2). Where they decided a unit it is to be computed in one class from now on: which one is for the crowd that is here
   * to say, not for those who won.
   */
  async #heedEngines(settled: readonly Settled[]): Promise<void> {
    for (const { unit, settlement } of settled)
      if (settlement.engineClass !== null && unit.engineClass === undefined) this.#ledger.job(unit.jobId).differing.push(unit.id)
    const differing = settled.filter(({ settlement: { trust } }) => trust.some(({ verdict }) => verdict === 'engine'))
    for (const job of new Set(differing.map(({ unit }) => unit.jobId))) await this.#sql.run(this.#dialect.markSensitive, job)
  }

  /**
   * Who loses and is not struck for it: what stands on its word alone in the job is decided by copies (Q15), and where nobody of its engine
   * says the same it is believed like a newcomer (T2).
   */
  async #heedLosers(settled: readonly Settled[]): Promise<void> {
    const losers = new Map<number, Set<number>>()
    for (const each of settled) {
      const { of, unsupported } = losersOf(each)
      for (const trustId of unsupported) this.#ledger.trust.unsupported(trustId)
      if (of.length === 0 || each.job.targetError === undefined) continue
      losers.set(each.unit.jobId, new Set([...(losers.get(each.unit.jobId) ?? []), ...of]))
    }
    for (const [job, authors] of losers) for (const trustId of authors) await this.#decideByCopies(job, trustId)
  }

  async #decideByCopies(job: number, trustId: number): Promise<void> {
    const given = await this.#sql.run(this.#dialect.recheckWords, this.#now, job, trustId)
    await this.#sql.run(this.#dialect.holdWords, job, trustId)
    const delta = this.#ledger.job(job)
    delta.recheck += given
    delta.offered += given
  }

  /** Devices of some standing differed where realms had served others: from now on each unit of the job has one of its own (T2). */
  async #endSharing(settled: readonly Settled[]): Promise<void> {
    const doubtful = settled.filter(({ settlement: { trust } }) => trust.some(({ verdict }) => verdict === 'isolation'))
    const jobs = [...new Set(doubtful.map(({ unit }) => unit.jobId))].sort((a, b) => a - b)
    if (jobs.length > 0) await this.#sql.run(this.#dialect.endSharing, JSON.stringify(jobs))
  }

  async #endRechecks(settled: readonly Settled[], returned: ReadonlySet<number>): Promise<void> {
    const done: number[] = []
    const back: number[] = []
    const differing = new Set<number>()
    for (const { unit, settlement } of settled) {
      const looks = settlement.leases.filter(({ kind, ended }) => ended && (kind === 'sample' || kind === 'again'))
      const reopened = isDecided(unit) && settlement.events[0]?.kind === 'retracted'
      if (reopened || looks.some(({ row }) => returned.has(row))) done.push(unit.id)
      else if (looks.length > 0) back.push(unit.id)
      if (reopened && looks.some(({ kind, row }) => kind === 'again' && returned.has(row))) differing.add(unit.id)
    }
    if (back.length > 0) await this.#sql.run(this.#dialect.moveRechecks, this.#now, JSON.stringify(back))
    if (done.length > 0) await this.endRechecks(done, differing)
  }

  /** @param differing those whose second look found another answer */
  async endRechecks(units: readonly number[], differing: ReadonlySet<number> = new Set()): Promise<void> {
    const gone = await this.#sql.rows<Gone>(this.#dialect.deleteRechecks, JSON.stringify(units))
    for (const { jobId, dueAt } of gone) if (Number(dueAt) < PARKED) this.#ledger.job(jobId).recheck -= 1
    for (const { unitId, strikeId } of gone) {
      if (strikeId === null) continue
      if (differing.has(Number(unitId))) await this.#sql.run(this.#dialect.countDiffering, strikeId)
      await this.#followStrike(strikeId)
    }
  }

  /** After a second look: when two differed all others follow, when none is left and no two differed the others stay as they are (T1). */
  async #followStrike(strikeId: number): Promise<void> {
    const [strike] = await this.#sql.rows<{ trustId: number; differing: number }>(this.#dialect.strikeById, strikeId)
    if (!strike) return
    const parked = await this.#sql.json<[number, number][]>(this.#dialect.strikeRechecks, strike.trustId, strikeId, PARKED)
    if (parked.length === 0) return
    const units = JSON.stringify(parked.map(([unitId]) => unitId))
    if (reauditAll(Number(strike.differing))) {
      await this.#sql.run(this.#dialect.moveRechecks, this.#now, units)
      for (const [, jobId] of parked) this.#ledger.job(jobId).recheck += 1
      return
    }
    const active = await this.#sql.json<number>(this.#dialect.activeRechecks, strike.trustId, strikeId, PARKED)
    if (active === 0) await this.#sql.rows(this.#dialect.deleteRechecks, units)
  }
}
