/**
 * Who is independent of whom? Holders of one public network, IPv4 /24 or IPv6 /48, may well be one person (INTEGRITY Q7): beside others of
 * it a copy is given to nobody while somebody else could have it, and where nobody could, their agreement is accepted and does not seal.
 * So what seals a unit counts networks, not holders. Rejected: a ban, with which a class-room behind one address never finishes; and a mark on
 * the second copy alone, which would stand when the first one was thrown away. Nor do they vouch for each other: where all who agree are of one
 * network no vote is a check (Q13), else a farm of devices in one flat would make itself trusted.
 */

/** Somebody who had a unit, or could. `network` is null where it is exempt. */
export interface Had {
  readonly holder: string
  readonly network: string | null
  /** Checks its device had passed when it answered. @default 0 */
  readonly checks?: number
}

/** Whether `one` is another holder, of another network, than all of those. */
export const isOther = (one: Had, had: readonly Had[]): boolean =>
  had.every(({ holder, network }) => holder !== one.holder && (network === null || network !== one.network))

/** Whether one of those is another holder of the same network. */
export const sharesNetwork = (one: Had, had: readonly Had[]): boolean =>
  one.network !== null && had.some(({ holder, network }) => holder !== one.holder && network === one.network)

/** A holder of some lease; without a network where it is exempt. */
interface Voter {
  readonly holder: string
  readonly network?: string | null
}

/** Whose voice it is where only independent ones count: that of all of its network. */
export const voiceOf = ({ holder, network }: Voter): string => network ?? holder

/** Holders that are independent of each other: those of one network are one. */
export const independentHolders = (leases: readonly Voter[]): number => new Set(leases.map(voiceOf)).size
