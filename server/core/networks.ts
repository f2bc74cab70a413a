/**
 * Who is independent of whom? One device is one voice, as whom it may have logged in meanwhile: its leases of a unit may name an account and the
 * device, or two accounts. Holders of one public network, IPv4 /24 or IPv6 /48, may well be one person (INTEGRITY Q7): beside others of
 * it a copy is given to nobody while somebody else could have it, and where nobody could, their agreement is accepted and does not seal.
 * So what seals a unit counts networks, not holders. Rejected: a ban, with which a class-room behind one address never finishes; and a mark on
 * the second copy alone, which would stand when the first one was thrown away. Nor do they vouch for each other: where all who agree are of one
 * network no vote is a check (Q13), else a farm of devices in one flat would make itself trusted.
 */

/** Whose a lease is, and which device has it. */
export interface Holding {
  readonly holder: string
  readonly deviceId: number
}
/** Somebody who had a unit, or could. `network` is null where it is exempt. */
export interface Had extends Holding {
  readonly network: string | null
  /** Checks its device had passed when it answered. @default 0 */
  readonly checks?: number
}

/** Whether they are one person for sure: one account, or one device, whoever it was then. */
export const isSame = (one: Holding, other: Holding): boolean => one.holder === other.holder || one.deviceId === other.deviceId

/** Whether `one` is another holder, of another network, than all of those. */
export const isOther = (one: Had, had: readonly Had[]): boolean =>
  had.every((other) => !isSame(one, other) && (other.network === null || other.network !== one.network))

/** Whether one of those is another holder of the same network. */
export const sharesNetwork = (one: Had, had: readonly Had[]): boolean =>
  one.network !== null && had.some((other) => !isSame(one, other) && other.network === one.network)

/** A holder of some lease; without a network where it is exempt. */
interface Voter extends Holding {
  readonly network?: string | null
}

/** Whether they are one voice where only independent ones count: that of all of their network. */
const isOneVoice = (one: Voter, other: Voter): boolean =>
  isSame(one, other) || (typeof one.network === 'string' && one.network === other.network)

/** Leases by those who are one; two that are not are one all the same where a third one is one with both. */
export function voicesOf<One extends Voter>(leases: readonly One[], isOne: (one: Voter, other: Voter) => boolean = isOneVoice): One[][] {
  let voices: One[][] = []
  for (const lease of leases) {
    const [first, ...others] = voices.filter((voice) => voice.some((one) => isOne(one, lease)))
    if (others.length > 0) voices = voices.filter((voice) => !others.includes(voice))
    if (first) first.push(...others.flat(), lease)
    else voices.push([lease])
  }
  return voices
}

/** Holders that are independent of each other: those of one device or network are one. */
export const independentHolders = (leases: readonly Voter[]): number => voicesOf(leases).length
