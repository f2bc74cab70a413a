/**
 * How sure is a result? Sarmenta (2001), "Sabotage-tolerance mechanisms for volunteer computing systems" (INTEGRITY Q4): a device that
 * passed k checks is right with probability 1 − f/(1−f)/(k·e) at least, because a liar of rate s survives k checks with (1−s)^k and
 * s(1−s)^k is largest at s = 1/(k+1). Agreeing answers have the log-odds Σ ln(c/(1−c)). Rejected: estimating f from what was caught,
 * which liars that wait would lower.
 */

/** The assumed share of saboteurs. */
export const ASSUMED_SABOTEURS = 0.2
/** Nobody alone is believed beyond this. */
export const MOST_CREDIBLE = 0.9995

/** Probability, 0 to 1, that a word is right after `checks` passed since the last failure. An anonymous device may come back under another name: for it 1 − f/k. */
export function credibilityOf(checks: number, anonymous = false, saboteurs = ASSUMED_SABOTEURS): number {
  if (checks <= 0) return 1 - saboteurs
  const doubt = anonymous ? saboteurs / checks : saboteurs / (1 - saboteurs) / (checks * Math.E)
  return Math.min(MOST_CREDIBLE, Math.max(1 - saboteurs, 1 - doubt))
}

/** What a word of this credibility adds to its group: its log-odds. */
export const weightOf = (credibility: number): number => Math.log(credibility / (1 - credibility))

/** The log-odds of a newcomer's word. */
export const NEW_WEIGHT = weightOf(1 - ASSUMED_SABOTEURS)

/** Probability, 0 to 1, that a group of log-odds `weight` is right when the other groups have `others`: exp(L) / (1 + Σ exp(L_j)). */
export function groupCredibility(weight: number, others: readonly number[]): number {
  const odds = Math.exp(weight)
  return odds / (1 + odds + others.reduce((sum, other) => sum + Math.exp(other), 0))
}
