import type { LeaseView } from '../../server/core/agreement.ts'
import type { Policy } from '../../server/core/policy.ts'
import { NEW_TRUST, type Trust } from '../../server/core/trust.ts'
import { answerOf, issued } from './crowd.ts'

/** A job for which trust decides. */
export const believing = (targetError = 1e-2, change: Partial<Policy> = {}): Policy => ({
  ...{ quorum: 2, targetError, ownSeals: false, onError: 'continue' },
  ...change,
})

export const earned = (checks: number, change: Partial<Trust> = {}): Trust => ({ ...NEW_TRUST, checks, checked: checks, ...change })
/** Struck once, and not cleared yet. */
export const SUSPECT = earned(0, { strikes: 1, trustEpoch: 1, suspect: true })

/** A lease of holder `row` that was not returned. */
export const asked = (row: number, trust: Trust = NEW_TRUST, change: Partial<LeaseView> = {}): LeaseView => ({
  ...issued(row),
  ...{ trustId: row, trust, engineClass: 'v8-13', isolated: true, kind: 'copy' },
  ...change,
})

/** One that gave its answer with what its device has now. */
export const answered = (
  row: number,
  state: 'pending' | 'agreed' | 'disagreed',
  letter: string,
  trust: Trust = NEW_TRUST,
  change: Partial<LeaseView> = {},
): LeaseView =>
  asked(row, trust, { state, output: answerOf(letter), epoch: trust.trustEpoch, checksThen: trust.checks, votes: true, ...change })

/** The same lease after its device was struck. */
export const struckSince = (lease: LeaseView): LeaseView => {
  const { trust = NEW_TRUST } = lease
  return { ...lease, trust: { ...trust, checks: 0, strikes: trust.strikes + 1, trustEpoch: trust.trustEpoch + 1, suspect: true } }
}
