/**
 * When is an accepted answer final? (INTEGRITY Q14.) Being believed suffices to go on with; sealing defeats the device that behaves until
 * it is believed. Credit is earned when a unit is sealed. Rejected: sealing after a day, which a liar only has to wait for.
 */
import { ASSUMED_SABOTEURS } from './credibility.ts'

/** r: checks an author must pass after a result so that its word alone is sealed. */
export const checksToSeal = (targetError: number): number =>
  // The last digits of 1 − f must not turn a whole number of checks into one more.
  Math.ceil(Number((ASSUMED_SABOTEURS / (1 - ASSUMED_SABOTEURS) / (Math.E * targetError)).toPrecision(12)))

export interface Standing {
  readonly own: boolean
  readonly verified: boolean
  /** Live independent holders behind the answer. */
  readonly holders: number
  /** Whether one of them is suspect now. */
  readonly anySuspect: boolean
  /** Checks the author of a single word passed since it gave it. */
  readonly checksSince: number
  /** Whether the closing sample of its author agreed. */
  readonly sampled: boolean
}
export type SealedBy = 'own device' | 'verify' | 'agreement' | 'later checks' | 'closing sample'

/** What seals the unit, or undefined. */
export function sealedBy(standing: Standing, targetError: number): SealedBy | undefined {
  if (standing.own) return 'own device'
  if (standing.verified) return 'verify'
  if (standing.holders >= 2) return standing.anySuspect ? undefined : 'agreement'
  if (standing.holders === 1 && isProven(standing.checksSince, targetError)) return 'later checks'
  return standing.sampled ? 'closing sample' : undefined
}

/** Checks in all after which the word of an author that had passed `checks` is sealed. */
export const provenAt = (checks: number, targetError: number): number => checks + checksToSeal(targetError)

/** Whether an author that passed `checksSince` checks since a result stands behind it finally. */
export const isProven = (checksSince: number, targetError: number): boolean => checksSince >= checksToSeal(targetError)
