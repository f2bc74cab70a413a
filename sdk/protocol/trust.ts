/** What is said of how results are checked: of a job, of a device, of what it failed. */
import type { Redundancy } from './researcher.ts'

/** The part of a job's snapshot that says how its results are checked and what that costs. */
export interface JobChecking {
  readonly redundancy: Redundancy
  /** Accepted units that stand on one holder's word: not sealed yet. */
  readonly unitsAlone: number
  /** Leases given to check what was decided: audits, samples and what is computed once more since its author was struck. */
  readonly audits: number
  /** Answers that were thrown away: of devices that were struck, refused by `verify`, rejected by the researcher. */
  readonly wasted: number
  /** Engine and major version to which all its copies are given, where they are. */
  readonly engineClass?: string
  /** Engines were seen to differ in it. */
  readonly engineSensitive?: true
  /** Since when everything is decided and what stands on single words is sampled; absent while it is not. */
  readonly closingSince?: number
}
/**
 * An answer is thrown away on its researcher's word, and its unit is computed by somebody else: for this job alone, and nobody is struck. When an
 * independent holder gives the same answer, the job pauses as `verify-contradicted` and what was thrown away counts again.
 */
export interface RejectRequest {
  readonly job: string
  /** Of the unit. */
  readonly key: string
  /** Number of the event that gave the answer. */
  readonly event: number
  /** 1 to 200 characters. */
  readonly reason: string
}
