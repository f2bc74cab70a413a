import type { JobChecking, JobSnapshot, JobState } from '../../sdk/protocol.ts'
import { redundancyOf } from '../core/policy.ts'

type Row = Readonly<Record<string, unknown>>

/** A job as everybody may see it, from a row of its columns with `owner` and `waitingSince`. */
export function snapshotOf(row: Row): JobSnapshot {
  const number = (column: string): number => Number(row[column])
  return {
    job: row.uid as string,
    name: row.name as string,
    purpose: row.purpose as string,
    owner: row.owner as string,
    kind: row.kind as JobSnapshot['kind'],
    state: row.state as JobState,
    ...(row.reason ? { reason: row.reason as string } : {}),
    priority: number('priority'),
    timeoutSeconds: number('timeoutSeconds'),
    visibility: row.visibility as JobSnapshot['visibility'],
    ...(row.builtin ? { builtin: row.builtin as NonNullable<JobSnapshot['builtin']> } : {}),
    units: {
      open: number('unitsOpen'),
      accepted: number('unitsAccepted'),
      sealed: number('unitsSealed'),
      failed: number('unitsFailed'),
      cancelled: number('unitsCancelled'),
    },
    inputs: number('inputs'),
    failedInputs: number('failedInputs'),
    inputsComplete: number('inputsComplete') === 1,
    events: number('eventCount'),
    leases: number('leases'),
    unitSeconds: number('unitSeconds'),
    ...(row.creditPerInput === null ? {} : { creditPerInput: number('creditPerInput') }),
    ...(number('creditHold') === 1 ? { creditHeld: true } : {}),
    ...(row.pilot || number('pilotUntil') > 0 ? { pilot: (row.pilot ?? 'running') as NonNullable<JobSnapshot['pilot']> } : {}),
    createdAt: number('createdAt'),
    ...(row.finishedAt === null ? {} : { finishedAt: number('finishedAt') }),
    ...(row.waitingSince === null ? {} : { waitingSince: number('waitingSince') }),
    ...checkingOf(row),
  }
}

/** How its results are checked, as far as its row says. */
function checkingOf(row: Row): JobChecking {
  const number = (column: string): number => Number(row[column])
  const targetError = row.targetError === null ? {} : { targetError: number('targetError') }
  return {
    redundancy: redundancyOf({ quorum: number('quorum'), ...targetError }),
    ...(row.verify === null ? {} : { verify: true }),
    ...{ unitsAlone: number('unitsAlone'), audits: number('audits'), wasted: number('wasted') },
    ...(row.engineClass ? { engineClass: row.engineClass as string } : {}),
    ...(number('engineSensitive') === 1 ? { engineSensitive: true } : {}),
    ...(row.closingSince === null || row.state !== 'running' ? {} : { closingSince: number('closingSince') }),
  }
}
