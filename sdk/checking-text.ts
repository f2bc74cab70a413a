/** How a job's results are checked and what that costs, in words for a terminal. */
import { overheadOf } from './overhead.ts'
import type { JobSnapshot, JobWaiting, Redundancy } from './protocol.ts'

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`

/** What was asked for. */
export function redundancyText(redundancy: Redundancy): string {
  if (redundancy === 'none') return 'by nobody: one word suffices'
  if ('quorum' in redundancy) return `${redundancy.quorum} independent holders must agree`
  return `an error of at most ${redundancy.targetError}, by what its devices have earned`
}

/** What was paid; empty before a unit was decided. */
export function overheadText(job: JobSnapshot): string {
  const { leasesPerUnit, auditShare, wastedShare } = overheadOf(job)
  if (leasesPerUnit === 0) return ''
  return `${leasesPerUnit.toFixed(2)} copies a unit, ${percent(auditShare)} of them checks, ${percent(wastedShare)} thrown away`
}

/** What is decided, and how firmly. */
export function certaintyText({ units, unitsAlone }: JobSnapshot): string {
  const alone = unitsAlone > 0 ? `, of which ${unitsAlone} ${unitsAlone === 1 ? 'stands' : 'stand'} on one word` : ''
  return `${units.sealed} sealed, ${units.accepted} accepted${alone}, ${units.failed} failed`
}

/** To which engine it keeps; empty where it does not. */
export function engineText({ engineClass, engineSensitive }: JobSnapshot): string {
  const differ = 'engines differ in its results'
  if (engineClass === undefined) return engineSensitive ? differ : ''
  return engineSensitive ? `${engineClass} alone, since ${differ}` : `${engineClass} alone`
}

/** What helps a job that the devices present can never decide, besides more of them. */
const WAYS = 'more devices, one of your own, `verify`, a fixed quorum or a less strict target help'

export const waitingText = ({ reason, needed, present }: JobWaiting): string =>
  `${reason}: ${needed} are needed, ${present} ${present === 1 ? 'is' : 'are'} here; ${WAYS}`
