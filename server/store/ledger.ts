import type { JobState, UnitState } from '../../sdk/protocol.ts'
import { jobMoves, mayMove } from '../core/lifecycle.ts'
import type { DeviceChange, SettledEvent } from '../core/settle.ts'
import type { Dialect } from './dialect.ts'
import { Speeds } from './speeds.ts'
import type { Sql } from './sql.ts'
import type { Committed, JobChange, OpenJob, RevokedLease } from './store.ts'
import { TrustLedger } from './trust-ledger.ts'

interface LedgerEvent extends SettledEvent {
  readonly unitId: number
  readonly key: string
  /** Seconds the output took, as measured by whoever returned it last, as far as that is believed. */
  readonly seconds: number
}
interface Order {
  readonly state: JobState
  readonly reason: string | null
}
/** What decides which state a job may take. */
export interface JobCondition {
  readonly id: number
  readonly state: string
  readonly reason: string | null
  readonly inputsComplete: number
  readonly unitsOpen: number
  readonly unitsAlone: number
  readonly unitsToRecheck: number
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
  toCheck: number
  alone: number
  recheck: number
  audits: number
  wasted: number
  /** Units that engines decided while none computes the job alone. */
  readonly differing: number[]
  /** What the job's units ask for. */
  state: JobState | null
  reason: string | null
  /** What its owner asked for, in order. */
  readonly orders: Order[]
  readonly events: LedgerEvent[]
}
/** What `updateJobs` answers for each job. */
interface JobRow extends Omit<OpenJob, 'job' | 'events' | 'sameEngine' | 'isTried'> {
  readonly pilot: string | null
  readonly uid: string
  readonly unitsDisputed: number
  readonly eventCount: number
  readonly unitsAlone: number
  readonly closing: number | bigint | boolean
  readonly sameEngine: number
}
const noChange = (): JobDelta => ({
  ...{ open: 0, accepted: 0, sealed: 0, failed: 0, cancelled: 0, half: 0, disputed: 0, inputs: 0, failedInputs: 0, leases: 0 },
  ...{ measured: 0, seconds: 0, complete: 0, decided: 0, offered: 0, toCheck: 0 },
  ...{ alone: 0, recheck: 0, audits: 0, wasted: 0, state: null, reason: null },
  orders: [],
  events: [],
  differing: [],
})

const NO_DEVICE_CHANGE: Omit<DeviceChange, 'deviceId'> = { returned: 0, agreed: 0, disagreed: 0, errored: 0, expired: 0 }

/**
 * Sums what a transaction does to devices and jobs, and writes it at its very end: one row each, in the order of ids, jobs last. The
 * job's event counter is raised there, under the row lock that the commit releases, so events are gapless and in the order of commits.
 */
