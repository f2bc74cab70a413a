/**
 * Whose result is looked at next? Each job has a quota of computing: what its `verify` took fills a bucket that leaks with time, and while the
 * bucket is full the job waits. Of those that may, the one with the least in its bucket goes first, so a slow `verify` slows its own job only.
 */

/** Seconds of computing a job has per second, in the long run. */
const SHARE = 0.25
/** Seconds it may have at once. */
const BURST_SECONDS = 10

interface Bucket {
  seconds: number
  /** When that was, milliseconds. */
  at: number
}

export class Turns {
  readonly #buckets = new Map<string, Bucket>()

  /** The job that goes next, undefined where all of them wait. */
  next(jobs: readonly string[], now: number): string | undefined {
    const [first] = jobs.map((job) => ({ job, seconds: this.#secondsOf(job, now) })).sort((a, b) => a.seconds - b.seconds)
    return first && first.seconds < BURST_SECONDS ? first.job : undefined
  }

  /** Milliseconds until one of them may go. */
  waitMs(jobs: readonly string[], now: number): number {
    const least = Math.min(...jobs.map((job) => this.#secondsOf(job, now)))
    return Math.max(0, (1000 * (least - BURST_SECONDS)) / SHARE) + 1
  }

  /** The job's `verify` took so long. */
  charge(job: string, seconds: number, now: number): void {
    this.#buckets.set(job, { seconds: this.#secondsOf(job, now) + seconds, at: now })
    if (this.#buckets.size > 1000)
      for (const known of this.#buckets.keys()) if (this.#secondsOf(known, now) === 0) this.#buckets.delete(known)
  }

  #secondsOf(job: string, now: number): number {
    const bucket = this.#buckets.get(job)
    return bucket ? Math.max(0, bucket.seconds - ((now - bucket.at) / 1000) * SHARE) : 0
  }
}
