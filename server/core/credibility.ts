/**
 * How sure is a result? Sarmenta (2001), "Sabotage-tolerance mechanisms for volunteer computing systems": agreeing answers of holders of
 * credibility c have the log-odds Σ ln(c/(1−c)). Devices here count as new (c = 1 − f), whatever they earned: an estimate from below.
 */

/** The assumed share of saboteurs. */
export const ASSUMED_SABOTEURS = 0.2

/** Probability that an answer given by `holders` independent new holders is right, 0 to 1. An own device's word is 1, and what `verify` said yes to: by the job's own definition of right. */
export function confidenceOf(holders: number, certain: boolean): number {
  if (certain) return 1
  const odds = ((1 - ASSUMED_SABOTEURS) / ASSUMED_SABOTEURS) ** holders
  return odds / (1 + odds)
}
