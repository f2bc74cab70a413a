import { type Had, isOther, isSame } from './core/networks.ts'
import { holderOf } from './core/own-device.ts'
import type { DeviceRecord, JobRecord, LeaseWish } from './store/store.ts'
import type { Timers } from './timers.ts'

/** Who was not here for so long is not waited for, milliseconds. */
const WAITED_FOR_MS = 60_000
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
  /** Whether it is connected to another server. */
  readonly isElsewhere: boolean
}
/** The door a device came in by. */
export interface Presence {
  /** It asks for no work until it says so; it is as good as gone. */
  pause(isPaused: boolean): void
  leave(): void
}

/**
 * Which devices take work at this server, and which did within the last minute: what copies of a unit can hope for. Losing it costs a minute,
 * in which others are waited for that may not come.
 */
export class Crowd {
  readonly #timers: Timers
  readonly #members = new Map<number, Member>()
  readonly #listeners: (() => void)[] = []
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
    return this.#enter({ device, network, isHere: true, isElsewhere: false })
  }

  /** Another server says so; undefined where it is here. */
  enterElsewhere(device: DeviceRecord, network: string | null): Presence | undefined {
    const known = this.#members.get(device.id)
    if (known?.isHere && !known.isElsewhere) return undefined
    return this.#enter({ device, network, isHere: true, isElsewhere: true })
  }

  #enter(member: Member): Presence {
    const { id } = member.device
    this.#members.set(id, member)
    this.#changed()
    let waits = (): void => {}
    const setHere = (isHere: boolean): void => {
      if (member.isHere === isHere || this.#members.get(id) !== member) return
      waits()
      member.isHere = isHere
      this.#changed()
      if (!isHere) waits = this.#timers.after(WAITED_FOR_MS, () => this.#forget(member))
    }
    return { pause: (isPaused) => setHere(!isPaused), leave: () => setHere(false) }
  }

  /** Devices that are here or were a moment ago. */
  get size(): number {
    return this.#members.size
  }

  /** Devices that take work now. */
  *present(): Generator<Member, void, void> {
    for (const member of this.#members.values()) if (member.isHere) yield member
  }

  /** Called whenever a device came, went or paused, and when one is not waited for any more. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** What a stranger's network means for its wish: nothing where it is exempt. */
  termsFor(device: DeviceRecord, job: JobRecord): Pick<LeaseWish, 'network' | 'mustWait'> {
    const network = this.#members.get(device.id)?.network
    return network ? { network, mustWait: (had) => this.#mustWait(job, had) } : {}
  }

  /** Whether somebody who may have units of the job, and is none of those holders, was here within the last minute. */
  hasAnother(job: JobRecord, had: readonly Had[], mayHave: (device: DeviceRecord) => boolean): boolean {
    const isOneOf = ({ id }: DeviceRecord, holder: string): boolean => had.some((one) => isSame(one, { holder, deviceId: id }))
    this.#others ??= this.#chooseOthers()
    return this.#others.some(({ device }) => !isOneOf(device, holderOf(device, job)) && mayHave(device))
  }

  /** Whether somebody else was here within the last minute whose network none of those is of who had the unit. */
  #mustWait(job: JobRecord, had: readonly Had[]): boolean {
    if (!this.#knowsAll) return true
    this.#others ??= this.#chooseOthers()
    return this.#others.some(({ device, network }) => isOther({ holder: holderOf(device, job), deviceId: device.id, network }, had))
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

  /** Devices that are here, own ones and different networks first, as many as another server ever needs to know. */
  chooseForOthers(): Member[] {
    const here = [...this.present()].filter(({ isElsewhere }) => !isElsewhere)
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
