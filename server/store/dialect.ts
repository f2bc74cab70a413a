/**
 * The raw bulk statements of the hot path. Each takes one JSON array (`rows`) beside scalars and answers, where it reads, with one JSON
 * text in column `j`: a row per value would cost the driver adapter more than the database. Sibling folders hold the two dialects.
 */
import type { CreditStatements } from './credit-statements.ts'
import type { CrowdStatements } from './crowd-statements.ts'
import type { Statement } from './sql.ts'
import type { TrustStatements } from './trust-statements.ts'

export interface Dialect extends ForgettingStatements, CheckpointStatements, TrustStatements, CrowdStatements, CreditStatements {
  /** Milliseconds since 1970 by the database's clock; null where the server's own clock is the database's. */
  readonly clock: Statement | null
  /** (rows [sha256 hex, size, bytes hex, createdAt]) */
  readonly insertPayloads: Statement
  /** (rows of sha256 hex) -> how many are there, kept from being deleted until the transaction's end; null where it is alone anyway */
  readonly keepPayloads: Statement | null
  /** (rows of sha256 hex) -> [[sha256 hex, bytes hex]] */
  readonly payloads: Statement
  /** (rows of keys, jobId) -> [keys that exist] */
  readonly existingKeys: Statement
  /** (jobId, requirement, wanted, rows [key, input ref, inputs]) -> count */
  readonly insertUnits: Statement
  /**
   * (endedBefore, rows of holders, jobId, requirement, afterId, limit) -> [units looked at, last id of them | null,
   * [[id, key, input ref, inputs, wanted, live, [[holder, blocked, network, checks it had when it answered, deviceId]] | null]] of those that one of the holders may have]
   */
  readonly halfUnits: Statement
  /** (endedBefore, rows of holders, jobId, requirement, limit) -> the same of the first units that nobody has; then of those after an id, as `halfUnits` */
  readonly freshUnits: Statement
  readonly furtherUnits: Statement
  /** (jobId, requirement, jobId, requirement) -> [a unit id or two] of units to hand out, locked or not; null where nobody else can lock them */
  readonly waitingUnits: Statement | null
  /** For the rest of a transaction that walks the units of a job: in the order of an index, though nothing is known of the table yet; null where that is so anyway */
  readonly walkByIndex: Statement | null
  /** (rows [unitId, wanted, copies]) */
  readonly takeUnits: Statement
  /** (rows [unitId, holder]) keeps the ids of leases that are about to be issued again */
  readonly keepPastLeases: Statement
  /** (now, rows [lease hex, unitId, jobId, holder, deviceId, deadline, trustId, kind, network | null, 1 when others of it had the unit]) */
  readonly insertLeases: Statement
  /** (rows of lease hex) -> [[lease hex, row, unitId, deviceId, issuedAt]]; of earlier attempts without when that was */
  readonly leaseRows: Statement
  readonly pastLeaseRows: Statement
  /** (rows of lease rows) -> [[lease hex, deviceId]] of their earlier attempts */
  readonly pastLeases: Statement
  /** (rows of unit ids) -> how many; locks them in order; null where a transaction is alone anyway */
  readonly lockUnits: Statement | null
  /** (rows of unit ids) -> [[id, jobId, key, inputs, state, live, wanted, copies, errored, engine class of its job | null, [`LeaseRow`]]] */
  readonly snapshots: Statement
  /** (rows of keys, jobId) -> [unit ids] of open units */
  readonly openUnitsByKey: Statement
  /** (rows [row, state, output hex | null, errors, endedAt | null, note, epoch, checks, 1 checked + 2 votes + 4 verified]) */
  readonly updateLeases: Statement
  /** (rows of lease rows) whose unit did not run in a realm of its own */
  readonly markReused: Statement
  /** (rows [leaseRow, console hex | null, stack hex | null]) */
  readonly writeTraces: Statement
  /** (rows [id, state, live, wanted, errored, copies]) */
  readonly updateUnits: Statement
  /** (rows of device ids), then (rows [id, returned, agreed, disagreed, errored, expired, speed | null]) */
  readonly lockDevices: Statement | null
  readonly updateDevices: Statement
  readonly lockJobs: Statement | null
  /** (rows [id, open, accepted, sealed, failed, cancelled, half, disputed, inputs, failedInputs, leases, measured, seconds, events, complete, state | null, reason, now, alone, recheck, audits, wasted]) -> rows of `JobRow` */
  readonly updateJobs: Statement
  /** (now, limit) -> [lease hex] past their deadline */
  readonly leasesDue: Statement
  /** (limit) -> [lease hex] refused in jobs that are paused since that was contradicted */
  readonly refusedInDoubt: Statement
  /** (deviceId, limit) -> [lease hex] not returned */
  readonly leasesOfDevice: Statement
  /** (now, limit) -> [job uids] of running jobs of which results wait for `verify` that nobody has claimed */
  readonly jobsToCheck: Statement
  /** (jobId, now, limit) -> [[row, lease hex, key, state of the unit, input ref, output ref]] that wait for `verify` and nobody has claimed, locked */
  readonly checksDue: Statement
  /** (until, rows of lease rows) */
  readonly claimChecks: Statement
  /** (jobId, requirement, limit, jobId, requirement, limit) -> [keys] of open units nobody computes or that wait for another opinion */
  readonly idleUnits: Statement
  /** (now, rows [jobId, n, kind, unitId, key, leaseRow, output hex, error, confidence, holders, seconds]) */
  readonly insertEvents: Statement
}

