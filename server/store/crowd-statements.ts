/** What small and mixed crowds want of a dialect; parameters and answers as in `Dialect`. */
import type { Statement } from './sql.ts'

export interface CrowdStatements {
  /** (engine class, jobId) where it has none */
  readonly pinEngineClass: Statement
  /** (engine class, jobId, the class it has) where nothing was answered and nobody holds a lease */
  readonly takeOverPin: Statement
  /** (jobId) -> its engine class */
  readonly engineClassOfJob: Statement
  /** (engine class, deviceId, leases looked at) of the oldest class without checks, strikes and leases that are undecided */
  readonly takeOverTrust: Statement
  /** (endedBefore, rows of holders, jobId, issuedBefore, leases looked at, most copies) -> as `freshUnits` */
  readonly lateUnits: Statement
  /** (rows [deviceId, jobId]) -> [[deviceId, jobId, speed, mean seconds of a unit]] */
  readonly paces: Statement
}
