import type { JobRecord } from './store.ts'

/** The ledger of credit. What it should say is in `core/credit.ts`; a settlement names the units it must look at. */
export interface CreditStore {
  /**
   * Fixes the credit of one input of the job: the median of what was measured of single inputs, in reference seconds, or what its researcher
   * declared, at most three times that. Answers with it. Without a price nothing of the job is booked.
   * @throws PlatformError `bad-transition` when a stranger was given a unit at another price
   */
  setPrice(job: JobRecord, measuredSeconds: readonly number[]): Promise<number>
  /**
   * Compares the ledger with some hundred units, appends what differs and adds it to the totals, all or nothing; then holds jobs that give far
   * more credit a second than others. False when nothing is due, or another server is at it.
   */
  sweep(): Promise<boolean>
  /** Lets a job that waits for an admin give its credit after all; false when it does not wait. */
  release(job: string): Promise<boolean>
}
