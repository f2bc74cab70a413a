/**
 * When is a request answered with an audit, and of which unit? (INTEGRITY Q11.) The probability falls with what a device returned, so
 * that one which cheats once and behaves for ever leaves an error below the target at any age; a constant 5 % leaves 1.7e-2 at twenty
 * units a device. Below theta nothing is audited: every answer is copied anyway. Rejected: known answers made for the purpose
 * (Sarmenta's spotters), which cost work of their own and can be told from work.
 */

import { sufficesAlone } from './acceptance.ts'
import { ASSUMED_SABOTEURS } from './credibility.ts'
import type { Trust } from './trust.ts'

/** Decided units of a requirement class from which audits are drawn, the latest. */
export const AUDIT_POOL = 4096
/** Slots of the pool that are looked at for one audit. */
export const AUDIT_CANDIDATES = 16
export const LEAST_AUDITS = 0.05
/** Leases a unit may have had to be audited once more. */
const MOST_LEASES = 8

/** Probability that a request of the device for work of this job becomes an audit, 0 to 1. */
export function auditProbability(trust: Trust, targetError: number): number {
  if (trust.suspect) return 1
  if (!sufficesAlone(trust, targetError)) return 0
  return Math.max(LEAST_AUDITS, Math.min(1, ASSUMED_SABOTEURS / (2 * Math.E * targetError * trust.returned)))
}

/** A decided unit as a target of audits. */
export interface AuditTarget {
  readonly leases: number
  readonly inFlight: number
  /** Live holders behind its answer. */
  readonly standsOn: number
  /** Whether the asking device's holder (or its address) is among those who had it. */
  readonly excluded: boolean
}

export const isTarget = ({ leases, inFlight, excluded }: AuditTarget): boolean => !excluded && inFlight === 0 && leases < MOST_LEASES

/**
 * How well a candidate serves: 2 is taken at once, 1 when no candidate serves better, 0 never. Units that stand on one word come first; for
 * a suspect those that stand on more, since only an answer that is certain can clear or convict it.
 */
export function rankOf(target: AuditTarget, suspect: boolean): 0 | 1 | 2 {
  if (!isTarget(target)) return 0
  return target.standsOn > 1 === suspect ? 2 : 1
}

/** The slot of a pool of `size` that a random number in [0, 1) names. */
export const slotOf = (size: number, random: number): number => Math.floor(random * size)
