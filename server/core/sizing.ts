/**
 * How many units does a request get, and until when? Enough for `seconds` a thread at the job's measured pace, so that round trips cost
 * little, yet no more than a fair share of what is open, so that the last units are not all in one pocket (DESIGN §3, §4 step 3).
 */
import type { LeaseRequest } from '../../sdk/protocol.ts'
import { isUnreliable, type Lender, slownessOf, UNKNOWN_LENDER } from './lender.ts'

export interface Pace {
  /** Mean seconds of a unit; 0 while nothing was measured. */
  readonly unitSeconds: number
  readonly unitsOpen: number
  /** Seconds one unit may compute. */
  readonly timeoutSeconds: number
}
export interface DeadlineLimits {
  /** Seconds a lease lasts at least. @default 30 */
  readonly minimumLeaseSeconds: number
}

const MOST_UNITS = 1000
/** What a unit costs a device beside its computing: a fresh realm and its messages, seconds; an estimate. */
const UNIT_OVERHEAD_SECONDS = 0.002
/** Work that is too little to be shared out: a thread computes it while another one is still asking, seconds. */
const LEAST_SHARE_SECONDS = 0.1
/** Deadline of a first lease, when nothing was measured, seconds. */
const UNMEASURED_SECONDS = 120
/** p95 over mean of a spread-out (exponential) time; an estimate until percentiles are kept. */
const P95_OVER_MEAN = 3
/** Devices ask for units of some seconds together, so a younger lease may well wait for its turn, seconds. */
const LEAST_LATE_SECONDS = 5

/** Units to hand out, 0 when the device holds enough. */
export function unitsFor(request: LeaseRequest, pace: Pace, connectedThreads: number, lender: Lender = UNKNOWN_LENDER): number {
  const unitSeconds = pace.unitSeconds * slownessOf(lender)
  const atLeast = 2 * request.threads
  const paced = unitSeconds > 0 ? Math.ceil((request.threads * request.seconds) / unitSeconds) : atLeast
  const share = (pace.unitsOpen * request.threads) / Math.max(connectedThreads, request.threads)
  // A slow device has less of a fair share; a fast one takes the rest when it comes again.
  const fair = Math.ceil(share / Math.max(1, slownessOf(lender)))
  const leastShare = Math.ceil((request.threads * LEAST_SHARE_SECONDS) / (unitSeconds + UNIT_OVERHEAD_SECONDS))
  const held = Math.max(atLeast, Math.min(paced, Math.max(fair, leastShare)))
  const most = isUnreliable(lender) ? 1 - request.held : MOST_UNITS
  return Math.max(0, Math.min(held - request.held, request.most ?? MOST_UNITS, most))
}

/** Milliseconds until a lease given now is given to somebody else: 3 × p95 of the time until its turn has come and it is done. */
export function deadlineMs(request: LeaseRequest, units: number, pace: Pace, limits: DeadlineLimits, lender = UNKNOWN_LENDER): number {
  const rounds = Math.ceil((request.held + units) / request.threads)
  const longest = Math.max(limits.minimumLeaseSeconds, pace.timeoutSeconds * rounds)
  const predicted = pace.unitSeconds > 0 ? 3 * P95_OVER_MEAN * pace.unitSeconds * slownessOf(lender) * rounds : UNMEASURED_SECONDS
  return 1000 * Math.min(longest, Math.max(limits.minimumLeaseSeconds, predicted))
}

/** A lease this old is late, when nothing else is left to do (INTEGRITY Q16), milliseconds; Infinity while nothing was measured. */
export const lateMs = ({ unitSeconds }: Pick<Pace, 'unitSeconds'>): number =>
  unitSeconds > 0 ? 1000 * Math.max(LEAST_LATE_SECONDS, 2 * P95_OVER_MEAN * unitSeconds) : Number.POSITIVE_INFINITY
