/**
 * What becomes of a unit when something arrives for its leases? Pure and synchronous: the store loads the snapshot under lock, calls
 * this, writes the answer. The order in which the same results arrive never changes the accepted output. Source: DESIGN §3, INTEGRITY
 * Q5, Q6, Q9. Rejected: deciding in SQL (policy in nested CASE WHEN cannot be simulated or read).
 */
import type { ErroredReason, EventKind, UnitState } from '../../sdk/protocol.ts'
import { groupAnswers, type LeaseView, liveCount } from './agreement.ts'
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
}

/** What happened to one lease. */
export type Arrival =
  | { readonly row: number; readonly kind: 'output'; readonly output: string; readonly errors: number }
  | { readonly row: number; readonly kind: 'errored'; readonly reason: ErroredReason; readonly message: string }
  | { readonly row: number; readonly kind: 'released' | 'expired' | 'revoked' }

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
  /** The unit just got its third different answer. */
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
  })
  const decision = decide({ ...unit, leases: recorded.leases, errored: recorded.errored }, policy)
  const leases = judgeLeases(recorded.leases, decision)
  const answersBefore = groupAnswers(unit.leases).length
  const answersNow = groupAnswers(leases).length
  return {
    outcomes: recorded.outcomes,
    unit: { state: decision.state, live: liveCount(leases), wanted: decision.wanted, errored: recorded.errored },
    leases: leases.filter((lease, i) => lease.ended || lease.state !== unit.leases[i]?.state),
    events: decision.events,
    devices: deviceChanges(unit.leases, leases),
    trust: unit.state === 'open' && decision.output !== null ? judgeVotes(leases, policy.ownSeals) : [],
    failedInputs: decision.failedInputs,
    disputed: answersBefore < DISPUTED_ANSWERS && answersNow >= DISPUTED_ANSWERS,
    job: decision.job,
  }
}

/** Once a unit is decided every answer is right or wrong. */
function judgeLeases(leases: readonly LeaseChange[], decision: Decision): LeaseChange[] {
  if (decision.output === null) return [...leases]
  return leases.map((lease) => {
    if (lease.output === null || !['pending', 'agreed', 'disagreed'].includes(lease.state)) return lease
    return { ...lease, state: lease.output === decision.output ? 'agreed' : 'disagreed' }
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
