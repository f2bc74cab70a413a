/**
 * What happens at the end of a job, when nothing is left to give out? (INTEGRITY Q16; MapReduce's backup tasks, Dean and Ghemawat 2004.) An
 * idle device that is trusted gets a second copy of what somebody else is slow with, one more than the unit wants; the answer that decides the
 * unit ends the other. Rejected: waiting for the deadline, three times the p95 of all that a device holds, which one closed laptop makes the
 * length of a job; and copies for newcomers, whose word would want another copy.
 */
import type { LeaseView } from './agreement.ts'
import type { Settlement, UnitView } from './settle.ts'

/** Leases in flight of a unit that was decided just now though more copies were out than it wanted: nobody waits for them any more. */
export function overtaken<Lease extends LeaseView>(
  { state, live, wanted, leases }: Pick<UnitView, 'state' | 'live' | 'wanted'> & { readonly leases: readonly Lease[] },
  { unit, leases: changed }: Pick<Settlement, 'unit' | 'leases'>,
): Lease[] {
  if (state !== 'open' || unit.state === 'open' || live <= wanted) return []
  const ended = new Set(changed.map(({ row }) => row))
  return leases.filter((lease) => lease.state === 'issued' && !ended.has(lease.row))
}
