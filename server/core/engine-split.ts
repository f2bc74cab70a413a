/**
 * Do engines explain why answers differ, and which one decides then? (INTEGRITY T2a.) They do where every class of engines says one thing and
 * two classes do not say the same: V8, SpiderMonkey and JavaScriptCore differ in the last bits of Math, in texts and in the orders of Intl.
 * Such a unit is no sign of chance: instead of failing it is decided by the class with the most voices, two at least, and with it its job.
 * Rejected: choosing a class as soon as one could decide alone, which would let liars who claim an engine of their own outvote everybody.
 */
import { type Alike, groupAnswers, isUndone, isVote, type LeaseView } from './agreement.ts'
import { largestClass, SOME_STANDING } from './exemption.ts'
import { jurorOf, type TrustChange } from './judge-votes.ts'
import { independentHolders, voicesOf } from './networks.ts'
import { DISPUTED_ANSWERS } from './policy.ts'
import { NEW_TRUST } from './trust.ts'

/** Voices of a class that may decide for all. */
const VOICES = 2

/** Whether the votes differ, and nothing but their engines tells them apart. */
export function differByEngine(leases: readonly LeaseView[], alike?: Alike): boolean {
  const groups = groupAnswers(leases, alike)
  const said = new Map<string | undefined, number>()
  for (const [i, group] of groups.entries())
    for (const { engineClass } of group.leases) {
      if (engineClass === undefined || (said.get(engineClass) ?? i) !== i) return false
      said.set(engineClass, i)
    }
  return groups.length > 1
}

/** The class in which a job goes on whose unit engines tell apart, or undefined. */
export function classToDecide(leases: readonly LeaseView[], alike?: Alike): string | undefined {
  if (!differByEngine(leases, alike)) return undefined
  const [chosen, voices] = strongest(leases.filter(isVote))
  return voices >= VOICES ? chosen : undefined
}

/**
 * The class of those who won against another, who are not struck for it, where at least two are of it; those whose word is certain before all
 * others. Undefined where they are of different engines themselves, and where one alone could choose. It says that engines differ, and not which
 * one computes the job: two who lie together with an engine of their own win as well.
 */
export function classOfWinners(leases: readonly LeaseView[], trust: readonly TrustChange[], ownSeals: boolean): string | undefined {
  if (!trust.some(({ verdict }) => verdict === 'engine')) return undefined
  const winners = leases.filter((lease) => lease.state === 'agreed' && isVote(lease) && lease.engineClass !== undefined)
  const certain = winners.filter(({ own, verified }) => (ownSeals && own) || verified)
  if (certain.length > 0) return strongest(certain)[0]
  const [chosen, voices] = strongest(winners)
  return voices >= VOICES ? chosen : undefined
}

/** The share of all that the devices here have earned which a class must have to decide for all: more than all liars are assumed to have. */
const LEAST_SHARE = 1 / 3

/**
 * The class that computes a job alone in which engines were seen to differ, by what the devices of each have earned, as the weights of their voices:
 * the one with most, and a third of it at least. Undefined where none leads. Rejected: the class of those who won, which two liars are who come first.
 */
export function leadingClass(weights: ReadonlyMap<string, number>): string | undefined {
  const [first, second] = [...weights].sort(([, a], [, b]) => b - a)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return first && first[1] > (second?.[1] ?? 0) && first[1] >= LEAST_SHARE * total ? first[0] : undefined
}

/** The votes that fell since another engine computes the job, and that said another thing than what is `accepted` now. */
export const fallenApart = (leases: readonly LeaseView[], engineClass: string | undefined, accepted: string, alike?: Alike): LeaseView[] =>
  leases.filter(
    (lease) =>
      engineClass !== undefined &&
      lease.state === 'voided' &&
      lease.engineClass !== engineClass &&
      ![accepted, null].includes(lease.output) &&
      !(lease.own || isUndone(lease) || lease.votes === false || lease.refusedBy) &&
      !alike?.(accepted, lease.output ?? ''),
  )

/** Whether somebody else of the loser's engine, independent of it and not suspect, says the same: only then its engine may explain the answer. */
export const isSupported = (loser: LeaseView, leases: readonly LeaseView[], alike?: Alike): boolean =>
  leases.some(
    (lease) =>
      lease.engineClass === loser.engineClass &&
      independentHolders([loser, lease]) === 2 &&
      lease.output !== null &&
      (lease.output === loser.output || alike?.(loser.output ?? '', lease.output) === true) &&
      !(isUndone(lease) || lease.votes === false || lease.trust?.suspect || lease.refusedBy),
  )

/**
 * Different answers that nothing explains: of engines that differ each says one. Those of suspects alone say nothing (Q6), nor do those of
 * newcomers beside the one answer of somebody of some standing: two who lie could pause any job with them.
 */
export function disputes(leases: readonly LeaseView[], alike?: Alike): boolean {
  if (leases.length < DISPUTED_ANSWERS) return false
  const firm = leases.filter(({ own, trust }) => own || trust?.suspect !== true)
  const groups = groupAnswers(firm, alike)
  if (groups.length < DISPUTED_ANSWERS || differByEngine(firm, alike)) return false
  return groups.filter(({ leases }) => leases.some(({ own, trust = NEW_TRUST }) => own || trust.checks >= SOME_STANDING)).length !== 1
}

/** The class with the most voices, and how many these are. */
function strongest(leases: readonly LeaseView[]): [engineClass: string | undefined, voices: number] {
  const voices = voicesOf(leases).flatMap((voice) => voice.slice(-1).map(jurorOf))
  const chosen = largestClass(voices)
  return [chosen, voices.filter(({ engineClass }) => engineClass === chosen).length]
}
