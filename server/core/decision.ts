/** What a settlement decides of a unit, and the ways to say it; how it comes to a decision is in `decide` and `review`. */
import type { UnitState } from '../../sdk/protocol.ts'
import { type Group, groupAnswers, hasAnswer, holdersOf, liveCount } from './agreement.ts'
import { type Policy, UNIT_LIMITS } from './policy.ts'
import { confidenceIn } from './poll.ts'
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
export type Unit = Omit<UnitView, 'leases'> & { readonly leases: readonly LeaseChange[] }

export const RETRACTED: SettledEvent = { kind: 'retracted', leaseRow: null, output: null, error: null, confidence: 0, holders: 0 }

export const unchanged = (unit: Unit): Decision => ({
  state: unit.state,
  wanted: unit.wanted,
  output: null,
  events: [],
  failedInputs: 0,
  job: null,
})

/** What a decided unit was decided for. */
export const acceptedOutput = (unit: Unit): string | null => unit.leases.find((lease) => lease.state === 'agreed')?.output ?? null

/** Copies that may still be given; `wanted` never asks for more, so that no query need know the limit. */
export const copiesLeft = (unit: Unit): number => Math.max(0, UNIT_LIMITS.copies - unit.copies)

/** `again` where it was accepted before, for the same. */
export function accept(unit: Unit, group: Group, state: 'accepted' | 'sealed', policy: Policy, again = false): Decision {
  const first = group.leases.find((lease) => lease.output === group.output)
  const errors = first?.errors ?? 0
  const holders = holdersOf(group)
  const isCertain = group.leases.some(({ own, verified }) => verified || (policy.ownSeals && own))
  const confidence = isCertain ? 1 : confidenceIn(group, groupAnswers(unit.leases, unit.alike))
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

export function fail(unit: Unit, error: string, policy: Policy): Decision {
  return {
    ...unchanged(unit),
    state: 'failed',
    events: [{ kind: 'failed', leaseRow: null, output: null, error, confidence: 0, holders: 0 }],
    failedInputs: unit.inputs,
    job: stopOnError(unit, policy),
  }
}

/** More copies are wanted of the unit: `missing` beside the answers it has, whether or not these are votes. */
export function wantMore(unit: Unit, missing: number): Decision {
  return { ...unchanged(unit), wanted: Math.min(unit.leases.filter(hasAnswer).length + missing, liveCount(unit.leases) + copiesLeft(unit)) }
}

const stopOnError = (unit: Unit, policy: Policy): Decision['job'] =>
  policy.onError === 'stop' ? { state: 'failed', reason: `an input of unit ${unit.key} failed and onError is 'stop'` } : null
