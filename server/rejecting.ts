import type { RejectRequest } from '../sdk/protocol.ts'
import type { Coordinator } from './coordinator.ts'
import { PlatformError } from './errors.ts'
import type { Store } from './store/store.ts'

/**
 * An answer that its researcher found wrong is thrown away for that job, and its unit computed by somebody else. `voided` is false where it does not
 * stand any more. @throws PlatformError `unknown-job`, `job-closed`, `not-found` when the event is no result of the unit
 */
export async function rejectResult(
  store: Store,
  coordinator: Coordinator,
  ownerId: number,
  { job, key, event, reason }: RejectRequest,
): Promise<{ voided: boolean }> {
  const record = await coordinator.jobOf(ownerId, job)
  const state = (await store.reads.job(job))?.state
  if (state !== 'running' && state !== 'paused')
    throw new PlatformError(
      'job-closed',
      `Expected a job that runs, got one that is ${state ?? 'forgotten'}: its results stay as they are.`,
    )
  const lease = await store.reads.resultLease(record.id, key, event)
  if (lease === undefined)
    throw new PlatformError(
      'not-found',
      `Expected event ${event} to give a result of unit ${JSON.stringify(key)}, it does not: read the events.`,
    )
  const [outcome] = await coordinator.report([{ lease, by: null, report: { kind: 'rejected', why: reason } }])
  if (outcome instanceof PlatformError) throw outcome
  return { voided: outcome === 'recorded' }
}
