import { believedSeconds } from '../core/claimed-seconds.ts'
import type { Arrival, LeaseChange, Settlement, UnitView } from '../core/settle.ts'
import { overtaken } from '../core/tail.ts'
import { alikeOutputs } from './alike-outputs.ts'
import { noteCreditDue } from './credit-due.ts'
import type { Dialect } from './dialect.ts'
import { secondOfIssue } from './lease-id.ts'
import type { Ledger } from './ledger.ts'
import { isHalf, type LoadedUnit, loadUnits, openCopies, ownLeases, standing, withExcuses } from './load-units.ts'
import { refOf } from './payload-ref.ts'
import { type Referred, writePayloads } from './payloads.ts'
import type { Sql } from './sql.ts'
import type { Decide, JobRecord, LeaseReport, ReportOutcome } from './store.ts'
import { tracesOf, writeTraces } from './traces.ts'
import { type Settled, TrustOfUnits } from './trust-of-units.ts'

interface Located {
  readonly row: number
  readonly unitId: number
  readonly deviceId: number
  /** The id is of an earlier attempt: only an answer still counts under it. */
  readonly isPast: boolean
  /** When this attempt was, to the second where it is an earlier one; milliseconds. */
  readonly issuedAt: number
}
interface Arrived {
  readonly report: LeaseReport
  /** Its place among the reports. */
  readonly index: number
  readonly at: Located
  readonly ref: string | null
}
interface Measured {
  readonly deviceId: number
  readonly seconds: number
}
type Written = [
  row: number,
  state: string,
  output: string | null,
  errors: number,
  endedAt: number | null,
  note: string | null,
  ...rest: number[],
]

/** Records reports and decides their units, in one pass over all of them. */
export class UnitSettling {
  readonly #sql: Sql
  readonly #dialect: Dialect
  readonly #ledger: Ledger
  readonly #now: number
  readonly #jobOf: (id: number) => Promise<JobRecord | undefined>

  constructor(sql: Sql, dialect: Dialect, ledger: Ledger, now: number, jobOf: (id: number) => Promise<JobRecord | undefined>) {
    this.#sql = sql
    this.#dialect = dialect
    this.#ledger = ledger
    this.#now = now
    this.#jobOf = jobOf
  }

  async settle(reports: readonly LeaseReport[], decide: Decide): Promise<ReportOutcome[]> {
    const located = await this.#locate(reports.map((report) => report.lease))
    const outcomes = reports.map((report): ReportOutcome | undefined => {
      const lease = located.get(report.lease)
      if (!lease) return 'unknown-lease'
      if (report.by !== null && report.by !== lease.deviceId) return 'not-your-lease'
      return lease.isPast && report.report.kind !== 'output' ? 'duplicate' : undefined
    })
    const valid = reports.flatMap((report, index) => (outcomes[index] ? [] : [{ report, index, at: located.get(report.lease) as Located }]))
    if (valid.length === 0) return outcomes as ReportOutcome[]
    const arrivals = valid.map(({ report, index, at }): Arrived => ({ report, index, at, ref: refOfReport(report) }))
    const arrived = Map.groupBy(arrivals, ({ at }) => at.unitId)
    const changed: Settled[] = []
    for (const unit of await this.#load([...arrived.keys()])) {
      const ofUnit = arrived.get(unit.id) ?? []
      const settled = await this.#decide(withReused(unit, ofUnit), ofUnit, decide)
      if (!settled) continue
      for (const [i, outcome] of settled.settlement.outcomes.entries()) outcomes[ofUnit[i]?.index ?? -1] = outcome
      changed.push(settled)
    }
    await this.#writeOutputs(arrivals, changed)
    const recorded = arrivals.filter(({ index }) => outcomes[index] === 'recorded' || outcomes[index] === 'late')
    await writeTraces(
      this.#sql,
      this.#dialect,
      recorded.flatMap(({ report, at }) => tracesOf(report, at.row)),
    )
    const reused = recorded.flatMap(reusedRow)
    if (reused.length > 0) await this.#sql.run(this.#dialect.markReused, JSON.stringify(reused))
    if (changed.length > 0)
      await this.#write(changed, new Set(recorded.flatMap(({ report, at }) => (report.report.kind === 'output' ? [at.row] : []))))
    return outcomes.map((outcome) => outcome ?? 'unknown-lease')
  }

