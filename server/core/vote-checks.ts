/**
 * A vote is a check too (INTEGRITY Q13): whoever gave an answer on which two holders agreed has passed one, once per unit, whoever gave
 * another has failed one, unless T2 explains the difference. This makes trust free where copies are needed anyway; Sarmenta's devices earn
 * it by spot-checks alone, which costs twice the work at a hundred units a device.
 */
import { isExempt, type Juror } from './exemption.ts'

export interface Voter extends Juror {
  /** Whether it agrees with the accepted answer. */
  readonly won: boolean
  /** Whether this unit was a check for it before. */
  readonly checked: boolean
}
export type VoteVerdict = 'passed' | 'struck' | 'unjudged'

/** The verdict for one voter of a unit that was accepted with `winners`. */
export function judgeVote(voter: Voter, winners: readonly Juror[], isolated: boolean): VoteVerdict {
  if (voter.checked || winners.length < 2) return 'unjudged'
  if (voter.won) return 'passed'
  return isExempt(voter, winners, isolated) ? 'unjudged' : 'struck'
}
