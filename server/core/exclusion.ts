/**
 * When is a device kept from a job, and when banned? (INTEGRITY T3.) Strikes of honest devices are rare (0.2 % of checks), so what counts
 * is not their number but the rate that is certain: the lower end of Wilson's score interval (Wilson 1927). One job alone never bans.
 * Rejected: a ban at the second strike, which meets every honest device in the end.
 */
const STRIKES = 3
const Z = 1.96
const TOLERATED_RATE = 0.015
const STRIKERS_FOR_BAN = 2

/** Lower end of the 95 % score interval of a share, 0 to 1. */
export function wilsonLowerBound(hits: number, of: number): number {
  if (of <= 0) return 0
  const share = hits / of
  const z2 = Z * Z
  const centre = share + z2 / (2 * of)
  const half = Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of))
  return Math.max(0, (centre - half) / (1 + z2 / of))
}

/** Whether the device is kept from the job. */
export const isExcluded = ({ strikes, checked }: { readonly strikes: number; readonly checked: number }): boolean =>
  strikes >= STRIKES && wilsonLowerBound(strikes, checked) > TOLERATED_RATE

/** Whether it is banned: excluded, by strikes of two researchers at least, or in two jobs of the operator. */
export const isBanned = (record: { readonly strikes: number; readonly checked: number }, strikers: number): boolean =>
  strikers >= STRIKERS_FOR_BAN && isExcluded(record)

export interface StruckBy {
  readonly winners: number
  /** Winners that were struck since. */
  readonly struckSince: number
  /** Whether the unit was looked at again for that (T1) and its answer did not stand. */
  readonly answerFell: boolean
}
/**
 * Whether a strike is taken back. That everybody who won was struck since is not enough: in a long life honest devices are, too, and would
 * clear the liars they caught.
 */
export const isReverted = ({ winners, struckSince, answerFell }: StruckBy): boolean => answerFell && struckSince >= winners
