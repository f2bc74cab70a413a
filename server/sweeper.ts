import type { Coordinator } from './coordinator.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './store/store.ts'

/** Rows one sweep looks at. */
const ROWS = 1000
/** Parked requests asked again in one sweep, in case a hint was missed or a pause is over. */
const ASKED_AGAIN = 50
/** Transactions one sweep spends on deleting what is forgotten; each is short and waits its turn, so the engine goes on between them. */
const PIECES = 25
const DAY_MS = 86_400_000
/** A file that no job has is kept for so long: whoever sent it may be about to submit. */
const UNUSED_MS = DAY_MS
/** Sweeps between two that look for such files. */
const SWEEPS = 600

export interface SweeperOptions {
  readonly store: Store
  readonly coordinator: Coordinator
  readonly metrics: Metrics
  /** Days for which a job that is over is kept; 0: for ever. */
  readonly retentionDays: number
}

/** What becomes due with time. Idempotent and safe on every server at once, so there is no leader. */
export class Sweeper {
  readonly #store: Store
  readonly #coordinator: Coordinator
  readonly #metrics: Metrics
  readonly #retentionMs: number
  #sweeps = 0
  #running: Promise<void> | undefined

  constructor({ store, coordinator, metrics, retentionDays }: SweeperOptions) {
    this.#store = store
    this.#coordinator = coordinator
    this.#metrics = metrics
    this.#retentionMs = retentionDays * DAY_MS
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
    await this.#restoreRefused()
    while ((await this.#coordinator.sweepLeftovers()) > 0);
    await this.#coordinator.jobs.refresh()
    if (this.#coordinator.jobs.size > 0) this.#coordinator.parking.wake(ASKED_AGAIN)
    await this.#forget(await this.#credit())
    await this.#forgetFiles()
    await this.#store.checkpoints.deleteSpent()
  }

  /** Whether everything that was earned is booked. */
  async #credit(): Promise<boolean> {
    for (let piece = 0; piece < PIECES; piece++) if (!(await this.#store.credits.sweep())) return true
    return false
  }

  async #forgetFiles(): Promise<void> {
    if (this.#sweeps++ % SWEEPS === 0) await this.#store.files.forgetUnused(UNUSED_MS)
    for (let piece = 0; piece < PIECES; piece++) if (!(await this.#store.files.deletePieces())) return
  }

  /** Nothing is forgotten before what it earned is booked; what is forgotten already is deleted though nothing more is to be forgotten. */
  async #forget(isBooked: boolean): Promise<void> {
    if (this.#retentionMs > 0) {
      await this.#coordinator.completeAbandoned(this.#retentionMs)
      if (isBooked) this.#metrics.jobsForgotten += await this.#store.forgetJobs(this.#retentionMs)
    }
    for (let piece = 0; piece < PIECES; piece++) if (!(await this.#store.deleteForgotten())) return
  }

  /** What `verify` or `reject` took away counts again where somebody contradicts them (INTEGRITY T2d). */
  async #restoreRefused(): Promise<void> {
    const refused = await this.#store.refusedInDoubt(ROWS)
    if (refused.length > 0) await this.#coordinator.report(refused.map((lease) => ({ lease, by: null, report: { kind: 'restored' } })))
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
