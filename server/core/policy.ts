/**
 * What a job asks of its results, as numbers that queries obey. The limits stop a unit that no crowd will ever agree on
 * (INTEGRITY Q6); without them a non-deterministic function would be copied for ever.
 */
import type { Redundancy } from '../../sdk/protocol.ts'

export const UNIT_LIMITS = {
  /** `errored` leases after which a unit fails. */
  errored: 3,
  /** Leases given as copies. */
  copies: 10,
  /** Different answers. */
  answers: 7,
} as const
/** Units with at least `DISPUTED_ANSWERS` different answers that pause their job as non-deterministic. */
export const DISPUTED_UNITS = 3
export const DISPUTED_ANSWERS = 3
/** Units of one job that may wait for another opinion; above it only opinions are handed out (DESIGN §3). */
export const HALF_LIMIT = 10_000

export interface Policy {
  /** Holders that must agree, 1 to 10. */
  readonly quorum: number
  /** The error asked for, 1e-6 to 1e-2; then trust decides and `quorum` does not. */
  readonly targetError?: number | undefined
  /** Whether one own device's word seals. */
  readonly ownSeals: boolean
  readonly onError: 'continue' | 'stop'
  /** Whether an output is looked at by the job's `verify` before it counts; one that passes suffices. @default false */
  readonly verify?: boolean
  /** Whether the job is a researcher's, not the operator's: what its `verify` says is no check for anybody. @default false */
  readonly partisan?: boolean
}

/** Copies a fresh unit wants where trust decides and nobody is trusted yet. */
const COPIES_OF_THE_NEW = 2

/** What a job's rows keep of its redundancy. */
export interface Demand {
  /** Holders that must agree; where there is a target error, copies of a fresh unit. */
  readonly quorum: number
  readonly targetError?: number | undefined
}

export function demandOf(redundancy: Redundancy): Demand {
  if (redundancy === 'none') return { quorum: 1 }
  if ('quorum' in redundancy) return { quorum: redundancy.quorum }
  return { quorum: COPIES_OF_THE_NEW, targetError: redundancy.targetError }
}

/** Copies of a unit that nobody has computed: where `verify` judges, one answer may do. */
export const firstWanted = ({ quorum, verify }: { readonly quorum: number; readonly verify?: unknown }): number =>
  verify === undefined ? quorum : 1

/** The inverse of `demandOf`. */
export function redundancyOf({ quorum, targetError }: Demand): Redundancy {
  if (targetError !== undefined) return { targetError }
  return quorum === 1 ? 'none' : { quorum }
}
