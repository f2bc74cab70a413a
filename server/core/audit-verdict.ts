/**
 * What does an audit's answer mean? (INTEGRITY Q12, Q15, T1.) An audit checks its device, and the author of a unit that stands on one word.
 * Against a single word it proves nobody wrong: the unit re-opens with both votes, the next copies decide and the loser is struck by the
 * vote (Q13). Rejected: striking whoever contradicts an accepted answer, which lets a liar convict the honest who audit it.
 */

export interface AuditAnswer {
  readonly agrees: boolean
  /** Live, non-suspect holders behind the answer that was decided without the auditor. */
  readonly behind: number
  /** An own device or a passed `verify` stands behind it. */
  readonly certain: boolean
  /** The auditor's vote is not counted while it is checked itself. */
  readonly suspect: boolean
  /** A look at what a device did that was struck since (T1); it never strikes its auditor. */
  readonly again: boolean
}
export interface AuditVerdict {
  readonly auditor: 'passed' | 'struck' | 'unjudged'
  /** Of the author of a single word: passed counts once per unit. */
  readonly author: 'passed' | 'unjudged'
  /** `retract`: re-open with both votes. */
  readonly unit: 'keep' | 'retract'
  /** Whether the answer joins the unit's votes. */
  readonly votes: boolean
}

const verdict = (auditor: AuditVerdict['auditor'], author: AuditVerdict['author'], unit: AuditVerdict['unit'], votes: boolean) =>
  ({ auditor, author, unit, votes }) as const
const CONFIRMED = verdict('passed', 'passed', 'keep', true)
const CONFIRMED_AGAIN = verdict('passed', 'unjudged', 'keep', true)
const SUSPECT_PASSED = verdict('passed', 'unjudged', 'keep', false)
const CONVICTED = verdict('struck', 'unjudged', 'keep', true)
const SUSPECT_CONVICTED = verdict('struck', 'unjudged', 'keep', false)
const DISPUTED = verdict('unjudged', 'unjudged', 'retract', true)

export function judgeAudit({ agrees, behind, certain, suspect, again }: AuditAnswer): AuditVerdict {
  if (agrees) return suspect ? SUSPECT_PASSED : again || certain || behind !== 1 ? CONFIRMED_AGAIN : CONFIRMED
  if (again || (behind < 2 && !certain)) return DISPUTED
  return suspect ? SUSPECT_CONVICTED : CONVICTED
}
