/** What is read of how results were checked: a part of `Reads`. */
export interface TrustReading {
  /** The lease (hex) whose answer this event of a unit gave, or undefined. */
  resultLease(jobId: number, key: string, n: number): Promise<string | undefined>
}
