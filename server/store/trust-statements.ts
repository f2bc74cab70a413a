/** What trust wants of a dialect; parameters and answers as in `Dialect`. */
import type { Statement } from './sql.ts'

export interface TrustStatements {
  /** (rows of trust ids) -> [`TrustRow`]; the second one locks them in order */
  readonly trusts: Statement
  readonly trustsToChange: Statement
  /** (rows [id, checks, strikes, checked, returned, epoch, suspect, auditsPassed]) */
  readonly updateTrusts: Statement
  /** (rows [deviceId, state]) but not of banned ones */
  readonly updateDeviceStates: Statement
  /** (now, rows [trustId, deviceId, jobId, unitId, leaseRow, epoch, checksBefore, suspectBefore, output hex, accepted hex, undoneRow | null, reverted]) ->
   * rows { undoneRow }: null, too, for what is no strike where the device has `MOST_OF_ENGINE` such rows in the job, or one that is not undone yet */
  readonly insertStrikes: Statement
  /** (rows of lease rows) -> [`Reversal`] of those that stand */
  readonly strikesToRevert: Statement
  /** (limit) -> [`Reversal`] of strikes that stand, of jobs that are paused since they contradict themselves, newest first */
  readonly strikesInDoubt: Statement
  /** (rows of strike ids) -> rows { id } of those that stood */
  readonly revertStrikes: Statement
  /** (ban reason, limit) -> [[its device's uid, trustId]] of devices banned for that, some strike of which was taken back */
  readonly bannedInDoubt: Statement
  /** (rows of trust ids) -> [[trustId, jobId, strikes that stand, disagreements that only its engine explains]] */
  readonly strikingJobs: Statement
  /** (trustId) -> how many gave the strikes that stand: researchers, and each job of the operator for itself */
  readonly strikers: Statement
  /** (limit) -> [[id, trustId, deviceId, epoch, undoneRow, its device's uid, jobId, reverted]] of those that are not undone, oldest first */
  readonly openStrikes: Statement
  /** (undone row | null, more units that stand alone, id) */
  readonly advanceStrike: Statement
  /**
   * (trustId, after row, epoch, limit) -> [[row, lease hex, unitId, state, state of the job | null, jobId, whether strangers compute decided units of
   * the job once more (see `planFor`)]] in the order of rows
   */
  readonly struckLeases: Statement
  /** (rows [unitId, jobId, trustId, sealAt]) but those that are there; all of one job */
  readonly putSingleWords: Statement
  /** (rows of unit ids) */
  readonly deleteSingleWords: Statement
  /** (rows of trust ids, limit) -> [[unitId, jobId, key, lease row, output hex, checks, anonymous]] of single words whose author has passed enough */
  readonly provenWords: Statement
  /** (the same) -> [unit ids] that must be locked first; null where a transaction is alone anyway */
  readonly lockProven: Statement | null
  /** (rows of unit ids) */
  readonly sealUnits: Statement
  /** (after trustId, limit) -> [trust ids] of authors of single words */
  readonly authorsWaiting: Statement
  /** (jobId, limit) -> [[unitId, trustId, 1 where all of its author's are looked at]] of single words that no sample covers, by author */
  readonly wordsToDraw: Statement
  /** (rows of unit ids) */
  readonly markDrawn: Statement
  /** (jobId, limit) -> [unit ids] of single words whose author's sample is over, without those that are held */
  readonly sampledWords: Statement
  /** (rows [unitId, jobId, trustId, kind, strikeId | null, dueAt]) -> rows of those that are new */
  readonly insertRechecks: Statement
  /** (dueAt, rows of unit ids) */
  readonly moveRechecks: Statement
  /** (rows of unit ids) -> rows { unitId, jobId, strikeId, dueAt } */
  readonly deleteRechecks: Statement
  /** (trustId, strikeId, dueAt) -> [[unitId, jobId]] */
  readonly strikeRechecks: Statement
  /** (trustId, strikeId, before) -> how many are due before */
  readonly activeRechecks: Statement
  /** (id); then (id) -> rows { trustId, differing } */
  readonly countDiffering: Statement
  readonly strikeById: Statement
  /** (jobId, now, limit) -> [[kind, dueAt, `Candidate`]] of decided units, the longest due first */
  readonly unitsToRecheck: Statement
  /** (rows of event numbers, jobId) -> [`Candidate`] of decided units */
  readonly auditCandidates: Statement
  /** (rows of unit ids) */
  readonly putReviews: Statement
  /** (limit) -> [unit ids] */
  readonly reviews: Statement
  /** (rows of unit ids) */
  readonly deleteReviews: Statement
  /** (trustId, leases looked at, the latest) -> [unit ids] where its answer waits for others */
  readonly pendingUnits: Statement
  /** (deviceId) -> [ids] of what it earned, in each engine class */
  readonly trustsOfDevice: Statement
  /** (trustId, deviceId, after row, since, limit) -> [[row, lease hex]] of answers that stand, of jobs that may go on, in the order of rows */
  readonly answersOfTrust: Statement
  /** (bundle hex, from id) -> [ids] of the first two of its jobs that may go on */
  readonly jobsOfBundle: Statement
  /** (jobId, after key, limit of units, since) -> [[key, lease hex | null]] of answers that stand, in the order of keys; every unit is named */
  readonly answersOfUnits: Statement
  /** (engine class, job id) the first time that engines were seen to differ in it; then (job id) puts down its units that wait for an opinion */
  readonly pinEngine: Statement
  /**
   * (rows of unit ids) -> [lease rows] of answers that agreed, of another engine than the one that alone computes the job, in which engines differ, or
   * while none does of devices that have lost there since where only their engine explains it
   */
  readonly excusedLeases: Statement
  /** (job id, engine class) what its losers of other classes whom only their engines explain sealed is looked at once more, by one of these losses of each that is done */
  readonly undoExcuses: Statement
  /** (job id) engines were seen to differ in it */
  readonly markSensitive: Statement
  /** (dueAt, jobId, trustId) its single words in the job are computed once more; then (jobId, trustId) only that seals them: they are held */
  readonly recheckWords: Statement
  readonly holdWords: Statement
  /** (jobId twice) so are the words that came since of whoever differs in it by its engine */
  readonly holdOfDiffering: Statement
  readonly reviewHalf: Statement
  /** (rows of job ids) whose units may share realms no more */
  readonly endSharing: Statement
  /** (limit) -> [job ids] that close, and in which nothing is left to be looked at */
  readonly undoneJobs: Statement
  /** (limit) -> [[id, closingSince]] */
  readonly closingJobs: Statement
  /** (after job id, limit) -> [job ids] that finished, and of which something stands on one word */
  readonly unsealedJobs: Statement
}
