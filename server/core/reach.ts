/**
 * Can the devices present ever reach the target? (INTEGRITY Q10.) Copies that cannot lead to acceptance are not leased; the job says how
 * many devices it needs instead of hanging. Newcomers are counted as they are: two that agree give 0.941, three 0.985, four 0.996.
 */
import { heaviest, isAccepted, type Weighed, weightOfDevice } from './acceptance.ts'
import { NEW_WEIGHT, weightOf } from './credibility.ts'
import { type Demand, UNIT_LIMITS } from './policy.ts'
import type { Trust } from './trust.ts'

export interface Reach {
  readonly enough: boolean
  /** Holders needed in all, those present included. */
  readonly needed: number
  readonly present: number
}

/** `present`: one device of each holder that may have a unit of the job, its most credible one. */
export function reachOf(present: readonly Pick<Trust, 'checks' | 'anonymous'>[], targetError: number): Reach {
  // A unit has copies for so many holders at most.
  const weights = present
    .map(weightOfDevice)
    .sort((a, b) => b - a)
    .slice(0, UNIT_LIMITS.copies)
  let missing = weightOf(1 - targetError)
  let needed = 0
  for (const weight of weights) {
    if (missing <= EPSILON) break
    missing -= weight
    needed += 1
  }
  const newcomers = missing <= EPSILON ? 0 : Math.ceil(missing / NEW_WEIGHT - EPSILON)
  return { enough: newcomers === 0, needed: newcomers === 0 ? needed : present.length + newcomers, present: present.length }
}
const EPSILON = 1e-9

/** Whether another copy of a unit can lead anywhere: what agrees already and everybody who may still be asked reach the target. */
export const isWorthACopy = (weight: number, remaining: readonly Pick<Trust, 'checks' | 'anonymous'>[], targetError: number): boolean =>
  remaining.reduce((sum, trust) => sum + weightOfDevice(trust), weight) >= weightOf(1 - targetError) - EPSILON

/** The answers to a unit if these agree with the best of them too. */
export function joined(answers: readonly Weighed[], weights: readonly number[]): Weighed[] {
  const best = Math.max(0, heaviest(answers))
  const all = answers.length > 0 ? answers : [{ weight: 0, holders: 0 }]
  const more = weights.reduce((sum, weight) => sum + weight, 0)
  return all.map((each, i) => (i === best ? { weight: each.weight + more, holders: each.holders + weights.length } : each))
}

/** How many newcomers decide a unit that has these answers when all of them agree with the best one. */
export function newcomersFor(answers: readonly Weighed[], { quorum, targetError }: Demand): number {
  if (targetError === undefined) {
    const agreed = Math.max(0, ...answers.map(({ holders }) => holders))
    return Math.max(0, Math.max(quorum, answers.length > 1 ? 2 : 1) - agreed)
  }
  for (let count = 0; count < UNIT_LIMITS.copies; count++) {
    const then = joined(answers, Array<number>(count).fill(NEW_WEIGHT))
    if (isAccepted(then, heaviest(then), targetError)) return count
  }
  return UNIT_LIMITS.copies
}
