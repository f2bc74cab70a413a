import type { Coordinator } from './coordinator.ts'
import type { Store } from './store/store.ts'

/** Rows one sweep looks at. */
const ROWS = 1000
/** Parked requests asked again in one sweep, in case a hint was missed or a pause is over. */
const ASKED_AGAIN = 50

/** What becomes due with time. Idempotent and safe on every server at once, so there is no leader. */
export class Sweeper {
  readonly #store: Store
  readonly #coordinator: Coordinator
  #running: Promise<void> | undefined

  constructor(store: Store, coordinator: Coordinator) {
    this.#store = store
    this.#coordinator = coordinator
  }

  /** One sweep; a call during another one joins it. */
  runOnce(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #sweep(): Promise<void> {
    await this.#expireLeases()
    while ((await this.#coordinator.sweepLeftovers()) > 0);
    await this.#coordinator.jobs.refresh()
    if (this.#coordinator.jobs.size > 0) this.#coordinator.parking.wake(ASKED_AGAIN)
  }

  async #expireLeases(): Promise<void> {
    for (;;) {
      const due = await this.#store.leasesDue(ROWS)
      const outcomes = await this.#coordinator.report(due.map((lease) => ({ lease, by: null, report: { kind: 'expired' } })))
      // Where nothing could be recorded the same leases are due again: the next sweep tries them, not this loop for ever.
      if (due.length < ROWS || !outcomes.includes('recorded')) return
    }
  }
}
