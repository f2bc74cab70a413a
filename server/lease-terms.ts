import { randomInt } from 'node:crypto'
import type { DevicesNeeded, IdleReason } from '../sdk/protocol.ts'
import { sufficesAlone } from './core/acceptance.ts'
import type { Lender } from './core/lender.ts'
import type { Had } from './core/networks.ts'
import { decidesAlone, holderOf } from './core/own-device.ts'
import { DRAW_MS, isOpenTo, shareBeside } from './core/pairing.ts'
import { isTrusted } from './core/trust.ts'
import type { Crowd } from './crowd.ts'
import type { ReachOfCrowd } from './reach-of-crowd.ts'
import type { DeviceRecord, EngineTransaction, JobRecord, LeaseWish, OpenJob, Standing } from './store/store.ts'
import type { TrackRecords } from './track-records.ts'

/** Why a device is given nothing of a job, with what its person can do something about. */
export interface WhyNot {
  readonly reason: IdleReason
  /** With `needs-more-devices`. */
  readonly devices?: DevicesNeeded
  /** With `other-engine`. */
  readonly engineClass?: string
}
/** Whether a device may have units of a job, and which. */
export interface Terms {
  /** None of it, or, where `wish` is there too, only what that allows. */
  readonly whyNot?: WhyNot
  readonly wish?: Pick<LeaseWish, 'network' | 'mustWait' | 'mustLeave' | 'isWorthACopy' | 'isOpen'> & { readonly onlyOpinions?: true }
}

/** What a job and the crowd say of a device's request, before any unit is looked at. */
export class LeaseTerms {
  readonly #crowd: Crowd
  readonly #reach: ReachOfCrowd
  readonly #records: TrackRecords
  readonly #salt = randomInt(2 ** 32)

  constructor(crowd: Crowd, reach: ReachOfCrowd, records: TrackRecords) {
    this.#crowd = crowd
    this.#reach = reach
    this.#records = records
  }

  /** How a device that asks stands, as the transaction read it. */
  hear(device: DeviceRecord, { trust, excludedFrom }: Standing): void {
    if (this.#records.hear(device, trust, excludedFrom)) this.#reach.lookAgain()
  }

  /** Whether it may share what others are slow with. */
  mayHelp(device: DeviceRecord): boolean {
    return device.ownFor !== 'nobody' || isTrusted(this.#records.of(device))
  }

  /** How fast it is, and whether it comes back. */
  lenderOf(device: DeviceRecord): Lender {
    return this.#records.of(device)
  }

  /** Makes the device's engine class that of the job where it asks for one and has none, or one that its devices have abandoned. */
  async of(tx: EngineTransaction, device: DeviceRecord, job: JobRecord, open: OpenJob): Promise<Terms> {
    const { engineClass: pinned } = open
    const isOther = pinned !== null && pinned !== device.engineClass
    if (isOther && !this.#reach.isAbandoned(open)) return otherEngine(pinned)
    const alone = decidesAlone(device, job)
    const asked = { engineClass: open.sameEngine ? device.engineClass : open.engineClass }
    const { enough, needed, present } = alone ? { enough: true, needed: 1, present: 1 } : this.#reach.of(job, asked)
    const whyNot: WhyNot = { reason: 'needs-more-devices', devices: { needed, present } }
    // What is decided may be computed once more by anybody: a second voice seals it.
    const isReached = enough || open.unitsOpen === 0
    if (!isReached && open.unitsHalf === 0) return { whyNot }
    if (open.sameEngine && (pinned === null || isOther)) {
      if (!alone && this.#reach.isOutdone(job, device.engineClass)) return { whyNot: { reason: 'waiting-for-other-volunteers' } }
      const engineClass = await tx.pinEngine(job, device.engineClass, pinned)
      if (engineClass !== device.engineClass) return otherEngine(engineClass)
    }
    const others = alone ? {} : this.#besideOthers(device, job, asked)
    if (isReached) return { wish: alone ? others : { ...others, ...this.#pairing(device, job, asked, tx.now) } }
    return { whyNot, wish: { ...others, onlyOpinions: true, isWorthACopy: (had) => this.#reach.isWorthACopy(job, asked, had) } }
  }

  /** Who is believed alone decides with its word whatever a newcomer has begun: which units these are is drawn. */
  #pairing(device: DeviceRecord, job: JobRecord, asked: Pick<OpenJob, 'engineClass'>, now: number): Pick<LeaseWish, 'isOpen'> {
    const { targetError, verify } = job
    const { checks, suspect } = this.#records.of(device)
    const trust = { checks, suspect, anonymous: device.accountId === null }
    if (targetError === undefined || verify !== undefined || !sufficesAlone(trust, targetError)) return {}
    const share = shareBeside(this.#reach.believedAlone(job, asked, targetError) - 1)
    const draw = Math.floor(now / DRAW_MS)
    return share < 1 ? { isOpen: (unit) => isOpenTo(unit, device.accountId ?? -device.id, draw, this.#salt, share) } : {}
  }

  /**
   * What it leaves to others who may have units of the job: others come first where somebody of its network had the unit (INTEGRITY Q7), and what it
   * failed at is theirs as long as there is one, else one device would use up the tries of a unit (Q6).
   */
  #besideOthers(
    device: DeviceRecord,
    job: JobRecord,
    { engineClass }: Pick<OpenJob, 'engineClass'>,
  ): Pick<LeaseWish, 'network' | 'mustWait' | 'mustLeave'> {
    const asker = { holder: holderOf(device, job), deviceId: device.id, network: null }
    const mayHave = (other: DeviceRecord): boolean =>
      (engineClass === null || other.engineClass === engineClass) && !this.#records.of(other).excludedFrom.has(job.id)
    const mustLeave = (had: readonly Had[]): boolean => this.#crowd.hasAnother(job, [...had, asker], mayHave)
    return { ...this.#crowd.termsFor(device, job, mayHave), mustLeave }
  }
}

const otherEngine = (engineClass: string): Terms => ({ whyNot: { reason: 'other-engine', engineClass } })
