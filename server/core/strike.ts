/**
 * What does a strike undo? (INTEGRITY T1; Sarmenta's backtracking.) Answers that are not final fall; of the final ones that stand on the
 * device's word alone some are looked at again, and all when two differ; looking at all at once cascades when honest devices glitch: twice
 * the work. Who lost where only the engine it says it has explains it is not struck, and nothing of it falls; what is final is looked at in
 * the same way, or two such liars would seal together whatever they say before somebody else meets them (measured: 1.2e-3 wrong where 1e-3
 * was asked for; with it 1e-5). Rejected: a ban at the first strike, since honest memory errs, too.
 */

/** Sealed units of a struck device that get a re-audit at first. */
export const REAUDIT_SAMPLE = 30
const DIFFERING_FOR_ALL = 2

/** A vote of the struck device and what its unit stands on without it. */
export interface StruckVote {
  readonly unit: 'open' | 'accepted' | 'sealed'
  /** Whether the vote agrees with the accepted answer. */
  readonly won: boolean
  /** Other live holders behind the accepted answer. */
  readonly others: number
  /** Of these, the ones struck since they voted, or believed no more in the job since only their engine explains what they said. */
  readonly othersDoubted: number
  /** Whether the unit was looked at again before for this reason. */
  readonly reauditedBefore: boolean
  /** Whether the device is not struck, but lost where only its engine explains it (T2). @default false */
  readonly excused?: boolean
}
/** `void` the vote; `sample` the unit as one that stands on this word alone; `reaudit` it because everybody behind it was struck. */
export type Undoing = 'void' | 'sample' | 'reaudit' | 'keep'

export function undo({ unit, won, others, othersDoubted, reauditedBefore, excused = false }: StruckVote): Undoing {
  if (unit !== 'sealed') return excused ? 'keep' : 'void'
  if (!won) return 'keep'
  if (others === 0) return 'sample'
  return othersDoubted === others && !reauditedBefore ? 'reaudit' : 'keep'
}

/** Re-audits to plan at once of `sealedAlone` units. */
export const reauditsAtFirst = (sealedAlone: number): number => Math.min(sealedAlone, REAUDIT_SAMPLE)

/** Whether all the others are looked at, too. */
export const reauditAll = (differing: number): boolean => differing >= DIFFERING_FOR_ALL
