import { type Had, isOther, isSame } from './core/networks.ts'
import { holderOf } from './core/own-device.ts'
import type { DeviceRecord, JobRecord, LeaseWish } from './store/store.ts'
import type { Timers } from './timers.ts'

/** Who was not here for so long, or was here for so long and asked for nothing, is not waited for, milliseconds. */
const WAITED_FOR_MS = 60_000
/** Who came and has asked for nothing yet is looked at so often, by one timer for all, milliseconds. */
const LOOK_MS = 1000
/** Devices kept of one network and of one holder, and in all: a unit has copies for ten holders, so more are never needed to find another one. */
const OF_ONE = 11
const KEPT = 256
/** Devices that other servers are told of: as many as they ever need. */
const TOLD = 24

/** A device that is here, or was a moment ago. */
export interface Member {
  readonly device: DeviceRecord
  /** Null where it is exempt. */
  readonly network: string | null
  /** Whether it takes work now. */
  isHere: boolean
  /** Whether it asked for work since it came, or went on after a pause: it may compute for long without asking again. */
  hasAsked: boolean
  /** Whether it is connected to another server. */
  readonly isElsewhere: boolean
}
/** Whether a device may have units of a job at all. */
type MayHave = (device: DeviceRecord) => boolean
/** The door a device came in by. */
export interface Presence {
  /** It asks for work: it counts from now on, unless it has left. */
  ask(): void
  /** It asks for no work for a while; it is as good as gone. */
  pause(): void
  /** For good: what it asked before is heard in turn, and may be heard later. */
  leave(): void
}

/**
 * Which devices take work at this server, and which did within the last minute: what copies of a unit can hope for. Who comes counts for a
 * minute, and after that when it has asked for work; a connection alone costs nothing, and would let a stranger hold others up. Losing it
 * costs a minute, in which others are waited for that may not come.
 */
export class Crowd {
  readonly #timers: Timers
  readonly #members = new Map<number, Member>()
  readonly #listeners: (() => void)[] = []
  /** Who came and has asked for nothing yet, the oldest first, with the look since which it is here. */
  readonly #silent = new Map<Member, number>()
  #looks = 0
  #isLooking = false
  #others: readonly Member[] | undefined
  #waiting: boolean | undefined
  /** Who was here before the server is not known: somebody may come back. */
  #knowsAll = false

  constructor(timers: Timers) {
    this.#timers = timers
    timers.after(WAITED_FOR_MS, () => {
      this.#knowsAll = true
      this.#changed()
    })
  }

  /** A device is here; its newest connection counts. */
  enter(device: DeviceRecord, network: string | null): Presence {
    return this.#enter({ device, network, isHere: true, hasAsked: false, isElsewhere: false })
  }

  /** Another server says so; undefined where it is here. */
  enterElsewhere(device: DeviceRecord, network: string | null): Presence | undefined {
    const known = this.#members.get(device.id)
    if (known?.isHere && !known.isElsewhere) return undefined
    return this.#enter({ device, network, isHere: true, hasAsked: false, isElsewhere: true })
  }

  #enter(member: Member): Presence {
    this.#members.set(member.device.id, member)
    this.#silent.set(member, this.#looks)
    this.#lookLater()
    this.#changed()
    let waits = (): void => {}
    let hasLeft = false
    const ask = (): void => {
      if (hasLeft || member.hasAsked || this.#isReplaced(member)) return
      waits()
      this.#silent.delete(member)
      member.isHere = true
      member.hasAsked = true
      this.#members.set(member.device.id, member)
      this.#changed()
    }
    const go = (): void => {
      if (!member.isHere) return
      const { hasAsked } = member
      this.#silent.delete(member)
      member.isHere = false
      member.hasAsked = false
      if (!hasAsked) this.#forget(member)
      else if (!this.#isReplaced(member)) {
        waits = this.#timers.after(WAITED_FOR_MS, () => this.#forget(member))
        this.#changed()
      }
    }
    const leave = (): void => {
      hasLeft = true
      go()
    }
    return { ask, pause: go, leave }
  }

