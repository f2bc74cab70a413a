/**
 * What one arrival does to its lease, before anything is decided. A second arrival for the same lease changes nothing, an answer that
 * comes after the lease was given up still counts (DESIGN §3 "Exactly once").
 */
import type { Arrival, LeaseChange } from './settle.ts'

/** `recorded` and `late` changed the lease; `duplicate` found it settled. */
export type Outcome = 'recorded' | 'late' | 'duplicate'

export interface Recorded {
  readonly leases: LeaseChange[]
  readonly errored: number
  readonly outcomes: Outcome[]
}

const givenUp = new Set(['released', 'expired', 'revoked'])

/** A step of a fold over the arrivals of one unit. */
export function recordArrival(recorded: Recorded, arrival: Arrival): Recorded {
  const index = recorded.leases.findIndex((lease) => lease.row === arrival.row)
  const lease = recorded.leases[index]
  const change = lease && changeOf(lease, arrival)
  if (!change) return { ...recorded, outcomes: [...recorded.outcomes, 'duplicate'] }
  return {
    leases: recorded.leases.with(index, change),
    errored: recorded.errored + (change.state === 'errored' ? 1 : 0),
    outcomes: [...recorded.outcomes, givenUp.has(lease.state) ? 'late' : 'recorded'],
  }
}

function changeOf(lease: LeaseChange, arrival: Arrival): LeaseChange | undefined {
  if (arrival.kind === 'output') {
    if (lease.state !== 'issued' && !givenUp.has(lease.state)) return undefined
    return { ...lease, state: 'pending', output: arrival.output, errors: arrival.errors, ended: true }
  }
  if (lease.state !== 'issued') return undefined
  const note = arrival.kind === 'errored' ? `${arrival.reason}: ${arrival.message}` : null
  return { ...lease, state: arrival.kind, note, ended: true }
}
