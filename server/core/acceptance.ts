/**
 * Is the best answer believed? Credibility-based acceptance (Sarmenta 2001; INTEGRITY Q5): the heaviest group must reach theta = 1 −
 * target error, and with a differing live vote it needs two members, else one long-trusted word overrules a stranger who is right.
 * The floor of two holders until k = 10 needs no rule of its own: no target above 1e-2 is allowed and nobody is believed alone for 1e-2
 * before ten checks. Rejected: a fixed quorum, which needs seven votes for 1e-2 when a fifth of the votes are lies.
 */
import { credibilityOf, weightOf } from './credibility.ts'
import { isTrusted, type Trust } from './trust.ts'

export const LEAST_TARGET_ERROR = 1e-6
export const MOST_TARGET_ERROR = 1e-2

/** A group of equal answers on the scales. */
export interface Weighed {
  /** Σ ln(c/(1−c)) of its holders. */
  readonly weight: number
  readonly holders: number
}

export const weightOfDevice = ({ checks, anonymous }: Pick<Trust, 'checks' | 'anonymous'>): number =>
  weightOf(credibilityOf(checks, anonymous))

/** Index of the heaviest group, the first of equals; -1 when there is none. */
export function heaviest(groups: readonly Weighed[]): number {
  let best = groups.length > 0 ? 0 : -1
  for (let i = 1; i < groups.length; i++) if ((groups[i]?.weight ?? 0) > (groups[best]?.weight ?? 0)) best = i
  return best
}

/** Probability, 0 to 1, that group `index` is right. */
export function believed(groups: readonly Weighed[], index: number): number {
  let sum = 1
  for (const group of groups) sum += Math.exp(group.weight)
  return Math.exp(groups[index]?.weight ?? Number.NEGATIVE_INFINITY) / sum
}

/** Whether group `index` is accepted for the target. */
export function isAccepted(groups: readonly Weighed[], index: number, targetError: number): boolean {
  const group = groups[index]
  if (!group || (groups.length > 1 && group.holders < 2)) return false
  return believed(groups, index) >= 1 - targetError
}

/** Whether the device's word alone is accepted. */
export const sufficesAlone = (trust: Pick<Trust, 'checks' | 'suspect' | 'anonymous'>, targetError: number): boolean =>
  isTrusted(trust) && credibilityOf(trust.checks, trust.anonymous) >= 1 - targetError

/** Copies a fresh unit wants when `trust` asks for it. */
export const wantedAtFirst = (trust: Trust, targetError: number): 1 | 2 => (sufficesAlone(trust, targetError) ? 1 : 2)
