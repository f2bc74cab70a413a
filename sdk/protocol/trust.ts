/** What is said of how results are checked: of a job, of a device, of what it failed. */
import type { Redundancy } from './researcher.ts'
import type { DeviceRow } from './status.ts'

/** The part of a job's snapshot that says how its results are checked and what that costs. */
export interface JobChecking {
  readonly redundancy: Redundancy
  /** Its `verify` is asked of each output, and what that says decides; then redundancy is for units that threw. */
  readonly verify?: true
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

/** A value as JSON for people, control characters escaped. */
export interface ShownText {
  /** At most 2048 characters, and `…` before them where what comes before is left out; absent where the value is not kept any more. */
  readonly text?: string
  /** Whether some of it is left out. */
  readonly truncated: boolean
}
/** One of two answers to a unit, of the input for which they differ. */
export interface DifferingAnswer extends ShownText {
  /** Engines and major versions of the devices that gave it. */
  readonly engineClasses: readonly string[]
  /** Devices that gave it. */
  readonly devices: number
}
/** Two answers to one unit of a job that differ, shown from where they do: what its code should give alike everywhere and does not. */
export interface DifferingAnswers {
  /** Key of the unit. */
  readonly unit: string
  /** Place of the first of its inputs for which they differ, from 0. */
  readonly place: number
  readonly input: ShownText
  /** The one that more devices gave comes first. */
  readonly answers: readonly [DifferingAnswer, DifferingAnswer]
}
/** What is known of why a job is not deterministic; empty where no answers of units that are under way or were decided last differ. */
export interface JobDifferences {
  readonly differing?: DifferingAnswers
  /** What trying some of its units out showed, where that was what paused it. */
  readonly pilotNote?: string
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
