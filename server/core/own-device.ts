/**
 * For whose jobs does a device's word suffice, and who does its lease count for? A device of the operator is an own device for every job, one
 * of another account for that account's jobs and a stranger for all others (DESIGN §1, §5). Rejected: one flag per device; X's word would
 * decide Y's job.
 */

/** Whose jobs a device is own for. */
export type OwnFor = 'nobody' | 'account' | 'everybody'
interface Owned {
  readonly id: number
  readonly accountId: number | null
  readonly ownFor: OwnFor
}
interface OwnersJob {
  readonly ownerId: number
  readonly ownDevices: boolean
}

/** Whether the device would be own if the job let own devices decide. */
export const isOwnFor = ({ ownFor, accountId }: Pick<Owned, 'ownFor' | 'accountId'>, job: Pick<OwnersJob, 'ownerId'>): boolean =>
  ownFor === 'everybody' || (ownFor === 'account' && accountId === job.ownerId)

/** Whether its one word seals. */
export const decidesAlone = (device: Owned, job: OwnersJob): boolean => job.ownDevices && isOwnFor(device, job)

/**
 * Who the lease counts for: its account, however many devices that has; an own device of a job that treats these as strangers counts for
 * itself, as an anonymous one does. Another account's never does: its owner would outvote everybody.
 */
export const holderOf = (device: Owned, job: OwnersJob): string =>
  device.accountId === null || (isOwnFor(device, job) && !job.ownDevices) ? `d:${device.id}` : `a:${device.accountId}`
