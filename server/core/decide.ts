/**
 * Is the unit decided? The question every settlement ends with. The poll accepts when enough independent holders agree, or trusted ones; an
 * own device's word seals at once, and so does what `verify` said yes to; an answer nobody can agree on fails the unit (INTEGRITY Q5, Q6, Q9,
 * Q14).
 */
import { type Group, groupAnswers } from './agreement.ts'
import { accept, acceptedOutput, copiesLeft, type Decision, fail, type Unit, unchanged, wantMore } from './decision.ts'
import { type Policy, UNIT_LIMITS } from './policy.ts'
import { poll } from './poll.ts'
import { review } from './review.ts'

const NON_DETERMINISTIC = 'non-deterministic: two of your own devices returned different outputs for the same input'

export function decide(unit: Unit, policy: Policy): Decision {
  const groups = groupAnswers(unit.leases, unit.alike)
  const owned = policy.ownSeals ? groups.filter((group) => group.leases.some((lease) => lease.own)) : []
  if (unit.state === 'failed' || unit.state === 'cancelled') return unchanged(unit)
  if (owned.length > 1 && !policy.verify) {
    return { ...unchanged(unit), output: acceptedOutput(unit), job: { state: 'paused', reason: NON_DETERMINISTIC } }
  }
  return unit.state === 'open' ? decideOpen(unit, groups, owned[0], policy) : review(unit, owned[0], policy, decide)
}

function decideOpen(unit: Unit, groups: readonly Group[], own: Group | undefined, policy: Policy): Decision {
  const certain = (policy.verify && passedGroup(groups)) || own
  if (certain) return accept(unit, certain, 'sealed', policy)
  const { best, missing: lacking, sealed } = poll(groups, policy)
  if (best && lacking === 0) return accept(unit, best, sealed ? 'sealed' : 'accepted', policy)
  const missing = policy.verify && !best ? 1 : lacking
  const failure = whyFailed(unit, groups.length, missing)
  if (failure) return fail(unit, failure, policy)
  return wantMore(unit, missing)
}

/** Of what `verify` said yes to, that of the oldest lease. */
function passedGroup(groups: readonly Group[]): Group | undefined {
  const rowIn = ({ leases }: Group): number => Math.min(...leases.filter(({ verified }) => verified).map(({ row }) => row))
  return groups.filter((group) => Number.isFinite(rowIn(group))).sort((a, b) => rowIn(a) - rowIn(b))[0]
}

/** Why no crowd will decide this unit any more, or undefined; `missing` agreeing answers would decide it. */
function whyFailed(unit: Unit, answers: number, missing: number): string | undefined {
  const lastNote = unit.leases.findLast((lease) => lease.note !== null)?.note
  const isUnderWay = unit.leases.some(({ state }) => state === 'issued' || state === 'checking')
  const canStillBe = copiesLeft(unit) >= missing || isUnderWay
  const isAnswered = answers > 0 || unit.leases.some(({ state }) => state === 'checking')
  // What somebody has computed can be computed: that others failed at it does not take that answer away.
  if (unit.errored >= UNIT_LIMITS.errored && !(isAnswered && canStillBe))
    return `${unit.errored} tries could not finish it; the last one: ${lastNote ?? 'no reason given'}`
  if (answers >= UNIT_LIMITS.answers) return `${answers} different answers: the function is not deterministic`
  if (canStillBe) return undefined
  const refused = unit.leases.filter(({ state }) => state === 'voided').length
  if (refused > 0)
    return `${whoRefused(unit.leases)} refused ${refused} results of ${unit.copies} copies; the last one: ${lastNote ?? 'no reason given'}`
  return `${unit.copies} copies without agreement; at most ${UNIT_LIMITS.copies} are given`
}

const whoRefused = (leases: Unit['leases']): string =>
  leases.some(({ state, refusedBy }) => state === 'voided' && refusedBy === 'reject') ? 'its researcher' : 'verify'
