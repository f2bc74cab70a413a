/**
 * What becomes of a unit when something arrives for its leases? Pure and synchronous: the store loads the snapshot under lock, calls
 * this, writes the answer. The order in which the same results arrive never changes the accepted output. Source: DESIGN §3, INTEGRITY
 * Q5, Q6, Q9. Rejected: deciding in SQL (policy in nested CASE WHEN cannot be simulated or read).
 */
import type { ErroredReason, EventKind, UnitState } from '../../sdk/protocol.ts'
import { type Alike, hasAnswer, isDoubted, isUndone, isVote, type LeaseView, liveCount } from './agreement.ts'
import { decide } from './decide.ts'
import type { Decision, Unit } from './decision.ts'
import { classOfWinners, classToDecide, disputes } from './engine-split.ts'
import { judgeAudits } from './judge-audits.ts'
import { judgeVotes, type TrustChange } from './judge-votes.ts'
import type { LeaseState } from './lifecycle.ts'
import { independentHolders } from './networks.ts'
import { type Policy, UNIT_LIMITS } from './policy.ts'
import { type Outcome, recordArrival } from './record-arrival.ts'
import { decideRejected, type Heard, hearWords } from './rejection.ts'

export interface UnitView {
  readonly id: number
  readonly jobId: number
  readonly key: string
  readonly inputs: number
  readonly state: UnitState
  readonly live: number
  readonly wanted: number
  readonly copies: number
  readonly errored: number
  readonly leases: readonly LeaseView[]
  /** The engine class that alone computes its job, where there is one. */
  readonly engineClass?: string | undefined
  /** Engines were seen to differ in its job. @default false */
  readonly engineSensitive?: boolean
  /** Where its job compares numbers with a tolerance: which of these outputs agree. */
  readonly alike?: Alike | undefined
  /** The closing sample of its author agreed. @default false */
  readonly sampled?: boolean
  /** Something disagrees with what it was decided for, and too little stands behind that; found while settling. @default false */
  readonly disputed?: boolean
  /** A vote for what it was decided for fell; found while settling. @default false */
  readonly undone?: boolean
  /** An admin took away a vote for what it was decided for; found while settling. @default false */
  readonly reopened?: boolean
  /** Inputs that failed with what it was decided for; found while settling. */
  readonly acceptedErrors?: number
}

/** What the job's `verify` said of an output; `moot` where it need not be asked any more. */
export type CheckVerdict = 'passed' | 'refused' | 'unfinished' | 'moot'

/** What happened to one lease. */
export type Arrival =
  | { readonly row: number; readonly kind: 'output'; readonly output: string; readonly errors: number }
  | { readonly row: number; readonly kind: 'errored'; readonly reason: ErroredReason; readonly message: string }
  | { readonly row: number; readonly kind: 'released' | 'expired' | 'revoked' }
  | { readonly row: number; readonly kind: 'checked'; readonly verdict: CheckVerdict; readonly why: string }
  | { readonly row: number; readonly kind: 'rejected'; readonly why: string }
  | { readonly row: number; readonly kind: 'restored' }
  | { readonly row: number; readonly kind: 'reopened' }

export interface LeaseChange extends LeaseView {
  readonly note: string | null
  readonly ended: boolean
}
export interface SettledEvent {
  readonly kind: EventKind
  readonly leaseRow: number | null
  readonly output: string | null
  readonly error: string | null
  readonly confidence: number
  readonly holders: number
}
export interface DeviceChange {
  readonly deviceId: number
  readonly returned: number
  readonly agreed: number
  readonly disagreed: number
  readonly errored: number
  readonly expired: number
}
export interface Settlement {
  /** One per arrival, in order. */
  readonly outcomes: readonly Outcome[]
  readonly unit: Pick<UnitView, 'state' | 'live' | 'wanted' | 'errored' | 'copies'>
  readonly leases: readonly LeaseChange[]
  readonly events: readonly SettledEvent[]
  readonly devices: readonly DeviceChange[]
  /** Checks that devices passed or failed by this decision; empty until a unit is decided. */
  readonly trust: readonly TrustChange[]
  /** Whose word it stands on alone while it is accepted and not sealed, and what that device had passed then; null of all other units. */
  readonly alone: { readonly trustId: number; readonly checksThen: number } | null
  /** Inputs that became failed (negative when a failure was taken back). */
  readonly failedInputs: number
  /** The unit just got its third different answer; where `verify` judges, several may be right. */
  readonly disputed: boolean
  /** The engine class that decided where engines differ, so that one should compute the job alone; null where nothing was learnt of that. */
  readonly engineClass: string | null
  /** Why the whole job must pause or fail. */
  readonly job: { readonly state: 'paused' | 'failed'; readonly reason: string } | null
}

