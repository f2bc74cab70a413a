/**
 * Is the unit decided? The question every settlement ends with, and every later rule of trust plugs into. The poll accepts when enough
 * independent holders agree, or trusted ones; an own device's word seals at once, and so does what `verify` said yes to; an answer nobody can
 * agree on fails the unit (INTEGRITY Q5, Q6, Q9, Q14).
 */
import type { UnitState } from '../../sdk/protocol.ts'
import { type Group, groupAnswers, holdersOf, liveCount } from './agreement.ts'
import { type Policy, UNIT_LIMITS } from './policy.ts'
import { confidenceIn, poll } from './poll.ts'
import type { LeaseChange, SettledEvent, Settlement, UnitView } from './settle.ts'

export interface Decision {
  readonly state: UnitState
  readonly wanted: number
  /** The accepted output; null while undecided or failed. */
  readonly output: string | null
  readonly events: readonly SettledEvent[]
  readonly failedInputs: number
  readonly job: Settlement['job']
}
type Unit = Omit<UnitView, 'leases'> & { readonly leases: readonly LeaseChange[] }

const NON_DETERMINISTIC = 'non-deterministic: two of your own devices returned different outputs for the same input'

export function decide(unit: Unit, policy: Policy): Decision {
  const groups = groupAnswers(unit.leases, unit.alike)
  const owned = policy.ownSeals ? groups.filter((group) => group.leases.some((lease) => lease.own)) : []
  if (unit.state === 'failed' || unit.state === 'cancelled') return unchanged(unit)
  if (owned.length > 1 && !policy.verify) {
    return { ...unchanged(unit), output: acceptedOutput(unit), job: { state: 'paused', reason: NON_DETERMINISTIC } }
  }
  if (unit.state !== 'open') return review(unit, owned[0], policy)
  const certain = (policy.verify && passedGroup(groups)) || owned[0]
  if (certain) return accept(unit, certain, 'sealed', policy)
  const { best, missing: lacking, sealed } = poll(groups, policy)
  if (best && lacking === 0) return accept(unit, best, sealed ? 'sealed' : 'accepted', policy)
  const missing = policy.verify && !best ? 1 : lacking
  const failure = whyFailed(unit, groups.length, missing)
  if (failure) return fail(unit, failure, policy)
  const returned = groups.reduce((sum, group) => sum + group.leases.length, 0)
  return { ...unchanged(unit), wanted: Math.min(returned + missing, liveCount(unit.leases) + copiesLeft(unit)) }
}

/** Of what `verify` said yes to, that of the oldest lease. */
function passedGroup(groups: readonly Group[]): Group | undefined {
  const rowIn = ({ leases }: Group): number =>
    Math.min(...(leases as readonly LeaseChange[]).filter(({ passed }) => passed).map(({ row }) => row))
  return groups.filter((group) => Number.isFinite(rowIn(group))).sort((a, b) => rowIn(a) - rowIn(b))[0]
}

/** Copies that may still be given; `wanted` never asks for more, so that no query need know the limit. */
const copiesLeft = (unit: Unit): number => Math.max(0, UNIT_LIMITS.copies - unit.copies)

const unchanged = (unit: Unit): Decision => ({
  state: unit.state,
  wanted: unit.wanted,
  output: null,
  events: [],
  failedInputs: 0,
  job: null,
})

/**
 * A decided unit hears a late answer: an own device confirms it (sealed) or overrules strangers (retracted, then sealed), unless `verify`
 * may have said yes to both.
 */
function review(unit: Unit, own: Group | undefined, policy: Policy): Decision {
  const output = acceptedOutput(unit)
  if (!own || output === null) return { ...unchanged(unit), output }
  const confirms = own.output === output || unit.alike?.(own.output, output) === true
  if (confirms && unit.state === 'accepted') return accept(unit, { ...own, output }, 'sealed', policy, true)
  if (confirms || policy.verify) return { ...unchanged(unit), output }
  const wronglyFailed = unit.leases.find((lease) => lease.output === output)?.errors ?? 0
  const sealed = accept(unit, own, 'sealed', policy)
  const retracted: SettledEvent = { kind: 'retracted', leaseRow: null, output: null, error: null, confidence: 0, holders: 0 }
  return { ...sealed, events: [retracted, ...sealed.events], failedInputs: sealed.failedInputs - wronglyFailed }
}

const acceptedOutput = (unit: Unit): string | null => unit.leases.find((lease) => lease.state === 'agreed')?.output ?? null

function accept(unit: Unit, group: Group, state: 'accepted' | 'sealed', policy: Policy, again = false): Decision {
  const first = group.leases.find((lease) => lease.output === group.output)
  const errors = first?.errors ?? 0
  const holders = holdersOf(group)
  const isCertain = (group.leases as readonly LeaseChange[]).some(({ own, passed }) => passed || (policy.ownSeals && own))
  const confidence = isCertain ? 1 : confidenceIn(group, groupAnswers(unit.leases, unit.alike), policy)
  const failed = again ? 0 : errors
  return {
    state,
    wanted: unit.wanted,
    output: group.output,
    events: [{ kind: state, leaseRow: first?.row ?? null, output: group.output, error: null, confidence, holders }],
    failedInputs: failed,
    job: failed > 0 ? stopOnError(unit, policy) : null,
  }
}

/** Why no crowd will decide this unit any more, or undefined; `missing` agreeing answers would decide it. */
function whyFailed(unit: Unit, answers: number, missing: number): string | undefined {
  const lastNote = unit.leases.findLast((lease) => lease.note !== null)?.note
  if (unit.errored >= UNIT_LIMITS.errored)
    return `${unit.errored} tries could not finish it; the last one: ${lastNote ?? 'no reason given'}`
  if (answers >= UNIT_LIMITS.answers) return `${answers} different answers: the function is not deterministic`
  const inFlight = unit.leases.some(({ state }) => state === 'issued' || state === 'checking')
  if (copiesLeft(unit) >= missing || inFlight) return undefined
  const refused = unit.leases.filter(({ state }) => state === 'voided').length
  if (refused > 0) return `verify refused ${refused} results of ${unit.copies} copies; the last one: ${lastNote ?? 'no reason given'}`
  return `${unit.copies} copies without agreement; at most ${UNIT_LIMITS.copies} are given`
}

const stopOnError = (unit: Unit, policy: Policy): Decision['job'] =>
  policy.onError === 'stop' ? { state: 'failed', reason: `an input of unit ${unit.key} failed and onError is 'stop'` } : null

function fail(unit: Unit, error: string, policy: Policy): Decision {
  return {
    ...unchanged(unit),
    state: 'failed',
    events: [{ kind: 'failed', leaseRow: null, output: null, error, confidence: 0, holders: 0 }],
    failedInputs: unit.inputs,
    job: stopOnError(unit, policy),
  }
}
