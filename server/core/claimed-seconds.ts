/**
 * How long did a unit take? Devices say so, and what they say makes means from which sizes, deadlines and the comparison of jobs' credit follow:
 * so it is believed no further than the server saw, from the lease until its answer, nor beyond what the job lets its inputs take. A device that
 * sits on its lease for as long as it claims is still believed. Rejected: the server's own measure, which counts the time a lease waits for its turn.
 */

/** What the server saw of a lease that was answered; instants in milliseconds. */
export interface SeenLease {
  readonly issuedAt: number
  readonly answeredAt: number
  /** Seconds the job gives an input. */
  readonly timeoutSeconds: number
  readonly inputs: number
}

/** The clock counts whole milliseconds: between two that are the same one may have passed. */
const GRAIN_MS = 1

export function believedSeconds(claimed: number, { issuedAt, answeredAt, timeoutSeconds, inputs }: SeenLease): number {
  const seen = (Math.max(0, answeredAt - issuedAt) + GRAIN_MS) / 1000
  return Math.max(0, Math.min(claimed, seen, timeoutSeconds * inputs))
}
