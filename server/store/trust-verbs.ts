import type { Decide, JobRecord, RevokedLease } from './store.ts'

export interface Undone {
  /** Leases in flight of the device that was struck. */
  readonly revoked: readonly RevokedLease[]
  readonly device: string
  /** Whether its strikes are so many, and of so many jobs, that it is banned. */
  readonly isBanned: boolean
}

/** What became of devices' trust. */
export interface TrustNews {
  /** Row ids of what has passed checks. */
  readonly rose: readonly number[]
  /** Of these, the ones whose undecided units are worth a look (INTEGRITY T4). */
  readonly crossed: readonly number[]
  /** Strikes that were given, and losses that only an engine explains: what follows from them is to be undone. */
  readonly struck: number
}
/** Whose results an admin wants computed anew: a device's by its row id, or those of all jobs of a bundle by its SHA-256. */
export type ReopenedOf = { readonly deviceId: number } | { readonly bundle: string }
export interface Answers {
  /** Lease ids, hex. */
  readonly leases: readonly string[]
  /** Where the next piece begins; absent after the last one. */
  readonly next?: string
}
/** What follows from checks, piece by piece (INTEGRITY T1, T4, Q14, Q15); each answers whether more of it is left. */
export interface TrustVerbs {
  /** Seals units that stand on the word of one of these, who have passed enough since. */
  sealProven(trustIds: readonly number[]): Promise<boolean>
  /** Authors of single words, by row id of their trust, at most 500 after this one. */
  authorsWaiting(after: number): Promise<readonly number[]>
  /** Decides units anew that were put down for it. */
  review(decide: Decide): Promise<boolean>
  /** Puts down the units where an answer of this one waits for others. */
  reviewPending(trustId: number): Promise<void>
  /** Undoes a piece of what the oldest strike undoes; undefined when nothing is left. */
  undoStrike(decide: Decide): Promise<Undone | undefined>
  /**
   * From now on this class alone computes the job, in which engines differ, unless one does already: what waits for an opinion is decided anew, and
   * these decided units are looked at again.
   */
  pinDiffering(job: JobRecord, engineClass: string, units: readonly number[]): Promise<void>
  /** Takes back strikes of jobs that are paused since they contradict themselves, 500 at a time; how many (INTEGRITY Q6, T2). */
  takeBackStrikes(): Promise<number>
  /** Devices, by their ids on the wire, that were banned for this reason and would not be now that strikes of theirs were taken back. */
  wronglyBanned(reason: string): Promise<readonly string[]>
  /** A piece of the answers that an admin wants computed anew, after where the piece before ended (INTEGRITY T5). */
  answersToReopen(of: ReopenedOf, since: number, after: string): Promise<Answers>
  /** Jobs in which nothing is open and something stands on one word, at most 500, with since when. */
  closingJobs(): Promise<readonly { readonly id: number; readonly since: number }[]>
  /** Jobs that finished before what stands on one word was sampled, by row id, at most 500 after this one. */
  unsealedJobs(after: number): Promise<readonly number[]>
  /** Finishes jobs that waited for nothing but strikes to be undone. */
  finishUndone(): Promise<void>
  /** Draws samples of a closing job's single words, and seals those whose sample agreed. */
  drawSamples(jobId: number, decide: Decide): Promise<boolean>
}
