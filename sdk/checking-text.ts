/** How a job's results are checked and what that costs, in words for a terminal. */
import { overheadOf } from './overhead.ts'
import type { JobSnapshot, JobWaiting, Redundancy } from './protocol.ts'

/** The largest one that a job may ask for. */
const LARGEST_TARGET_ERROR = 1e-2

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`

/** What was asked for. */
export function redundancyText({ redundancy, verify }: Pick<JobSnapshot, 'redundancy' | 'verify'>): string {
  return verify ? `by its \`verify\`; where its code throws: ${agreementText(redundancy)}` : agreementText(redundancy)
}

function agreementText(redundancy: Redundancy): string {
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

/** What helps a job that the devices present can never decide: it goes on with more of them, but what it asks for is fixed. */
function waysOf({ redundancy, verify }: Pick<JobSnapshot, 'redundancy' | 'verify'>): string {
  if (verify) return ''
  const anew = ', or submit it anew with `verify`'
  if (redundancy === 'none') return anew
  if ('quorum' in redundancy) return `${anew} or a smaller quorum`
  return redundancy.targetError < LARGEST_TARGET_ERROR ? `${anew}, a fixed quorum or a larger target error` : `${anew} or a fixed quorum`
}

export const waitingText = ({ reason, needed, present }: JobWaiting, job: Pick<JobSnapshot, 'redundancy' | 'verify'>): string =>
  `${reason}: ${needed} ${isOrAre(needed)} needed, ${present} ${isOrAre(present)} here; lend more devices or one of your own${waysOf(job)}`

const isOrAre = (count: number): string => (count === 1 ? 'is' : 'are')
