import type { JobSnapshot, UnitCounts } from './protocol.ts'

/** Units whose fate is known, those that were cancelled left out, and all so far. */
export function unitsDecided({ open, accepted, sealed, failed, cancelled }: UnitCounts): {
  readonly decided: number
  readonly all: number
} {
  const decided = accepted + sealed + failed
  return { decided, all: decided + open + cancelled }
}

/** Estimate of the seconds until all is decided, from the speed in the `elapsed` ones; undefined while that cannot be said, 0 after the end. */
export function secondsLeft({ units, finishedAt, inputsComplete }: JobSnapshot, elapsed: number): number | undefined {
  const { decided } = unitsDecided(units)
  if (finishedAt !== undefined) return 0
  return !inputsComplete || decided === 0 ? undefined : (elapsed * units.open) / decided
}
