import type { JobState, UnitState } from '../../sdk/protocol.ts'
import type { DeviceChange, SettledEvent } from '../core/settle.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { JobChange } from './store.ts'

interface LedgerEvent extends SettledEvent {
  readonly unitId: number
  readonly key: string
  /** Seconds the output took, as measured by whoever returned it last. */
  readonly seconds: number
}
interface JobDelta {
  open: number
  accepted: number
  sealed: number
  failed: number
  cancelled: number
  half: number
  disputed: number
  inputs: number
  failedInputs: number
  leases: number
  measured: number
  seconds: number
  complete: number
  decided: number
  offered: number
  state: JobState | null
  reason: string | null
  readonly events: LedgerEvent[]
}
interface JobRow {
  readonly id: number
  readonly uid: string
  readonly ownerId: number
  readonly priority: number
  readonly requirement: number
  readonly state: JobState
  readonly unitsOpen: number
  readonly unitsHalf: number
  readonly unitsDisputed: number
  readonly unitSeconds: number
  readonly timeoutSeconds: number
  readonly eventCount: number
}
const noChange = (): JobDelta => ({
  ...{ open: 0, accepted: 0, sealed: 0, failed: 0, cancelled: 0, half: 0, disputed: 0, inputs: 0, failedInputs: 0, leases: 0 },
  ...{ measured: 0, seconds: 0, complete: 0, decided: 0, offered: 0, state: null, reason: null },
  events: [],
})

/**
 * Sums what a transaction does to devices and jobs, and writes it at its very end: one row each, in the order of ids, jobs last. The
 * job's event counter is raised there, under the row lock that the commit releases, so events are gapless and in the order of commits.
 */
export class Ledger {
  readonly #jobs = new Map<number, JobDelta>()
  readonly #devices = new Map<number, { returned: number; agreed: number; disagreed: number; errored: number }>()

  /** The changes of a job, to be added to. */
  job(id: number): JobDelta {
    const delta = this.#jobs.get(id) ?? noChange()
    this.#jobs.set(id, delta)
    return delta
  }

  /** A unit of `job` went from one state to another. */
  unitMoved(job: number, from: UnitState | null, to: UnitState): void {
    if (from === to) return
    const delta = this.job(job)
    if (from) delta[from] -= 1
    delta[to] += 1
    if (from === 'open') delta.decided += 1
  }

  event(job: number, event: LedgerEvent): void {
    this.job(job).events.push(event)
  }

  device(change: DeviceChange): void {
    const sum = this.#devices.get(change.deviceId) ?? { returned: 0, agreed: 0, disagreed: 0, errored: 0 }
    sum.returned += change.returned
    sum.agreed += change.agreed
    sum.disagreed += change.disagreed
    sum.errored += change.errored
    this.#devices.set(change.deviceId, sum)
  }

  /** Writes everything; nothing may follow but the commit. */
  async flush(sql: Sql, dialect: Dialect, now: number): Promise<JobChange[]> {
    await this.#flushDevices(sql, dialect)
    return this.#flushJobs(sql, dialect, now)
  }

  async #flushDevices(sql: Sql, dialect: Dialect): Promise<void> {
    const rows = [...this.#devices].sort(([a], [b]) => a - b).map(([id, d]) => [id, d.returned, d.agreed, d.disagreed, d.errored])
    if (rows.length === 0) return
    if (dialect.lockDevices) await sql.rows(dialect.lockDevices, JSON.stringify(rows.map(([id]) => id)))
    await sql.run(dialect.updateDevices, JSON.stringify(rows))
  }

  async #flushJobs(sql: Sql, dialect: Dialect, now: number): Promise<JobChange[]> {
    const deltas = [...this.#jobs].sort(([a], [b]) => a - b)
    if (deltas.length === 0) return []
    if (dialect.lockJobs) await sql.rows(dialect.lockJobs, JSON.stringify(deltas.map(([id]) => id)))
    const written = await sql.rows<JobRow>(dialect.updateJobs, JSON.stringify(deltas.map(([id, delta]) => jobRow(id, delta, now))))
    const events = written.flatMap((row) => eventRows(row, this.job(Number(row.id))))
    if (events.length > 0) await sql.run(dialect.insertEvents, now, JSON.stringify(events))
    return written.map((row) => changeOf(row, this.job(Number(row.id))))
  }
}

function jobRow(id: number, d: JobDelta, now: number): (number | string | null)[] {
  const units = [d.open, d.accepted, d.sealed, d.failed, d.cancelled, d.half, d.disputed, d.inputs, d.failedInputs, d.leases]
  const seconds = d.measured > 0 ? d.seconds / d.measured : 0
  return [id, ...units, d.measured, seconds, d.events.length, d.complete, d.state, d.reason, now]
}

function eventRows(row: JobRow, delta: JobDelta): (number | string | null)[][] {
  const before = Number(row.eventCount) - delta.events.length
  return delta.events.map((event, i) => [
    ...[Number(row.id), before + i + 1, event.kind, event.unitId, event.key, event.leaseRow],
    ...[event.output, event.error, event.confidence, event.holders, event.seconds],
  ])
}

const changeOf = (row: JobRow, { decided, offered, disputed, events, state, complete }: JobDelta): JobChange => ({
  id: Number(row.id),
  job: row.uid,
  ownerId: Number(row.ownerId),
  priority: Number(row.priority),
  requirement: Number(row.requirement),
  state: row.state,
  unitsOpen: Number(row.unitsOpen),
  unitsHalf: Number(row.unitsHalf),
  unitsDisputed: Number(row.unitsDisputed),
  unitSeconds: Number(row.unitSeconds),
  timeoutSeconds: Number(row.timeoutSeconds),
  events: Number(row.eventCount),
  decided,
  offered,
  disputed,
  isNews: events.length > 0 || state !== null || (complete > 0 && Number(row.unitsOpen) === 0),
})
