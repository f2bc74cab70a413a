/**
 * How fast is a device, and does it come back? Both say how much it is given at a time (INTEGRITY T2 c): a slow telephone gets fewer units and
 * a later deadline, so that it holds nobody up and misses nothing; a device whose leases expire in more than half of cases gets one unit at a
 * time, which is no strike. Speed is a multiple of what all devices of its jobs do on the average, a geometric moving average over what it
 * returned: seconds are the device's own claim, believed within what the server saw, so they choose sizes and never what is believed or credited. Rejected: benchmarks, which
 * measure something else than the job's code.
 */

/** What sizes depend on of a device. */
export interface Lender {
  /** As a multiple of the average device; 0 while unknown. */
  readonly speed: number
  readonly returned: number
  /** Leases of which nothing came by their deadline, nor later. */
  readonly expired: number
}
export const UNKNOWN_LENDER: Lender = { speed: 0, returned: 0, expired: 0 }

/** How far from the average a device is taken to be at most. */
const MOST = 64
/** Share of one unit in the average. */
const SHARE = 0.1
/** Shorter ones are not told apart. */
const LEAST_SECONDS = 1e-6

const clamp = (speed: number): number => Math.min(MOST, Math.max(1 / MOST, speed))

/** Units of one job that a device returned. */
export interface MeasuredUnits {
  /** Mean seconds of all devices for a unit of the job; 0 while nothing was measured. */
  readonly meanSeconds: number
  /** Of each unit, as the device says. */
  readonly seconds: readonly number[]
}

/** The speed after these units; `before` is 0 while nothing was known. */
export function speedAfter(before: number, { meanSeconds, seconds }: MeasuredUnits): number {
  if (meanSeconds <= 0) return before
  let speed = before
  for (const one of seconds) {
    const ratio = clamp(meanSeconds / Math.max(LEAST_SECONDS, one))
    speed = speed > 0 ? clamp(speed ** (1 - SHARE) * ratio ** SHARE) : ratio
  }
  return speed
}

/** What a time is multiplied by for the device: 1 while its speed is unknown. */
export const slownessOf = ({ speed }: Pick<Lender, 'speed'>): number => (speed > 0 ? 1 / speed : 1)

/** Whether more than half of its leases expire. */
export const isUnreliable = ({ returned, expired }: Pick<Lender, 'returned' | 'expired'>): boolean => expired > returned
