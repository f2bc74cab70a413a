/** Counters of this process since its start; what `/api/v1/status` shows. Plain numbers: reading them costs nothing. */
export class Metrics {
  batches = 0
  batchItems = 0
  commitMs = 0
  leasesIssued = 0
  resultsRecorded = 0
  unitsDecided = 0
  badMessages = 0
  jobsForgotten = 0
  readonly #decidedAt: { at: number; units: number }[] = []

  /** A transaction of `items` took `ms` from its first statement to its commit. */
  batch(items: number, ms: number): void {
    this.batches += 1
    this.batchItems += items
    this.commitMs += ms
  }

  /** `units` were accepted, sealed or failed at `now` (milliseconds, monotonic). */
  decided(units: number, now: number): void {
    this.unitsDecided += units
    this.#decidedAt.push({ at: now, units })
    while (this.#decidedAt.length > 0 && (this.#decidedAt[0]?.at ?? now) < now - 10_000) this.#decidedAt.shift()
  }

  /** Units decided per second over the last 10 seconds. */
  unitsPerSecond(now: number): number {
    const recent = this.#decidedAt.filter((each) => each.at >= now - 10_000)
    const first = recent[0]
    if (!first) return 0
    const units = recent.reduce((sum, each) => sum + each.units, 0)
    return units / Math.max(1, (now - first.at) / 1000)
  }
}
