import { Coordinator, type CoordinatorOptions } from '../../server/coordinator.ts'
import { Live } from '../../server/live.ts'
import { Metrics } from '../../server/metrics.ts'
import type { Store } from '../../server/store/store.ts'
import { ManualTimers } from './manual-timers.ts'

export interface Coordinating {
  readonly coordinator: Coordinator
  readonly timers: ManualTimers
  readonly live: Live
  /** What failed and was nobody's request's fault. */
  readonly failures: unknown[]
}

/** The coordinator over a real store, with time that only a test lets pass. */
export function coordinate(store: Store, change: Partial<CoordinatorOptions> = {}): Coordinating {
  const timers = new ManualTimers()
  const live = new Live(timers)
  const failures: unknown[] = []
  const coordinator = new Coordinator({
    ...{ store, live, timers, metrics: new Metrics(), minimumLeaseSeconds: 30, freeDisk: () => 1 },
    onFailure: (error) => failures.push(error),
    ...change,
  })
  return { coordinator, timers, live, failures }
}
