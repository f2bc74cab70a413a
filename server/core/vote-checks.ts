/**
 * A vote is a check too (INTEGRITY Q13): whoever gave an answer on which two holders agreed has passed one, once per unit, whoever gave
 * another has failed one, unless T2 explains the difference. This makes trust free where copies are needed anyway; Sarmenta's devices earn
 * it by spot-checks alone, which costs twice the work at a hundred units a device. Who differs is judged by those who are more likely right
 * than all others together, and struck by those who are right with 99 %: a fixed quorum may be two newcomers, whose word must not be the end of
 * a device that a thousand checks stand behind.
 */
import { MOST_TARGET_ERROR } from './acceptance.ts'
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
  /** Probability, 0 to 1, that they are right, by what all have earned who answered. */
  readonly belief: number
  /** A copy of the unit ran in a realm of its own (T2). */
  readonly isolated: boolean
}

/** The verdict for one voter of a unit that was accepted. */
export function judgeVote(voter: Voter, { winners, certain, belief, isolated }: Trial): VoteVerdict {
  if (voter.checked || (!certain && (winners.length < 2 || belief <= 0.5))) return 'unjudged'
  if (voter.won) return 'passed'
  return isExempt(voter, winners, isolated) ?? (certain || belief >= 1 - MOST_TARGET_ERROR ? 'struck' : 'unjudged')
}