interface CheckpointStatements {
  /** (engine, bytes hex, now, lease hex, deviceId, most others of the device) -> 1 where it is kept */
  readonly keepCheckpoint: Statement
  /** (rows of lease hex) -> [[lease hex, its holder, holder, deviceId, engine, account for whose jobs the device is own, 0 for everybody's | null, keptAt]] */
  readonly checkpointsOf: Statement
  /** (lease hex, deviceId, holder) -> [bytes hex] */
  readonly checkpointBytes: Statement
  /** (from unitId, limit) -> [how many were looked at, last unitId | null, [[unitId, holder]] whose unit is not open] */
  readonly spentCheckpoints: Statement
  /** (rows [unitId, holder]) */
  readonly deleteCheckpoints: Statement
}

/** What forgetting wants of a dialect, in the order in which it happens. */
interface ForgettingStatements {
  /** (before, before, limit) -> [job uids] that have waited for their client's next inputs since before */
  readonly abandonedJobs: Statement
  /** (endedBefore, limit) -> [ids] of jobs that are over, locked */
  readonly overJobs: Statement
  /** (rows of job ids) each */
  readonly rememberForgotten: Statement
  readonly freeBundles: Statement
  readonly freeFiles: Statement
  readonly deleteJobs: Statement
  /** () -> [[jobId, events left, unit key reached]], at most one, locked */
  readonly forgottenJob: Statement
  /** (events left, unit key reached, jobId) */
  readonly advanceForgotten: Statement
  /** (jobId) */
  readonly endForgotten: Statement
  /** (jobId, after n) each */
  readonly freeEventOutputs: Statement
  readonly deleteEvents: Statement
  /** (jobId, from key, limit) -> [[id, key, copies]] in the order of keys */
  readonly forgottenUnits: Statement
  /** (rows of unit ids) each */
  readonly freeInputs: Statement
  readonly freeOutputs: Statement
  readonly deleteTraces: Statement
  readonly deletePastLeases: Statement
  readonly deleteLeases: Statement
  readonly deleteUnits: Statement
  /** (jobId, limit) -> [[sha256 hex, size | -1]] */
  readonly freedPayloads: Statement
  /** (rows of sha256 hex) -> [sha256 hex] of those that nobody else holds; null where a transaction is alone anyway */
  readonly lockPayloads: Statement | null
  /** (rows of sha256 hex) those that no row refers to */
  readonly deletePayloads: Statement
  /** (jobId, rows of sha256 hex) */
  readonly deleteFreed: Statement
}
