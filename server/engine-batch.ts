import { type JobAction, type JobState, PAUSED_BY_OWNER, type SubmitRequest, type UnitSpec } from '../sdk/protocol.ts'
import { settle } from './core/settle.ts'
import { PlatformError } from './errors.ts'
import type { Asking, Leased, Leasing } from './leasing.ts'
import type { CancelledUnits, Decide, EngineTransaction, JobRecord, LeaseReport, ReportOutcome } from './store/store.ts'

/** A call that wants a transaction. */
export type EngineItem =
  | { readonly kind: 'submit'; readonly ownerId: number; readonly request: SubmitRequest }
  | { readonly kind: 'add'; readonly job: JobRecord; readonly units: readonly UnitSpec[]; readonly complete: boolean }
  /** Its reason is null when a person wants it. */
  | { readonly kind: 'control'; readonly job: JobRecord; readonly action: JobAction; readonly reason: string | null }
  | { readonly kind: 'drop'; readonly job: JobRecord; readonly keys: readonly string[] }
  | { readonly kind: 'report'; readonly report: LeaseReport }
  | { readonly kind: 'lease'; readonly asking: Asking }
export interface EngineOutcomes {
  readonly submit: JobRecord
  readonly add: { readonly added: number; readonly existing: number }
  readonly control: null
  readonly drop: CancelledUnits
  readonly report: ReportOutcome
  readonly lease: Leased
}
export type EngineOutcome = { readonly ok: EngineOutcomes[keyof EngineOutcomes] } | { readonly error: unknown }
type Change = Exclude<EngineItem, { kind: 'report' | 'lease' }>

const stateAfter: Readonly<Record<JobAction, JobState>> = { pause: 'paused', resume: 'running', cancel: 'cancelled' }

export const decideUnit: Decide = (unit, arrivals, job) =>
  settle(unit, arrivals, {
    ...{ quorum: job.quorum, targetError: job.targetError, ownSeals: job.ownDevices, onError: job.onError },
    ...{ verify: job.verify !== undefined, partisan: !job.isOperators },
  })

/** Does a batch's items in one transaction: changes of jobs, then what came back, then what is asked for. */
export async function runBatch(tx: EngineTransaction, items: readonly EngineItem[], leasing: Leasing): Promise<EngineOutcome[]> {
  const outcomes: EngineOutcome[] = new Array(items.length)
  for (const [i, item] of items.entries()) {
    if (item.kind !== 'report' && item.kind !== 'lease') outcomes[i] = await change(tx, item)
  }
  const reports = indexed(items, 'report')
  const settled =
    reports.length > 0
      ? await tx.settleUnits(
          reports.map(({ item }) => item.report),
          decideUnit,
        )
      : []
  for (const [k, { i }] of reports.entries()) outcomes[i] = { ok: settled[k] as ReportOutcome }
  const requests = indexed(items, 'lease')
  const leased =
    requests.length > 0
      ? await leasing.lease(
          tx,
          requests.map(({ item }) => item.asking),
        )
      : []
  for (const [k, { i }] of requests.entries()) outcomes[i] = { ok: leased[k] as Leased }
  return outcomes
}

function indexed<Kind extends EngineItem['kind']>(items: readonly EngineItem[], kind: Kind) {
  return items.flatMap((item, i) => (item.kind === kind ? [{ item: item as Extract<EngineItem, { kind: Kind }>, i }] : []))
}

/** A refusal by name is that item's outcome (it is raised before anything is written); a surprise undoes the batch. */
async function change(tx: EngineTransaction, item: Change): Promise<EngineOutcome> {
  try {
    return { ok: await applyChange(tx, item) }
  } catch (error) {
    if (error instanceof PlatformError) return { error }
    throw error
  }
}

async function applyChange(tx: EngineTransaction, item: Change): Promise<EngineOutcomes[Change['kind']]> {
  switch (item.kind) {
    case 'submit': {
      const { spec, code, units, inputsComplete } = item.request
      const job = await tx.createJob(spec, code, item.ownerId)
      await tx.addUnits(job, units)
      if (inputsComplete) await tx.completeInputs(job)
      return job
    }
    case 'add': {
      const added = await tx.addUnits(item.job, item.units)
      if (item.complete) await tx.completeInputs(item.job)
      return added
    }
    case 'control':
      await tx.moveJob(item.job, stateAfter[item.action], item.reason ?? (item.action === 'pause' ? PAUSED_BY_OWNER : null))
      return null
    case 'drop':
      return tx.cancelUnits(item.job, item.keys)
  }
}