export class Ledger {
  readonly trust = new TrustLedger()
  readonly speeds = new Speeds()
  /** Leases in flight of units that another copy decided. */
  readonly overtaken: RevokedLease[] = []
  readonly #jobs = new Map<number, JobDelta>()
  readonly #devices = new Map<number, Omit<DeviceChange, 'deviceId'>>()

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
    if (from === 'open' && to !== 'cancelled') delta.decided += 1
  }

  /** Its owner wants the job in this state. */
  jobOrdered(job: number, order: Order): void {
    this.job(job).orders.push(order)
  }

  /** The state the job's owner wanted last in this transaction, or undefined. */
  orderedState(job: number): JobState | undefined {
    return this.#jobs.get(job)?.orders.at(-1)?.state
  }

  event(job: number, event: LedgerEvent): void {
    this.job(job).events.push(event)
  }

  device(change: DeviceChange): void {
    const sum = this.#devices.get(change.deviceId) ?? NO_DEVICE_CHANGE
    this.#devices.set(change.deviceId, {
      ...{ returned: sum.returned + change.returned, agreed: sum.agreed + change.agreed, disagreed: sum.disagreed + change.disagreed },
      ...{ errored: sum.errored + change.errored, expired: sum.expired + change.expired },
    })
  }

  /** Writes everything; nothing may follow but the commit. `conditionsOf` reads jobs that this transaction has locked. */
  async flush(
    sql: Sql,
    dialect: Dialect,
    now: number,
    conditionsOf: (ids: number[]) => Promise<JobCondition[]>,
  ): Promise<Pick<Committed<unknown>, 'jobs' | 'trust' | 'overtaken'>> {
    await this.#flushDevices(sql, dialect)
    const trust = await this.trust.flush(sql, dialect, now)
    return { jobs: await this.#flushJobs(sql, dialect, now, conditionsOf), trust, overtaken: this.overtaken }
  }

  async #flushDevices(sql: Sql, dialect: Dialect): Promise<void> {
    const speeds = await this.speeds.after(sql, dialect)
    const ids = [...new Set([...this.#devices.keys(), ...speeds.keys()])].sort((a, b) => a - b)
    if (ids.length === 0) return
    const rows = ids.map((id) => {
      const { returned, agreed, disagreed, errored, expired } = this.#devices.get(id) ?? NO_DEVICE_CHANGE
      return [id, returned, agreed, disagreed, errored, expired, speeds.get(id) ?? null]
    })
    if (dialect.lockDevices) await sql.rows(dialect.lockDevices, JSON.stringify(ids))
    await sql.run(dialect.updateDevices, JSON.stringify(rows))
  }

  async #flushJobs(sql: Sql, dialect: Dialect, now: number, conditionsOf: Parameters<Ledger['flush']>[3]): Promise<JobChange[]> {
    const deltas = [...this.#jobs].sort(([a], [b]) => a - b)
    if (deltas.length === 0) return []
    if (dialect.lockJobs) await sql.rows(dialect.lockJobs, JSON.stringify(deltas.map(([id]) => id)))
    const moving = deltas.filter(([, delta]) => delta.state !== null || delta.orders.length > 0).map(([id]) => id)
    for (const job of moving.length > 0 ? await conditionsOf(moving) : []) resolveState(job, this.job(job.id))
    const written = await sql.rows<JobRow>(dialect.updateJobs, JSON.stringify(deltas.map(([id, delta]) => jobRow(id, delta, now))))
    const events = written.flatMap((row) => eventRows(row, this.job(Number(row.id))))
    if (events.length > 0) await sql.run(dialect.insertEvents, now, JSON.stringify(events))
    return written.map((row) => changeOf(row, this.job(Number(row.id))))
  }
}

/**
 * Which of the states asked for the job takes: its owner's orders before what its units ask for, each only where the lifecycle allows it (a job
 * that is over stays so, one with an open unit does not finish), and finished where nothing is left to do, for no settlement would come to finish
 * it later; but one that contradicts itself waits for its researcher.
 */
function resolveState(job: JobCondition, delta: JobDelta): void {
  const wanted: Order[] = delta.state === null ? delta.orders : [...delta.orders, { state: delta.state, reason: delta.reason }]
  let taken: Order = { state: job.state as JobState, reason: job.reason }
  const isDecided = (job.inputsComplete === 1 || delta.complete === 1) && job.unitsOpen + delta.open === 0
  const mayTake = ({ state }: Order): boolean => mayMove(jobMoves, taken.state, state) && (state !== 'finished' || isDecided)
  for (const order of wanted) if (mayTake(order)) taken = order
  const left = job.unitsAlone + delta.alone + job.unitsToRecheck + delta.recheck
  const mayFinish = taken.state === 'running' || (taken.state === 'paused' && !contradictsItself(taken.reason))
  if (isDecided && left === 0 && mayFinish) taken = { state: 'finished', reason: null }
  delta.state = taken.state === job.state ? null : taken.state
  delta.reason = taken.reason
}

const contradictsItself = (reason: string | null): boolean => /^(non-deterministic|verify-contradicted):/.test(reason ?? '')

function jobRow(id: number, d: JobDelta, now: number): (number | string | null)[] {
  const units = [d.open, d.accepted, d.sealed, d.failed, d.cancelled, d.half, d.disputed, d.inputs, d.failedInputs, d.leases]
  const seconds = d.measured > 0 ? d.seconds / d.measured : 0
  return [id, ...units, d.measured, seconds, d.events.length, d.complete, d.state, d.reason, now, d.alone, d.recheck, d.audits, d.wasted]
}

function eventRows(row: JobRow, delta: JobDelta): (number | string | null)[][] {
  const before = Number(row.eventCount) - delta.events.length
  return delta.events.map((event, i) => [
    ...[Number(row.id), before + i + 1, event.kind, event.unitId, event.key, event.leaseRow],
    ...[event.output, event.error, event.confidence, event.holders, event.seconds],
  ])
}

const changeOf = (
  row: JobRow,
  { differing, decided, offered, disputed, toCheck, events, state, complete, cancelled }: JobDelta,
): JobChange => ({
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
  unitsAlone: Number(row.unitsAlone),
  unitsToRecheck: Number(row.unitsToRecheck),
  closing: Number(row.closing) === 1,
  ...{ sameEngine: Number(row.sameEngine) === 1, engineClass: row.engineClass },
  differing: row.engineClass === null ? differing : [],
  isTried: row.pilot !== null,
  isolation: row.isolation,
  events: Number(row.eventCount),
  decided,
  offered,
  disputed,
  toCheck,
  isNews: events.length > 0 || cancelled > 0 || state !== null || (complete > 0 && Number(row.unitsOpen) === 0),
})
