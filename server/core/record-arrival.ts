/**
 * What one arrival does to its lease, before anything is decided. A second arrival for the same lease changes nothing, an answer that
 * comes after the lease was given up still counts (DESIGN §3 "Exactly once"), unless its device has the unit as somebody else by then: one device
 * is one word. A refusal by `verify` is a researcher's word: it takes the
 * answer away and is counted against nobody; against an own device, whose word would seal, it says that job and `verify` contradict each other.
 */
import { hasAnswer } from './agreement.ts'
import type { LeaseState } from './lifecycle.ts'
import { refusalNote, refused, restored } from './rejection.ts'
import type { Arrival, LeaseChange } from './settle.ts'
import { NEW_TRUST } from './trust.ts'

/** `recorded` and `late` changed the lease; `duplicate` found it settled. */
export type Outcome = 'recorded' | 'late' | 'duplicate'

export interface Recorded {
  readonly leases: LeaseChange[]
  readonly errored: number
  readonly outcomes: Outcome[]
  /** Outputs in which fewer inputs than these failed wait for the job's `verify`; 0 where nothing does. */
  readonly checkedBelow: number
  /** Why the job must pause: `verify` cannot judge, or contradicts an own device. */
  readonly fault: string | null
}

const givenUp: ReadonlySet<LeaseState> = new Set(['released', 'expired', 'revoked'])
/** Whether it keeps its device from the unit under another holder. */
const hasOrHad = ({ state }: LeaseChange): boolean => state !== 'errored' && !givenUp.has(state)

/** A step of a fold over the arrivals of one unit. */
export function recordArrival(recorded: Recorded, arrival: Arrival): Recorded {
  const index = recorded.leases.findIndex((lease) => lease.row === arrival.row)
  const lease = recorded.leases[index]
  const change = lease && changeOf(lease, arrival, recorded)
  if (!change) return { ...recorded, outcomes: [...recorded.outcomes, 'duplicate'] }
  return {
    ...recorded,
    leases: recorded.leases.with(index, change),
    errored: recorded.errored + (change.state === 'errored' ? 1 : 0),
    outcomes: [...recorded.outcomes, givenUp.has(lease.state) ? 'late' : 'recorded'],
    fault: (arrival.kind === 'checked' && faultOf(lease, arrival)) || recorded.fault,
  }
}

function changeOf(lease: LeaseChange, arrival: Arrival, { leases, checkedBelow }: Recorded): LeaseChange | undefined {
  if (arrival.kind === 'checked') return lease.state === 'checking' ? judged(lease, arrival) : undefined
  if (arrival.kind === 'output') {
    if (lease.state !== 'issued' && !givenUp.has(lease.state)) return undefined
    const isElsewhere = (other: LeaseChange): boolean => other.row !== lease.row && other.deviceId === lease.deviceId && hasOrHad(other)
    if (lease.state !== 'issued' && leases.some(isElsewhere)) return undefined
    const state = arrival.errors < checkedBelow ? 'checking' : 'pending'
    return { ...lease, state, output: arrival.output, errors: arrival.errors, ended: true, ...standingOf(lease) }
  }
  if (arrival.kind === 'rejected')
    return lease.state === 'agreed' ? refused(lease, 'reject', refusalNote('reject', arrival.why)) : undefined
  if (arrival.kind === 'restored') return lease.refusedBy === undefined ? undefined : restored(lease)
  if (arrival.kind === 'reopened') return hasAnswer(lease) ? { ...lease, state: 'revoked', ended: true } : undefined
  if (lease.state !== 'issued') return undefined
  const note = arrival.kind === 'errored' ? `${arrival.reason}: ${arrival.message}` : null
  return { ...lease, state: arrival.kind, note, ended: true }
}

/** What the device had when it answered; one that is suspect has no voice where it is being checked (INTEGRITY Q12). */
const standingOf = ({ trust = NEW_TRUST, kind = 'copy', own }: LeaseChange) => ({
  ...{ epoch: trust.trustEpoch, checksThen: trust.checks, votes: own || kind === 'copy' || !trust.suspect },
})

type Checked = Extract<Arrival, { kind: 'checked' }>

/** An own device's answer stays where it is: nobody else may be there to be asked, and the researcher mends the job. */
function judged(lease: LeaseChange, { verdict, why }: Checked): LeaseChange {
  if (verdict === 'moot') return { ...lease, state: 'pending' }
  // What threw is no answer that `verify` vouches for: that others throw the same must say.
  if (verdict === 'passed') return { ...lease, state: 'pending', verified: lease.errors === 0 }
  return lease.own ? lease : refused(lease, 'verify', refusalNote('verify', why))
}

function faultOf({ own }: LeaseChange, { verdict, why }: Checked): string | null {
  if (verdict === 'unfinished') return `verify could not judge a result: ${why}`
  if (verdict === 'refused' && own) return `verify refuses what your own device computed, so one of the two is wrong: ${why}`
  return null
}
