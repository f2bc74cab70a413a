import { type ClusterStatus, PROTOCOL_VERSION } from '../sdk/protocol.ts'
import type { Coordinator } from './coordinator.ts'
import type { Live } from './live.ts'
import type { Metrics } from './metrics.ts'
import { SealedRate } from './sealed-rate.ts'
import type { Store } from './store/store.ts'

export interface StatusSources {
  readonly version: string
  readonly startedAt: number
  readonly store: Store
  readonly coordinator: Coordinator
  readonly live: Live
  readonly metrics: Metrics
}
/** Counting jobs by state grows with their number, so it is done at most once in this time, milliseconds. */
const COUNTS_FRESH_MS = 1000

/** What `/api/v1/status` answers; everything but the job counts and what was sealed is read from memory. */
export class Status {
  readonly #sources: StatusSources
  #counts: Promise<ClusterStatus['jobs']> | undefined
  #countedAt = 0
  readonly #sealed: SealedRate

  constructor(sources: StatusSources) {
    this.#sources = sources
    this.#sealed = new SealedRate(() => sources.store.reads.credits.allWork())
  }

  async read(now = performance.now()): Promise<ClusterStatus> {
    const { version, startedAt, store, coordinator, live, metrics } = this.#sources
    return {
      ...{ version, protocol: PROTOCOL_VERSION, database: store.database, startedAt },
      devicesConnected: live.devices,
      threadsConnected: live.threads,
      researchersConnected: live.researchers,
      parkedRequests: coordinator.parking.size,
      queueAgeMs: coordinator.queueAgeMs(now),
      callsWaiting: coordinator.waiting,
      batches: metrics.batches,
      batchItemsMean: metrics.batches > 0 ? metrics.batchItems / metrics.batches : 0,
      commitMsMean: metrics.batches > 0 ? metrics.commitMs / metrics.batches : 0,
      unitsPerSecond: metrics.unitsPerSecond(now),
      gflops: await this.#sealed.gflops(now),
      unitsDecided: metrics.unitsDecided,
      leasesIssued: metrics.leasesIssued,
      resultsRecorded: metrics.resultsRecorded,
      badMessages: metrics.badMessages,
      jobsForgotten: metrics.jobsForgotten,
      jobs: await this.#jobCounts(now),
    }
  }

  #jobCounts(now: number): Promise<ClusterStatus['jobs']> {
    if (!this.#counts || now - this.#countedAt > COUNTS_FRESH_MS) {
      this.#countedAt = now
      this.#counts = this.#sources.store.reads.jobCounts()
    }
    return this.#counts
  }
}
