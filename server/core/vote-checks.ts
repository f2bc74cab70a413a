/**
 * A vote is a check too (INTEGRITY Q13): whoever gave an answer on which two holders agreed has passed one, once per unit, whoever gave
 * another has failed one, unless T2 explains the difference. This makes trust free where copies are needed anyway; Sarmenta's devices earn
 * it by spot-checks alone, which costs twice the work at a hundred units a device.
 */
import { type Exempt, isExempt, type Juror } from './exemption.ts'

export interface Voter extends Juror {
  /** Whether it agrees with the accepted answer. */
  readonly won: boolean
  /** Whether this unit was a check for it before. */
  readonly checked: boolean
}
/** `engine` and `isolation` say why a loser is not struck. */
export type VoteVerdict = 'passed' | 'struck' | 'unjudged' | Exempt

export interface Trial {
  readonly winners: readonly Juror[]
  /** An own device or a passed `verify` is among them: then one is enough. */
  readonly certain: boolean
  /** A copy of the unit ran in a realm of its own (T2). */
  readonly isolated: boolean
}

/** The verdict for one voter of a unit that was accepted. */
export function judgeVote(voter: Voter, { winners, certain, isolated }: Trial): VoteVerdict {
  if (voter.checked || (winners.length < 2 && !certain)) return 'unjudged'
  if (voter.won) return 'passed'
  return isExempt(voter, winners, isolated) ?? 'struck'
}