  async #load(ids: readonly number[]): Promise<readonly LoadedUnit[]> {
    const units = await loadUnits(this.#sql, this.#dialect, ids)
    const isLookedAt = ({ leases }: LoadedUnit): boolean => leases.some(({ kind, state }) => kind === 'again' && state === 'issued')
    if (!units.some(isLookedAt)) return units
    const excused = await withExcuses(this.#sql, this.#dialect, units.filter(isLookedAt))
    const found = new Map(excused.map((unit) => [unit.id, unit]))
    return units.map((unit) => found.get(unit.id) ?? unit)
  }

  /** Decides units anew for which nothing came; `sampled` are those whose author's closing sample agreed. */
  async review(ids: readonly number[], decide: Decide, sampled: ReadonlySet<number> = new Set()): Promise<void> {
    const settled: Settled[] = []
    for (const unit of await loadUnits(this.#sql, this.#dialect, ids)) {
      const one = await this.#decide({ ...unit, sampled: sampled.has(unit.id) }, [], decide)
      if (one) settled.push(one)
    }
    if (settled.length > 0) await this.#write(settled, new Set())
  }

  /** Undefined when the unit's job was forgotten. */
  async #decide(loaded: LoadedUnit, arrived: readonly Arrived[], decide: Decide): Promise<Settled | undefined> {
    const job = await this.#jobOf(loaded.jobId)
    if (!job) return undefined
    const unit = ownLeases(loaded, job)
    const arrivals = arrived.map(({ report, at, ref }) => wrongCount(report, at.row, unit) ?? arrivalOf(report, at.row, ref))
    const outputs =
      job.compare &&
      arrived.flatMap(({ report: { report }, ref }) => (report.kind === 'output' && ref ? [[ref, report.output] as const] : []))
    const alike = outputs && (await alikeOutputs(this.#sql, this.#dialect, unit, outputs, job.compare))
    const settlement = decide(alike ? { ...unit, alike } : unit, arrivals, job)
    const heard = arrived.filter((_, i) => settlement.outcomes[i] !== 'duplicate')
    const measured = this.#measure(heard, unit, job)
    this.#book(unit, settlement, measured)
    this.#ledger.overtaken.push(...overtaken(unit, settlement).map(({ lease, deviceId }) => ({ lease, deviceId })))
    for (const { deviceId, seconds } of measured) this.#ledger.speeds.measured(deviceId, unit.jobId, seconds)
    return { unit, settlement, job }
  }

  /** How long outputs took, as far as that is believed. */
  #measure(heard: readonly Arrived[], { inputs }: UnitView, { timeoutSeconds }: JobRecord): Measured[] {
    return heard.flatMap(({ report: { report }, at: { deviceId, issuedAt } }) => {
      if (report.kind !== 'output') return []
      return [{ deviceId, seconds: believedSeconds(report.seconds, { issuedAt, answeredAt: this.#now, timeoutSeconds, inputs }) }]
    })
  }

  async #locate(leases: readonly string[]): Promise<Map<string, Located>> {
    const ids = [...new Set(leases)]
    const found = new Map<string, Located>()
    for (const [statement, isPast] of [
      [this.#dialect.leaseRows, false],
      [this.#dialect.pastLeaseRows, true],
    ] as const) {
      const missing = ids.filter((id) => !found.has(id))
      if (missing.length === 0) break
      const rows = await this.#sql.json<[string, number, number, number, number?][]>(statement, JSON.stringify(missing))
      for (const [lease, row, unitId, deviceId, issuedAt = secondOfIssue(lease)] of rows)
        found.set(lease, { row, unitId, deviceId, isPast, issuedAt })
    }
    return found
  }

  /** Only outputs that a lease takes: nothing would ever refer to those of a duplicate. */
  async #writeOutputs(arrived: readonly Arrived[], changed: readonly Settled[]): Promise<void> {
    const taken = new Set(changed.flatMap(({ settlement }) => settlement.leases.map(({ output }) => output)))
    const outputs = arrived.flatMap(({ ref, report: { report } }): Referred[] =>
      ref !== null && report.kind === 'output' && taken.has(ref) ? [[ref, report.output]] : [],
    )
    await writePayloads(this.#sql, this.#dialect, outputs, this.#now)
  }

  #book(unit: UnitView, settlement: Settlement, measured: readonly Measured[]): void {
    const delta = this.#ledger.job(unit.jobId)
    this.#ledger.unitMoved(unit.jobId, unit.state, settlement.unit.state)
    delta.half += Number(isHalf({ ...unit, ...settlement.unit })) - Number(isHalf(unit))
    delta.offered += Math.max(0, openCopies(settlement.unit) - openCopies(unit))
    delta.failedInputs += settlement.failedInputs
    delta.disputed += Number(settlement.disputed)
    delta.toCheck += settlement.leases.filter(({ state, ended }) => state === 'checking' && ended).length
    if (settlement.job) Object.assign(delta, settlement.job)
    delta.measured += measured.length
    for (const { seconds } of measured) delta.seconds += seconds
    const seconds = measured.at(-1)?.seconds ?? 0
    for (const event of settlement.events) this.#ledger.event(unit.jobId, { ...event, unitId: unit.id, key: unit.key, seconds })
    for (const change of settlement.devices) this.#ledger.device(change)
  }

  async #write(changed: readonly Settled[], returned: ReadonlySet<number>): Promise<void> {
    const leases = changed.flatMap(({ settlement }) => settlement.leases.map((lease) => this.#leaseRow(lease)))
    if (leases.length > 0) await this.#sql.run(this.#dialect.updateLeases, JSON.stringify(leases))
    const units = changed.map(({ unit, settlement: { unit: now } }) => [
      ...[unit.id, now.state, now.live, now.wanted, now.errored, now.copies],
    ])
    await this.#sql.run(this.#dialect.updateUnits, JSON.stringify(units))
    await new TrustOfUnits(this.#sql, this.#dialect, this.#ledger, this.#now).write(changed, returned)
    await noteCreditDue(this.#sql, this.#dialect, changed)
  }

  #leaseRow(lease: LeaseChange): Written {
    return [lease.row, lease.state, lease.output, lease.errors, lease.ended ? this.#now : null, lease.note, ...standing(lease)]
  }
}

const reusedRow = ({ report: { report }, at }: Arrived): number[] => (report.kind === 'output' && report.reused ? [at.row] : [])

/** The unit as if its leases said already which of what arrived had no realm of its own. */
function withReused(unit: LoadedUnit, arrived: readonly Arrived[]): LoadedUnit {
  const rows = new Set(arrived.flatMap(reusedRow))
  return rows.size === 0
    ? unit
    : { ...unit, leases: unit.leases.map((lease) => (rows.has(lease.row) ? { ...lease, isolated: false } : lease)) }
}

const refOfReport = ({ report }: LeaseReport): string | null => (report.kind === 'output' ? refOf(report.output) : null)

/** An output with too few or too many items is no answer. */
function wrongCount({ report }: LeaseReport, row: number, unit: LoadedUnit): Arrival | undefined {
  if (report.kind !== 'output' || report.items === unit.inputs) return undefined
  return { row, kind: 'errored', reason: 'unserialisable', message: `expected ${unit.inputs} outputs, got ${report.items}` }
}

function arrivalOf({ report }: LeaseReport, row: number, ref: string | null): Arrival {
  if (report.kind === 'output') return { row, kind: 'output', output: ref ?? '', errors: report.errors }
  if (report.kind === 'errored') return { row, kind: 'errored', reason: report.reason, message: report.message }
  if (report.kind === 'checked' || report.kind === 'rejected') return { row, ...report }
  return { row, kind: report.kind }
}
