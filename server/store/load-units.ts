import type { UnitState } from '../../sdk/protocol.ts'
import type { LeaseKind, LeaseView } from '../core/agreement.ts'
import type { LeaseState } from '../core/lifecycle.ts'
import type { UnitView } from '../core/settle.ts'
import { NEW_TRUST } from '../core/trust.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { JobRecord } from './store.ts'

type LeaseRow = [
  row: number,
  holder: string,
  deviceId: number,
  state: LeaseState,
  output: string | null,
  errors: number,
  ownOf: number | null,
  lease: string,
  trustId: number,
  kind: LeaseKind,
  epoch: number,
  checksThen: number,
  flags: number,
  checks: number,
  trustEpoch: number,
  engineClass: string | null,
  network: string | null,
]
type UnitRow = [
  id: number,
  jobId: number,
  key: string,
  inputs: number,
  state: UnitState,
  live: number,
  wanted: number,
  copies: number,
  errored: number,
  engineClass: string | null,
  engineSensitive: number,
  leases: LeaseRow[] | null,
]
export interface LeaseWithId extends LeaseView {
  /** The account for whose jobs the lease's device is own; 0 for everybody's, null for nobody's. */
  readonly ownOf: number | null
  /** 32 hex digits. */
  readonly lease: string
}
export interface LoadedUnit extends UnitView {
  readonly leases: readonly LeaseWithId[]
}

/** Bits in which a snapshot and an update say what is true of a lease. */
export const FLAG = {
  checked: 1,
  votes: 2,
  verified: 4,
  isolated: 8,
  suspect: 16,
  anonymous: 32,
  refused: 64,
  rejected: 128,
} as const

/** Loads the units under lock, in the order of ids, with all their leases. */
export async function loadUnits(sql: Sql, dialect: Dialect, ids: readonly number[]): Promise<LoadedUnit[]> {
  const rows = JSON.stringify([...new Set(ids)].sort((a, b) => a - b))
  if (dialect.lockUnits) await sql.json<number>(dialect.lockUnits, rows)
  const units = await sql.json<UnitRow[]>(dialect.snapshots, rows)
  return units.map(([id, jobId, key, inputs, state, live, wanted, copies, errored, engineClass, engineSensitive, leases]) => ({
    ...{ id, jobId, key, inputs, state, live, wanted, copies, errored },
    ...(engineClass !== null && { engineClass }),
    ...(engineSensitive === 1 && { engineSensitive: true }),
    leases: (leases ?? []).map(leaseOf),
  }))
}

function leaseOf(columns: LeaseRow): LeaseWithId {
  const [
    row,
    holder,
    deviceId,
    state,
    output,
    errors,
    ownOf,
    lease,
    trustId,
    kind,
    epoch,
    checksThen,
    flags,
    checks,
    trustEpoch,
    engineClass,
    network,
  ] = columns
  const has = (flag: number): boolean => (flags & flag) !== 0
  return {
    ...{ row, holder, deviceId, state, errors, own: false, ownOf, lease, trustId, kind, epoch, checksThen, network },
    output: output === '' ? null : output,
    ...{ checked: has(FLAG.checked), votes: has(FLAG.votes), verified: has(FLAG.verified), isolated: has(FLAG.isolated) },
    trust: { ...NEW_TRUST, checks, trustEpoch, suspect: has(FLAG.suspect), anonymous: has(FLAG.anonymous) },
    ...(engineClass !== null && { engineClass }),
    ...(has(FLAG.refused) && { refusedBy: 'verify' as const }),
    ...(has(FLAG.rejected) && { refusedBy: 'reject' as const }),
  }
}

/** The same, saying of which answers only the engine explains that they differ from others (INTEGRITY T2): a second look asks that, no copy does. */
export async function withExcuses(sql: Sql, dialect: Dialect, units: readonly LoadedUnit[]): Promise<readonly LoadedUnit[]> {
  if (units.length === 0) return units
  const rows = new Set(await sql.json<number[]>(dialect.excusedLeases, JSON.stringify(units.map(({ id }) => id))))
  if (rows.size === 0) return units
  return units.map((unit) => ({ ...unit, leases: unit.leases.map((lease) => (rows.has(lease.row) ? { ...lease, excused: true } : lease)) }))
}

/** Row ids begin at 1. */
const EVERYBODY = 0
const ownFor = ({ ownerId, isOperators }: JobRecord, ownOf: number | null) => ({
  own: ownOf === EVERYBODY || ownOf === ownerId,
  partisan: ownOf === ownerId && !isOperators,
})
/** A device of the operator is own for all jobs that let own devices decide, another for those of its account. */
export const ownLeases = (unit: LoadedUnit, job: JobRecord): LoadedUnit =>
  job.ownDevices ? { ...unit, leases: unit.leases.map((lease) => ({ ...lease, ...ownFor(job, lease.ownOf) })) } : unit

/** Whether the unit waits for another opinion. */
export const isHalf = (unit: Pick<UnitView, 'state' | 'live' | 'wanted'>): boolean =>
  unit.state === 'open' && unit.live > 0 && unit.live < unit.wanted

/** Copies of the unit that wait for a holder. */
export const openCopies = (unit: Pick<UnitView, 'state' | 'live' | 'wanted'>): number =>
  unit.state === 'open' ? Math.max(0, unit.wanted - unit.live) : 0

/** The last columns of an update of a lease: its epoch, what its device had passed, and what is true of it. */
export const standing = ({ epoch = 0, checksThen = 0, checked, votes, verified }: LeaseView): [number, number, number] => [
  epoch,
  checksThen,
  (checked ? FLAG.checked : 0) | (votes === false ? 0 : FLAG.votes) | (verified ? FLAG.verified : 0),
]