/** Applies `arrivals` to `unit` and decides what they mean; without any it is looked at again, since somebody's trust changed. */
export function settle(unit: UnitView, arrivals: readonly Arrival[], policy: Policy): Settlement {
  const recorded = arrivals.reduce(recordArrival, {
    leases: unit.leases.map((lease) => ({ ...lease, note: null, ended: false })),
    errored: unit.errored,
    outcomes: [] as Outcome[],
    checkedBelow: policy.verify && unit.state === 'open' ? unit.inputs : 0,
    fault: null as string | null,
  })
  const heard = hearWords(unit, recorded.leases, policy)
  const audited = isDecided(unit) ? judgeAudits(unit, heard.leases, policy) : { trust: [], disputing: [] }
  const { unit: looked, decision } = decideAmong(unit, recorded.errored, heard, audited.disputing, policy)
  const fault = heard.fault ?? recorded.fault
  const judged = judgeLeases(looked.leases, decision, policy, unit.alike)
  const trust = [...audited.trust, ...trustChanges(unit, judged, decision, policy, audited.trust)]
  const checked = new Set(trust.flatMap(({ leaseRow, verdict }) => (verdict === 'passed' || verdict === 'struck' ? [leaseRow] : [])))
  const leases = checked.size === 0 ? judged : judged.map((lease) => (checked.has(lease.row) ? { ...lease, checked: true } : lease))
  return {
    outcomes: recorded.outcomes,
    unit: { state: decision.state, live: liveCount(leases), wanted: decision.wanted, errored: recorded.errored, copies: looked.copies },
    leases: leases.filter((lease, i) => lease.ended || lease.state !== unit.leases[i]?.state || lease.checked !== unit.leases[i]?.checked),
    events: decision.events,
    devices: deviceChanges(unit.leases, leases),
    trust,
    alone: decision.state === 'accepted' && policy.targetError !== undefined ? singleWord(leases) : null,
    failedInputs: decision.failedInputs,
    disputed: !policy.verify && !disputes(unit.leases, unit.alike) && disputes(leases, unit.alike),
    engineClass: (looked.engineClass !== unit.engineClass && looked.engineClass) || classOfWinners(leases, trust, policy.ownSeals) || null,
    job: decision.job ?? (fault === null ? null : { state: 'paused', reason: fault }),
  }
}

const isDecided = ({ state }: UnitView): boolean => state === 'accepted' || state === 'sealed'

/** The unit as it is looked at, and what is decided of it: by one class of engines where else it would fail, since only these tell it apart (T2a). */
function decideAmong(unit: UnitView, errored: number, heard: Heard, disputing: readonly number[], policy: Policy) {
  const all = { ...lookAgain(unit, heard.leases, disputing, policy), errored, ...(heard.rejected && { disputed: true }) }
  const decision = heard.ownRejected ? decideRejected(all, heard.rejected ?? '', policy) : decide(all, policy)
  const mayChoose = unit.state === 'open' && unit.engineClass === undefined && !policy.verify && errored < UNIT_LIMITS.errored
  const engineClass = mayChoose && decision.state === 'failed' ? classToDecide(all.leases, unit.alike) : undefined
  if (engineClass === undefined) return { unit: all, decision }
  const ofClass = lookAgain({ ...all, engineClass }, all.leases, [], policy)
  return { unit: ofClass, decision: decide(ofClass, policy) }
}

/**
 * The unit without the votes that do not count: those that strikes took away (T1; a sealed one keeps them, unless it is disputed), where a
 * second look differs all that are doubted and, while it is open, those of other engines than the one that computes its job (T2a). They are no
 * copies any more (Q6).
 */
function lookAgain(unit: UnitView, leases: readonly LeaseChange[], disputing: readonly number[], { ownSeals }: Policy): Unit {
  const disputed = disputing.length > 0
  const mayFall = unit.state === 'open' || unit.state === 'accepted' || disputed
  const isOther = ({ own, engineClass }: LeaseChange): boolean =>
    unit.state === 'open' && unit.engineClass !== undefined && engineClass !== unit.engineClass && !(ownSeals && own)
  const isSecondLook = leases.some(({ row, kind }) => kind === 'again' && disputing.includes(row))
  const isGone = isSecondLook ? isDoubted : isUndone
  const falls = (lease: LeaseChange): boolean => mayFall && hasAnswer(lease) && (isGone(lease) || isOther(lease))
  const isReopened = (lease: LeaseChange, i: number): boolean => lease.state === 'revoked' && hasAnswer(unit.leases[i] as LeaseView)
  const fallen = leases.filter((lease, i) => falls(lease) || isReopened(lease, i))
  const accepted = isDecided(unit) ? unit.leases.find(({ state }) => state === 'agreed') : undefined
  if (fallen.length === 0 && !disputed)
    return { ...unit, leases, disputed, undone: false, reopened: false, ...(accepted && { acceptedErrors: accepted.errors }) }
  return {
    ...unit,
    leases: leases.map((lease) => {
      if (falls(lease)) return { ...lease, state: 'voided' }
      return disputing.includes(lease.row) ? { ...lease, votes: true } : lease
    }),
    // One at least: of a unit without any the queues do not ask who had it.
    copies: Math.max(Math.min(1, unit.copies), unit.copies - fallen.filter(({ kind = 'copy' }) => kind === 'copy').length),
    disputed,
    undone: fallen.some(({ state }) => state === 'agreed'),
    reopened: leases.some((lease, i) => isReopened(lease, i) && unit.leases[i]?.state === 'agreed'),
    ...(accepted && { acceptedErrors: accepted.errors }),
  }
}

