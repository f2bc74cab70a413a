/**
 * What becomes of a unit when something arrives for its leases? Pure and synchronous: the store loads the snapshot under lock, calls
 * this, writes the answer. The order in which the same results arrive never changes the accepted output. Source: DESIGN §3, INTEGRITY
 * Q5, Q6, Q9. Rejected: deciding in SQL (policy in nested CASE WHEN cannot be simulated or read).
 */
import type { ErroredReason, EventKind, UnitState } from '../../sdk/protocol.ts'
import { type Alike, groupAnswers, type LeaseView, liveCount } from './agreement.ts'
import { type Decision, decide } from './decide.ts'
import { judgeVotes, type TrustChange } from './judge-votes.ts'
import { DISPUTED_ANSWERS, type Policy } from './policy.ts'
import { type Outcome, recordArrival } from './record-arrival.ts'

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
  /** Where its job compares numbers with a tolerance: which of these outputs agree. */
  readonly alike?: Alike | undefined
}

/** What the job's `verify` said of an output; `moot` where it need not be asked any more. */
export type CheckVerdict = 'passed' | 'refused' | 'unfinished' | 'moot'

/** What happened to one lease. */
export type Arrival =
  | { readonly row: number; readonly kind: 'output'; readonly output: string; readonly errors: number }
  | { readonly row: number; readonly kind: 'errored'; readonly reason: ErroredReason; readonly message: string }
  | { readonly row: number; readonly kind: 'released' | 'expired' | 'revoked' }
  | { readonly row: number; readonly kind: 'checked'; readonly verdict: CheckVerdict; readonly why: string }

export interface LeaseChange extends LeaseView {
  readonly note: string | null
  readonly ended: boolean
  /** `verify` said yes to all of its output, just now. */
  readonly passed?: boolean
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
}
export interface Settlement {
  /** One per arrival, in order. */
  readonly outcomes: readonly Outcome[]
  readonly unit: Pick<UnitView, 'state' | 'live' | 'wanted' | 'errored'>
  readonly leases: readonly LeaseChange[]
  readonly events: readonly SettledEvent[]
  readonly devices: readonly DeviceChange[]
  /** Checks that devices passed or failed by this decision; empty until a unit is decided. */
  readonly trust: readonly TrustChange[]
  /** Inputs that became failed (negative when a failure was taken back). */
  readonly failedInputs: number
  /** The unit just got its third different answer; where `verify` judges, several may be right. */
  readonly disputed: boolean
  /** Why the whole job must pause or fail. */
  readonly job: { readonly state: 'paused' | 'failed'; readonly reason: string } | null
}

/** Applies `arrivals` to `unit` and decides what they mean. */
export function settle(unit: UnitView, arrivals: readonly Arrival[], policy: Policy): Settlement {
  const recorded = arrivals.reduce(recordArrival, {
    leases: unit.leases.map((lease) => ({ ...lease, note: null, ended: false })),
    errored: unit.errored,
    outcomes: [] as Outcome[],
    checkedBelow: policy.verify && unit.state === 'open' ? unit.inputs : 0,
    fault: null as string | null,
  })
  const decision = decide({ ...unit, leases: recorded.leases, errored: recorded.errored }, policy)
  const leases = judgeLeases(recorded.leases, decision, policy, unit.alike)
  const answersBefore = groupAnswers(unit.leases, unit.alike).length
  const answersNow = groupAnswers(leases, unit.alike).length
  return {
    outcomes: recorded.outcomes,
    unit: { state: decision.state, live: liveCount(leases), wanted: decision.wanted, errored: recorded.errored },
    leases: leases.filter((lease, i) => lease.ended || lease.state !== unit.leases[i]?.state),
    events: decision.events,
    devices: deviceChanges(unit.leases, leases),
    trust: unit.state === 'open' && decision.output !== null ? judgeVotes(leases, policy.ownSeals) : [],
    failedInputs: decision.failedInputs,
    disputed: !policy.verify && answersBefore < DISPUTED_ANSWERS && answersNow >= DISPUTED_ANSWERS,
    job: decision.job ?? (recorded.fault === null ? null : { state: 'paused', reason: recorded.fault }),
  }
}

/**
 * Once a unit is decided every answer is right or wrong, and none waits for `verify`, which may say yes to several: there another answer is
 * never counted against anybody. With a tolerance the first that agreed stays the one that was accepted: an older one that comes late and
 * is merely alike is left as it is.
 */
function judgeLeases(leases: readonly LeaseChange[], { state, output }: Decision, { verify }: Policy, alike?: Alike): LeaseChange[] {
  const heard =
    state === 'open' ? [...leases] : leases.map((lease) => (lease.state === 'checking' ? { ...lease, state: 'pending' as const } : lease))
  if (output === null) return heard
  const isAnswer = (lease: LeaseChange) => lease.output !== null && ['pending', 'agreed', 'disagreed'].includes(lease.state)
  const accepted = Math.min(...heard.filter((lease) => isAnswer(lease) && lease.output === output).map(({ row }) => row))
  return heard.map((lease) => {
    if (!isAnswer(lease)) return lease
    if (lease.output === output) return { ...lease, state: 'agreed' }
    if (!alike?.(output, lease.output ?? '')) return verify ? lease : { ...lease, state: 'disagreed' }
    return lease.row > accepted ? { ...lease, state: 'agreed' } : lease
  })
}

/** What the unit's history says of each device that took part, as differences to its counters. */
function deviceChanges(before: readonly LeaseView[], after: readonly LeaseChange[]): DeviceChange[] {
  const is = (lease: LeaseView | undefined, ...states: string[]): number => (lease && states.includes(lease.state) ? 1 : 0)
  return after
    .map((now, i) => ({
      deviceId: now.deviceId,
      returned: is(now, 'pending', 'agreed', 'disagreed') - is(before[i], 'pending', 'agreed', 'disagreed'),
      agreed: is(now, 'agreed') - is(before[i], 'agreed'),
      disagreed: is(now, 'disagreed') - is(before[i], 'disagreed'),
      errored: is(now, 'errored') - is(before[i], 'errored'),
    }))
    .filter((change) => change.returned || change.agreed || change.disagreed || change.errored)
}
