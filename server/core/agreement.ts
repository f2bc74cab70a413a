/**
 * Which answers agree? Answers are compared by reference (inline bytes or digest of the canonical output), so equal means equal bytes; a
 * job with a tolerance says besides which of its outputs are alike. Source: redundancy by majority of equal results (BOINC's validator,
 * `check_set`), with a fixed quorum. A group stands around its representative, the oldest lease. Rejected: chaining answers that are
 * pairwise close, because a chain of small differences joins answers that differ much.
 */
import type { LeaseState } from './lifecycle.ts'
import { isSame, voicesOf } from './networks.ts'
import type { Refuser } from './rejection.ts'
import type { Trust } from './trust.ts'

/** A lease as a decision sees it. */
export interface LeaseView {
  readonly row: number
  readonly holder: string
  readonly deviceId: number
  /** Of what its device earned in its engine class; 0 where nothing is kept. @default 0 */
  readonly trustId?: number
  readonly state: LeaseState
  /** Reference of the output, hex; null until something was returned. */
  readonly output: string | null
  /** Inputs whose output is an error. */
  readonly errors: number
  /** Whether the device is its owner's own for this job: then its word seals. */
  readonly own: boolean
  /** Own for the jobs of one researcher: its word decides these, and checks nobody, since a researcher's word alone harms no volunteer. @default false */
  readonly partisan?: boolean
  /** What its device earned in the engine class it computed with; a newcomer's when it is not known. */
  readonly trust?: Trust
  /** Engine and major version, e.g. `v8-140`. */
  readonly engineClass?: string
  /** Network of the device; null or absent where it is exempt. */
  readonly network?: string | null
  /** Whether it ran in a realm of its own. @default true */
  readonly isolated?: boolean
  /** Whether this unit was a check for the device already. @default false */
  readonly checked?: boolean
  /** What it was given for; the others look at a decided unit again. @default 'copy' */
  readonly kind?: LeaseKind
  /** The device's epoch and its checks when it answered. @default 0 */
  readonly epoch?: number
  readonly checksThen?: number
  /** Whether its answer is a vote; that of a suspect who is being checked is none. @default true */
  readonly votes?: boolean
  /** Whether the job's `verify` said yes to all of it. @default false */
  readonly verified?: boolean
  /** Whose word threw its answer away; absent where that is not so. */
  readonly refusedBy?: Refuser
  /**
   * Whether another engine alone computes the job, in which engines differ, or while none does its device has lost there since where only its engine
   * explains it (INTEGRITY T2). @default false
   */
  readonly excused?: boolean
}
/** `copy` of an open unit; `audit`, closing `sample`, or looking `again` at what a struck device did. */
export type LeaseKind = 'copy' | 'audit' | 'sample' | 'again'

/** Whether a strike of its device has undone the answer, wherever it is not sealed (INTEGRITY T1). */
export const isUndone = ({ own, trust, epoch = 0 }: LeaseView): boolean => !own && (trust?.trustEpoch ?? 0) > epoch

/** Whether its device is believed no more: what stands on such answers alone is looked at again (INTEGRITY T1, T2). */
export const isDoubted = (lease: LeaseView): boolean => isUndone(lease) || (!lease.own && lease.excused === true)

/** Whether two outputs agree though their bytes differ. */
export type Alike = (one: string, other: string) => boolean

export interface Group {
  /** That of the representative. */
  readonly output: string
  readonly leases: readonly LeaseView[]
}

const answered: ReadonlySet<LeaseState> = new Set(['pending', 'agreed', 'disagreed'])

/** Whether the lease holds an answer that still counts. */
export const hasAnswer = (lease: LeaseView): boolean => lease.output !== null && answered.has(lease.state)

/** Whether its answer is a vote. */
export const isVote = (lease: LeaseView): boolean => hasAnswer(lease) && lease.votes !== false

const never: Alike = () => false

/** Answers that agree together, those of most holders first, ties by the order of lease rows, so that arrival order decides nothing. */
export function groupAnswers(leases: readonly LeaseView[], alike: Alike = never): Group[] {
  const groups: { readonly output: string; readonly leases: LeaseView[] }[] = []
  for (const lease of inOrder(leases)) {
    if (!isVote(lease) || lease.output === null) continue
    const { output } = lease
    const group =
      groups.find((one) => one.output === output) ?? (alike === never ? undefined : groups.find((one) => alike(one.output, output)))
    if (group) group.leases.push(lease)
    else groups.push({ output, leases: [lease] })
  }
  if (groups.length < 2) return groups
  return groups.sort((a, b) => holdersOf(b) - holdersOf(a) || (a.leases[0]?.row ?? 0) - (b.leases[0]?.row ?? 0))
}

/** By their rows; as they come from the database they are. */
function inOrder(leases: readonly LeaseView[]): readonly LeaseView[] {
  const isSorted = leases.every(({ row }, i) => i === 0 || (leases[i - 1]?.row ?? 0) < row)
  return isSorted ? leases : leases.toSorted((a, b) => a.row - b.row)
}

/** Independent holders of a group: one holder is one voice, however many devices it has, and one device, whoever's it was. */
export const holdersOf = (group: Group): number => voicesOf(group.leases, isSame).length

const live: ReadonlySet<LeaseState> = new Set(['issued', 'checking', 'pending', 'agreed', 'disagreed'])

/** Leases that have answered or still may; the others left their place to somebody else. */
export const liveCount = (leases: readonly LeaseView[]): number => leases.filter((lease) => live.has(lease.state)).length
