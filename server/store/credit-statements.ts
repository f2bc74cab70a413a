import type { Statement } from './sql.ts'

/** What the ledger of credit wants of a dialect. */
export interface CreditStatements {
  /** () -> 1 when this transaction is the only one at the ledger until its end, else 0; null where a transaction is alone anyway */
  readonly creditTurn: Statement | null
  /** (rows of unit ids) */
  readonly insertCreditDue: Statement
  /** (limit) -> [[row, unitId]], the oldest */
  readonly creditDue: Statement
  /** (rows of rows) */
  readonly deleteCreditDue: Statement
  /** () -> [[jobId, unit key reached]], at most one, locked */
  readonly creditJobDue: Statement
  /** (jobId, after key, limit) -> [[id, key]] in the order of keys */
  readonly creditJobUnits: Statement
  /** (unit key reached, jobId) */
  readonly advanceCreditJob: Statement
  /** (jobId) */
  readonly endCreditJob: Statement
  /** (rows of job ids) */
  readonly insertCreditJobDue: Statement
  /**
   * (rows of unit ids) -> [[id, jobId, account of its owner, inputs, state, credit of an input, hold, [[row, state, holder, deviceId, account of the
   * device, its last entry [n, accountId, deviceId, teamId, kind, microcredits, grantedAt] | null]]]] of units that have entries
   */
  readonly creditUnits: Statement
  /** (rows of account ids) -> [[id, teamId | null]] */
  readonly teamsOfAccounts: Statement
  /** (now, rows [leaseRow, n, unitId, jobId, accountId, deviceId, teamId, kind, microcredits, grantedAt]) */
  readonly insertCredits: Statement
  /** (now, rows of unit ids): of their leases that have no entry, the first where `earnedBy` says that they earned */
  readonly grantFirst: Statement
  /** () -> row of the last entry, or 0 */
  readonly lastCredit: Statement
  /** (row) -> [[kind, accountId, deviceId, teamId, jobId, grantedAt, microcredits, results]], sums of the entries after it */
  readonly earningsAfter: Statement
  /** (now, rows [kind, subject, microcredits, results, recent], fading a millisecond) */
  readonly addCreditTotals: Statement
  /**
   * (rows of unit ids) their jobs and the one of `creditJobDue`, or (limit) of the newest -> [[id, credit of an input, inputs, units, seconds of
   * a unit, units measured, hold]] that have a price
   */
  readonly ratesDue: Statement
  readonly ratesOfLast: Statement
  /** (rows of job ids) */
  readonly holdJobs: Statement
  /** (jobId) each */
  readonly releaseJob: Statement
  readonly pricedJob: Statement
  /** (credit of an input, jobId) */
  readonly priceJob: Statement
  /** (jobId, whether it knows own devices, account of its owner) -> 1 or 0: whether a device that is not own was given a unit of it */
  readonly givenToStrangers: Statement
}
