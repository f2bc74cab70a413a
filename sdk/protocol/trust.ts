/** What is said of how results are checked: of a job, of a device, of what it failed. */
import type { Redundancy } from './researcher.ts'
import type { DeviceRow } from './status.ts'

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

/** What a device earned with an engine of one major version. */
export interface DeviceTrust {
  /** Engine and major version. */
  readonly engineClass: string
  readonly state: Exclude<DeviceRow['state'], 'banned'>
  /** Checks passed since the last strike. */
  readonly checks: number
  /** Strikes that stand, and checks passed or failed, since registration. */
  readonly strikes: number
  readonly checked: number
  /** All leases it returned, audits included. */
  readonly returned: number
  /** Audits passed while suspect. */
  readonly auditsPassed: number
}
/** A check that a device failed. */
export interface StrikeRow {
  /** Row id, greater for later ones. */
  readonly strike: string
  readonly at: number
  readonly engineClass: string
  /** Absent where the job was forgotten. */
  readonly job?: { readonly job: string; readonly name: string }
  /** Key of the unit; absent where it was forgotten. */
  readonly unit?: string
  /** What the device was given the unit for. */
  readonly given: 'copy' | 'audit' | 'sample' | 'again'
  /** What it answered and what was accepted, as JSON for people: control characters escaped, cut at 1000 characters. */
  readonly output: string
  readonly accepted: string
  /** Taken back, since the accepted answer fell. */
  readonly reverted: boolean
}
/** What is known of a device's word: for the device itself and the owner of the server. */
export interface DeviceStanding {
  readonly device: string
  readonly state: DeviceRow['state']
  readonly banReason?: string
  /** What its person says against a strike or a ban. */
  readonly appeal?: string
  /** The latest class first, at most 20. */
  readonly trust: readonly DeviceTrust[]
  /** A page of them, the newest first. */
  readonly strikes: readonly StrikeRow[]
  /** Give it as `after` for the following page of strikes; absent on the last. */
  readonly next?: string
}
