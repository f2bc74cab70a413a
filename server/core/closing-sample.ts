/**
 * What happens when nothing is left to compute? (INTEGRITY Q15.) Of the units that stand on one author's word alone some are leased to
 * other holders: the last units of every device would otherwise never be followed by checks. Rejected: copying all of them, 40 % of a job
 * at 500 units a device.
 */
const SAMPLED_SHARE = 0.05
/** Seconds a job waits for somebody to take its sample; then it finishes with units that are accepted and not sealed. */
export const CLOSING_SECONDS = 600

/** Units to sample of `alone` that stand on one author's word. */
export const sampleSize = (alone: number): number => (alone > 0 ? Math.max(1, Math.ceil(SAMPLED_SHARE * alone)) : 0)
