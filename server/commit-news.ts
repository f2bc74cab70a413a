import type { EngineItem, EngineOutcome } from './engine-batch.ts'
import type { Leased } from './leasing.ts'
import type { Live } from './live.ts'
import type { Metrics } from './metrics.ts'
import type { Parking } from './parking.ts'
import type { JobChange } from './store/store.ts'

export interface CommitListeners {
  readonly live: Live
  readonly metrics: Metrics
  /** A unit's life, one line a state by lease id; absent when nobody wants them. */
  readonly onLife?: (line: Readonly<Record<string, unknown>>, state: string) => void
  /** Told of leases that came back or were taken back. */
  readonly onEnded?: (leases: readonly string[]) => void
}

/** Tells who listens, counts, and wakes as many parked requests as there is something new for. */
export function tellOfCommit(
  listeners: CommitListeners,
  parking: Parking,
  changes: readonly JobChange[],
  items: readonly EngineItem[],
  outcomes: readonly EngineOutcome[],
): void {
  const { live, metrics } = listeners
  live.changed(changes)
  let offered = 0
  for (const change of changes) {
    metrics.decided(change.decided, performance.now())
    if (change.state === 'running') offered += change.offered
  }
  for (const [i, item] of items.entries()) count(listeners, item, outcomes[i])
  listeners.onEnded?.(items.flatMap((item) => (item.kind === 'report' ? [item.report.lease] : [])))
  if (offered === 0) return
  parking.wake(Math.max(offered, 4))
  live.offered()
}

function count({ metrics, onLife }: CommitListeners, item: EngineItem, outcome: EngineOutcome | undefined): void {
  if (!outcome || !('ok' in outcome)) return
  if (item.kind === 'lease') {
    const { grants } = outcome.ok as Leased
    metrics.leasesIssued += grants.length
    if (onLife)
      for (const { grant, job } of grants) onLife({ lease: grant.lease, job: job.job, device: item.asking.device.device }, 'issued')
  }
  if (item.kind === 'report') {
    const { lease, report } = item.report
    if (outcome.ok === 'recorded' || outcome.ok === 'late') metrics.resultsRecorded += 1
    onLife?.({ lease, outcome: outcome.ok }, report.kind === 'output' ? 'returned' : report.kind)
  }
}
