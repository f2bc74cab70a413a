/**
 * When is a different answer no lie? (INTEGRITY T2 a, b.) Engines differ in the last bits of Math's functions, and a realm that is used
 * for many units may carry something over. So a loser whose engine class is that of no winner is not struck, the job is marked
 * `engineSensitive` and decided in its largest class; nor is one in a first disagreement among devices of some standing, before the unit
 * was run in a realm of its own. The class is what a device says of itself, so it excuses and proves nothing: in the job nothing stands on
 * the loser's word alone any more, and where nobody of its class says the same it is believed like a newcomer. Rejected: comparing with a
 * tolerance everywhere, which hides lies as well as bits; a strike for who is alone in its class, the lot of an honest device of a rare engine.
 */

export interface Juror {
  /** Engine and major version, e.g. `v8-140`. */
  readonly engineClass: string
  /** k. */
  readonly checks: number
}
export type Exempt = 'engine' | 'isolation'

/** k from which a disagreement is first looked at with `isolation: 'unit'`. */
export const SOME_STANDING = 3

/**
 * Disagreements of a device in one job that only its engine explains; after so many it is kept from the job, without a strike, and none of the
 * further ones has what it said looked at again: with thousands of units in hand it would have all of them looked through thousands of times.
 */
export const MOST_OF_ENGINE = 3
/** Whether the device is kept from a job that its engine computes in another way: it would be outvoted for ever, or lie under that cover. */
export const isEstranged = (disagreements: number): boolean => disagreements >= MOST_OF_ENGINE

/** Why the loser is not struck, or undefined. `isolated`: a copy of the unit ran in a realm of its own. */
export function isExempt(loser: Juror, winners: readonly Juror[], isolated: boolean): Exempt | undefined {
  if (winners.every(({ engineClass }) => engineClass !== loser.engineClass)) return 'engine'
  if (!isolated && loser.checks >= SOME_STANDING && winners.every(({ checks }) => checks >= SOME_STANDING)) return 'isolation'
  return undefined
}

/** The engine class with the most voters, ties by what these have passed, then by name: the one that decides an `engineSensitive` job. */
export function largestClass(voters: readonly Juror[]): string | undefined {
  const classes = Map.groupBy(voters, ({ engineClass }) => engineClass)
  const checksOf = (of: readonly Juror[]): number => of.reduce((sum, { checks }) => sum + checks, 0)
  const order = [...classes].sort(
    ([a, many], [b, more]) => more.length - many.length || checksOf(more) - checksOf(many) || (a < b ? -1 : 1),
  )
  return order[0]?.[0]
}
