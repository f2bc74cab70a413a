/** What is asked for when units are leased, and what is given. */
import type { LeasePlan } from '../core/lease-plan.ts'
import type { Had } from '../core/networks.ts'
import type { Trust } from '../core/trust.ts'
import type { JobRecord } from './store.ts'

/** A wish for units of one job. */
export interface LeaseWish {
  readonly job: JobRecord
  readonly deviceId: number
  readonly holder: string
  /** Whether its one word seals: then it may look at what it said as a stranger, since nobody counts the two. @default false */
  readonly decidesAlone?: boolean
  readonly count: number
  /** `wanted` of a fresh unit: 1 for an own device, else the job's quorum. */
  readonly wanted: number
  /** Only units that need another opinion (too many wait already). */
  readonly onlyOpinions: boolean
  readonly deadlineMs: number
  /** Network of the device; absent where it is exempt. */
  readonly network?: string | undefined
  /** Whether a unit that others of this network have must wait for somebody else. @default no */
  readonly mustWait?: (had: readonly Had[]) => boolean
  /** Whether a unit that the asker has failed at must be left to somebody who is none of those. @default no */
  readonly mustLeave?: (had: readonly Had[]) => boolean
  /** Whether one more copy can lead to anything. @default yes */
  readonly isWorthACopy?: (had: readonly Had[]) => boolean
  /** Whether it may give another opinion on this unit, by its row id, while it can be given something else; on any where absent (INTEGRITY Q8). */
  readonly isOpen?: (unit: number) => boolean
  /** Absent where nothing is kept of what the device earned. */
  readonly checking?: Checking
}
/** How the asker checks others and is checked. */
export interface Checking extends Pick<LeasePlan, 'audits' | 'recheck'> {
  /** Row id of what it earned in its engine class. */
  readonly trustId: number
  readonly suspect: boolean
  /** Units of the job that wait to be computed once more, and events of the job, as last known. */
  readonly unitsToRecheck: number
  readonly events: number
}
/** What a device earned, and the jobs it is kept from. */
export interface Standing {
  readonly trust: Trust
  readonly excludedFrom: ReadonlySet<number>
}
export interface Grant {
  /** 32 hex digits. */
  readonly lease: string
  readonly key: string
  readonly input: Uint8Array
  readonly inputs: number
  /** Somebody had it before from whose checkpoint the asker may go on, if there is one. */
  readonly again?: true
}
export interface GrantedWish {
  readonly grants: readonly Grant[]
  /** There are open units, yet none for the asker: they wait for somebody else's opinion, or another server's transaction holds them. */
  readonly withheld: 'for-others' | 'locked' | null
}