/** Of the votes of a unit that was decided just now, and of strikes for an answer that is right after all. */
function trustChanges(
  unit: UnitView,
  leases: readonly LeaseChange[],
  { events, output }: Decision,
  policy: Policy,
  audited: readonly TrustChange[],
): TrustChange[] {
  if (!events.some(({ kind }) => kind === 'accepted' || kind === 'sealed')) return []
  const known = new Set(audited.map(({ leaseRow }) => leaseRow))
  const votes = judgeVotes(leases, policy, unit.leases).filter(({ leaseRow }) => !known.has(leaseRow))
  // Its own strike has voided the vote of who was struck, yet it was right.
  const isRight = (answer: string | null): boolean => answer !== null && (answer === output || unit.alike?.(output ?? '', answer) === true)
  const cleared = leases.flatMap((lease, i): TrustChange[] => {
    const { state, checked } = unit.leases[i] as LeaseView
    if (!checked || !isRight(lease.output) || (state !== 'disagreed' && state !== 'voided')) return []
    return [{ deviceId: lease.deviceId, trustId: lease.trustId ?? 0, leaseRow: lease.row, verdict: 'reverted' }]
  })
  return [...votes, ...cleared]
}

/** Whose one word an accepted unit stands on, if it is one; who is suspect holds up nothing. */
export function singleWord(leases: readonly LeaseView[]): Settlement['alone'] {
  const votes = leases.filter((lease) => lease.state === 'agreed' && isVote(lease) && !lease.trust?.suspect)
  const [author] = votes
  if (!author || independentHolders(votes) > 1) return null
  return { trustId: author.trustId ?? 0, checksThen: author.checksThen ?? 0 }
}

/**
 * Once a unit is decided every answer is right or wrong, and none waits for `verify`, which may say yes to several: there another answer is
 * never counted against anybody. With a tolerance the first that agreed stays the one that was accepted: an older one that comes late and
 * is merely alike is left as it is.
 */
function judgeLeases(
  leases: readonly LeaseChange[],
  { state, output }: Decision,
  { verify }: Policy,
  alike?: Alike,
): readonly LeaseChange[] {
  const heard =
    state === 'open' ? leases : leases.map((lease) => (lease.state === 'checking' ? { ...lease, state: 'pending' as const } : lease))
  if (output === null) return heard
  const accepted = alike ? Math.min(...heard.filter((lease) => hasAnswer(lease) && lease.output === output).map(({ row }) => row)) : 0
  return heard.map((lease) => {
    if (!hasAnswer(lease)) return lease
    if (lease.output === output) return { ...lease, state: 'agreed' }
    if (!alike?.(output, lease.output ?? '')) return verify ? lease : { ...lease, state: 'disagreed' }
    return lease.row > accepted ? { ...lease, state: 'agreed' } : lease
  })
}

const counted: ReadonlySet<LeaseState | undefined> = new Set(['pending', 'agreed', 'disagreed', 'errored', 'expired'])
const isCounted = (state: LeaseState | undefined): boolean => counted.has(state)

/** What the unit's history says of each device that took part, as differences to its counters. */
function deviceChanges(before: readonly LeaseView[], after: readonly LeaseChange[]): DeviceChange[] {
  return after.flatMap(({ deviceId, state: now }, i): DeviceChange[] => {
    const was = before[i]?.state
    if (now === was || !(isCounted(now) || isCounted(was))) return []
    const difference = (state: LeaseState): number => Number(now === state) - Number(was === state)
    const agreed = difference('agreed')
    const disagreed = difference('disagreed')
    const change = { returned: difference('pending') + agreed + disagreed, agreed, disagreed }
    return [{ deviceId, ...change, errored: difference('errored'), expired: difference('expired') }]
  })
}
