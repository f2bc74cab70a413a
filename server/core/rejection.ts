/**
 * What does a researcher's word change, and who contradicts it? (INTEGRITY T2d, DESIGN §5.) `verify` and `reject` take an answer away for their
 * job and re-open its unit; they strike nobody. When holders who are independent of each other stand behind an answer that was refused, the word is
 * in doubt: the job pauses and what it took away counts again. Rejected: believing the word of the majority of units, which a job that refuses
 * everything would win.
 */
import { type Alike, hasAnswer, type LeaseView } from './agreement.ts'
import { type Decision, fail, RETRACTED, type Unit } from './decision.ts'
import { isSame } from './networks.ts'
import type { Policy } from './policy.ts'
import type { LeaseChange, UnitView } from './settle.ts'

/** Whose word threw an answer away. */
export type Refuser = 'verify' | 'reject'

/** How the note of a lease begins that was refused: the database finds it by that. */
export const refusalNote = (by: Refuser, why: string): string => `${by}: ${why}`

/** What stands in its place once it counts again. */
export const RESTORED_NOTE = 'counts again: another device gave the same answer'

export const VERIFY_CONTRADICTED = 'verify-contradicted'

export interface Heard {
  readonly leases: readonly LeaseChange[]
  /** The answer it was decided for was rejected just now: the note of that. */
  readonly rejected: string | null
  /** It was an own device's: nobody else need be there to be asked. */
  readonly ownRejected: boolean
  /** Why the whole job must pause. */
  readonly fault: string | null
}

/** `leases` as they were recorded; `unit` as it was before. */
export function hearWords(unit: UnitView, leases: readonly LeaseChange[], { ownSeals }: Policy): Heard {
  if (!unit.leases.some(wasRefused) && !leases.some(wasRefused)) return { leases, rejected: null, ownRejected: false, fault: null }
  const rejected = leases.find(({ state, refusedBy, note }) => state === 'voided' && refusedBy === 'reject' && note !== null)?.note ?? null
  const group = rejected === null ? [] : leases.filter((lease, i) => lease.state === 'agreed' || wasAgreed(unit.leases[i], lease))
  const taken = leases.map((lease) => (group.includes(lease) ? refused(lease, 'reject', rejected) : lease))
  const ownRejected = ownSeals && group.some(({ own }) => own)
  if (ownRejected) return { leases: taken, rejected, ownRejected, fault: ownFault(rejected ?? '') }
  const by = contradictedIn(taken, unit.alike)
  const heard = by === undefined ? taken : taken.map((lease) => restored(lease))
  return {
    leases: heard.map((lease, i) => quiet(unit, unit.leases[i], lease)),
    rejected,
    ownRejected,
    fault: by === undefined ? null : faultOf[by],
  }
}

/** What an answer of the job's own device was rejected for: the unit fails, since another own device would say the same. */
export function decideRejected(unit: Unit, why: string, policy: Policy): Decision {
  const failed = fail({ ...unit, state: 'open' }, why, policy)
  return { ...failed, events: [RETRACTED, ...failed.events], failedInputs: failed.failedInputs - (unit.acceptedErrors ?? 0) }
}

const wasRefused = ({ refusedBy }: LeaseView): boolean => refusedBy !== undefined

/** The lease without its answer. */
export const refused = (lease: LeaseChange, refusedBy: Refuser, note: string | null): LeaseChange => ({
  ...lease,
  state: 'voided',
  refusedBy,
  note,
})

/** The lease with its answer, when a word took it away. */
export function restored(lease: LeaseChange): LeaseChange {
  if (lease.state !== 'voided' || lease.refusedBy === undefined) return lease
  const { refusedBy: _by, ...rest } = lease
  return { ...rest, state: 'pending', note: RESTORED_NOTE }
}

const wasAgreed = (before: LeaseView | undefined, { state, note }: LeaseChange): boolean =>
  before?.state === 'agreed' && state === 'voided' && note !== null

/**
 * Whose word independent holders contradict. Of `verify` two refusals of one answer say so: it looked at both. What was rejected was agreed on
 * by everybody who had it: only who gives it afterwards contradicts.
 */
function contradictedIn(leases: readonly LeaseChange[], alike: Alike | undefined): Refuser | undefined {
  const confirms = (one: LeaseView, other: LeaseView): boolean =>
    !isSame(one, other) && (one.output === other.output || alike?.(one.output ?? '', other.output ?? '') === true)
  const byVerify = leases.filter(({ state, refusedBy }) => state === 'voided' && refusedBy === 'verify')
  if (byVerify.some((one, i) => byVerify.slice(i + 1).some((other) => confirms(one, other)))) return 'verify'
  const byReject = leases.filter(({ state, refusedBy }) => state === 'voided' && refusedBy === 'reject')
  return byReject.some((one) => leases.some((other) => hasAnswer(other) && confirms(one, other))) ? 'reject' : undefined
}

/** What counts again in a unit that is decided is not held against its device, nor for it. */
const quiet = (unit: UnitView, before: LeaseView | undefined, lease: LeaseChange): LeaseChange =>
  unit.state !== 'open' && before?.state === 'voided' && lease.state === 'pending' ? { ...lease, checked: true } : lease

const faultOf: Readonly<Record<Refuser, string>> = {
  verify: `${VERIFY_CONTRADICTED}: independent devices gave the same answer, which verify refuses; mend the job or its verify, then start it anew`,
  reject: `${VERIFY_CONTRADICTED}: an independent device gave an answer again that was rejected; mend the job or what calls reject, then start it anew`,
}
const ownFault = (note: string): string =>
  `${VERIFY_CONTRADICTED}: what your own device computed was rejected, so one of the two is wrong (${note})`
