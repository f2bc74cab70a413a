/** Why a job does not go on, and what a server saw before it let it go on. */
import type { DevicesNeeded } from './volunteer.ts'

/** Why an open job does not go on. */
export interface JobWaiting extends DevicesNeeded {
  /**
   * The devices that are here can never reach the target error, or give the quorum, all agreeing; or what they said of all that is open was thrown
   * away, and none of them is asked again. What helps: more devices or an own one; or to
   * submit it anew with `verify`, or with a smaller quorum or a larger target error.
   */
  readonly reason: 'needs-more-devices'
}
/**
 * What a server saw when it ran some units of a job: each gave the same each time, or not; one cannot be computed within the job's limits; or they
 * take too much to be tried out.
 */
export type PilotVerdict = 'passed' | 'differs' | 'failed' | 'unmeasured'