  /** Whether a newer connection, or one here in place of one elsewhere, speaks for its device. */
  #isReplaced(member: Member): boolean {
    const newest = this.#members.get(member.device.id) ?? member
    return newest !== member && (member.isElsewhere || !newest.isElsewhere)
  }

  /** Whoever has been silent for a minute is nobody until it asks. */
  #lookLater(): void {
    if (this.#isLooking || this.#silent.size === 0) return
    this.#isLooking = true
    this.#timers.after(LOOK_MS, () => {
      this.#isLooking = false
      this.#looks += 1
      for (const [member, since] of this.#silent) {
        if ((this.#looks - since) * LOOK_MS < WAITED_FOR_MS) break
        this.#silent.delete(member)
        member.isHere = false
        this.#forget(member)
      }
      this.#lookLater()
    })
  }

  /** Devices that are here or were a moment ago. */
  get size(): number {
    return this.#members.size
  }

  /** Devices that take work now. */
  *present(): Generator<Member, void, void> {
    for (const member of this.#members.values()) if (member.isHere) yield member
  }

  /** Called whenever a device came, asked for the first time, went or paused, and when one is not waited for any more. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** What a stranger's network means for its wish: nothing where it is exempt. */
  termsFor(device: DeviceRecord, job: JobRecord, mayHave: MayHave): Pick<LeaseWish, 'network' | 'mustWait'> {
    const network = this.#members.get(device.id)?.network
    return network ? { network, mustWait: (had) => this.#mustWait(job, had, mayHave) } : {}
  }

  /** Whether somebody who may have units of the job, and is none of those holders, was here within the last minute. */
  hasAnother(job: JobRecord, had: readonly Had[], mayHave: MayHave): boolean {
    const isOneOf = ({ id }: DeviceRecord, holder: string): boolean => had.some((one) => isSame(one, { holder, deviceId: id }))
    this.#others ??= this.#chooseOthers()
    return this.#others.some(({ device }) => !isOneOf(device, holderOf(device, job)) && mayHave(device))
  }

  /** Whether somebody else who may have units of the job was here within the last minute whose network none of those is of who had the unit. */
  #mustWait(job: JobRecord, had: readonly Had[], mayHave: MayHave): boolean {
    if (!this.#knowsAll) return true
    this.#others ??= this.#chooseOthers()
    return this.#others.some(
      ({ device, network }) => isOther({ holder: holderOf(device, job), deviceId: device.id, network }, had) && mayHave(device),
    )
  }

  /** Whether devices are waited for that are not here. */
  get isWaiting(): boolean {
    this.#waiting ??= !this.#knowsAll || this.#waitsForSomebody()
    return this.#waiting
  }

  #waitsForSomebody(): boolean {
    const here = new Set([...this.present()].map(({ network }) => network))
    return [...this.#members.values()].some(({ isHere, network }) => !isHere && (network === null || !here.has(network)))
  }

  /** Devices that are here, own ones, different networks and those that asked first, as many as another server ever needs to know. */
  chooseForOthers(): Member[] {
    const all = [...this.present()].filter(({ isElsewhere }) => !isElsewhere)
    const here = [...all.filter(({ hasAsked }) => hasAsked), ...all.filter(({ hasAsked }) => !hasAsked)]
    const own = here.filter(({ device }) => device.ownFor !== 'nobody')
    const seen = new Set<string>()
    const first = here.filter(({ network }) => network !== null && !seen.has(network) && seen.add(network))
    return [...new Set([...own, ...first, ...here])].slice(0, TOLD)
  }

  /** Enough members to stand for all: some of each network and of each account. */
  #chooseOthers(): Member[] {
    const chosen: Member[] = []
    const counts = new Map<string | number, number>()
    for (const member of this.#members.values()) {
      const keys = [member.network, member.device.accountId].filter((key) => key !== null)
      if (keys.some((key) => (counts.get(key) ?? 0) >= OF_ONE)) continue
      for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
      if (chosen.push(member) >= KEPT) break
    }
    return chosen
  }

  #forget(member: Member): void {
    if (member.isHere || this.#members.get(member.device.id) !== member) return
    this.#members.delete(member.device.id)
    this.#changed()
  }

  #changed(): void {
    this.#others = undefined
    this.#waiting = undefined
    for (const listener of this.#listeners) listener()
  }
}
