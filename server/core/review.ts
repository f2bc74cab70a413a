/**
 * What becomes of a decided unit when something more is known of it? An own device confirms or overrules it; a strike takes votes away
 * (INTEGRITY T1); a differing audit re-opens what stands on one word (Q12); what its author passed since, a second voice or the closing
 * sample seals it (Q14, Q15). Rejected: deciding anew from all votes each time, which would let trust that rose since change old decisions
 * (T4).
 */
import { type Group, groupAnswers, type LeaseView } from './agreement.ts'
import { accept, acceptedOutput, type Decision, RETRACTED, type Unit, unchanged, wantMore } from './decision.ts'
import { independentHolders } from './networks.ts'
import type { Policy } from './policy.ts'
import { sealedBy } from './sealing.ts'
import { NEW_TRUST } from './trust.ts'

type Decide = (unit: Unit, policy: Policy) => Decision

export function review(unit: Unit, own: Group | undefined, policy: Policy, decide: Decide): Decision {
  const output = acceptedOutput(unit)
  if (unit.reopened) return decideReopened(unit, output, policy, decide)
  if (own) return hearOwn(unit, own, output, policy)
  if (unit.disputed || (unit.state === 'accepted' && output === null)) return reopen(unit, output, policy, decide)
  if (output === null || unit.state === 'sealed' || policy.targetError === undefined) return { ...unchanged(unit), output }
  const group = groupAnswers(unit.leases, unit.alike).find(({ leases }) => leases.some((lease) => lease.output === output))
  if (!group) return reopen(unit, output, policy, decide)
  if (unit.undone) return decideAgain(unit, output, policy, decide)
  const isFinal = sealedBy(standingOf(unit, group), policy.targetError) !== undefined
  return isFinal ? accept(unit, { ...group, output }, 'sealed', policy, true) : { ...unchanged(unit), output }
}

/** An own device confirms it (sealed) or overrules strangers (retracted, then sealed), unless `verify` may have said yes to both. */
function hearOwn(unit: Unit, own: Group, output: string | null, policy: Policy): Decision {
  if (output === null) return { ...unchanged(unit), output }
  const confirms = own.output === output || unit.alike?.(own.output, output) === true
  if (confirms && unit.state === 'accepted') return accept(unit, { ...own, output }, 'sealed', policy, true)
  if (confirms || policy.verify) return { ...unchanged(unit), output }
  const sealed = accept(unit, own, 'sealed', policy)
  return { ...sealed, events: [RETRACTED, ...sealed.events], failedInputs: sealed.failedInputs - errorsOf(unit, output) }
}

/** Its votes decide anew; where they say the same it was never in doubt. */
function decideAgain(unit: Unit, output: string, policy: Policy, decide: Decide): Decision {
  const again = decide({ ...unit, state: 'open' }, policy)
  if (again.output !== output) return reopen(unit, output, policy, decide)
  return again.state === unit.state ? { ...unchanged(unit), output } : { ...again, failedInputs: 0 }
}

/** What an admin re-opened stays as it is where the others say the same as finally; else it is open until somebody more has computed it (T5). */
function decideReopened(unit: Unit, accepted: string | null, policy: Policy, decide: Decide): Decision {
  const again = decide({ ...unit, state: 'open', reopened: false, undone: false }, policy)
  if (accepted !== null && again.output === accepted && again.state === 'sealed') {
    return unit.state === 'sealed' ? { ...unchanged(unit), output: accepted } : { ...again, failedInputs: 0 }
  }
  const { wanted } = wantMore(unit, 1)
  return { ...unchanged(unit), state: 'open', wanted, events: [RETRACTED], failedInputs: -errorsOf(unit, accepted) }
}

function reopen(unit: Unit, output: string | null, policy: Policy, decide: Decide): Decision {
  const again = decide({ ...unit, state: 'open', disputed: false, undone: false }, policy)
  return { ...again, events: [RETRACTED, ...again.events], failedInputs: again.failedInputs - errorsOf(unit, output) }
}

/** Inputs that failed with the output that was accepted, whatever became of its votes. */
const errorsOf = (unit: Unit, output: string | null): number =>
  unit.acceptedErrors ?? unit.leases.find((lease) => lease.output === output)?.errors ?? 0

/**
 * Of those behind it that are not suspect: the others hold up nothing, and take nothing away. Where engines differ later checks are left to
 * the store, which knows whose words they seal no more (T2a).
 */
function standingOf(unit: Unit, { leases }: Group) {
  const firm = leases.filter(({ trust = NEW_TRUST }) => !trust.suspect)
  const [author] = firm
  return {
    ...{ own: false, verified: leases.some(({ verified }) => verified), anySuspect: false },
    holders: independentHolders(firm),
    checksSince: author && !unit.engineSensitive ? checksSince(author) : 0,
    sampled: unit.sampled === true,
  }
}

const checksSince = ({ trust = NEW_TRUST, checksThen = 0 }: LeaseView): number => trust.checks - checksThen
