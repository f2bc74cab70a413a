import type { JobSnapshot } from './protocol.ts'

/** What a job paid so that its results can be believed; each number is measured, 0 while nothing is. */
export interface Overhead {
  /** Leases for each unit that is accepted or sealed: 1 where nothing was computed twice. */
  readonly leasesPerUnit: number
  /** Share of the leases that checked what was decided, 0 to 1. */
  readonly auditShare: number
  /** Share of the leases whose answer was thrown away, 0 to 1. */
  readonly wastedShare: number
}

export function overheadOf({ leases, audits, wasted, units }: Pick<JobSnapshot, 'leases' | 'audits' | 'wasted' | 'units'>): Overhead {
  const decided = units.accepted + units.sealed
  return {
    leasesPerUnit: decided > 0 ? leases / decided : 0,
    auditShare: leases > 0 ? audits / leases : 0,
    wastedShare: leases > 0 ? Math.min(1, wasted / leases) : 0,
  }
}
