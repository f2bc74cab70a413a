import type { JobWaiting } from '../sdk/protocol.ts'
import { sufficesAlone, type Weighed, weightOfDevice } from './core/acceptance.ts'
import { leadingClass } from './core/engine-split.ts'
import { type Had, type Holding, isOther } from './core/networks.ts'
import { decidesAlone, holderOf } from './core/own-device.ts'
import { isWorthACopy, joined, newcomersFor, type Reach, reachOf } from './core/reach.ts'
import type { Crowd } from './crowd.ts'
import type { JobRecord, OpenJob } from './store/store.ts'
import type { WaitingVote } from './store/trust-read-store.ts'
import type { Timers } from './timers.ts'
import type { TrackRecords } from './track-records.ts'

/** A crowd of more than so many devices is looked through at most once in this time, milliseconds. */
const SMALL = 100
const BETWEEN_MS = 1000
/** Voices that are kept: a unit has copies for ten holders, and ten others may have had it. */
const KEPT = 20

/** A holder who may have units of a job, with the better of its devices. */
interface Voice extends Had {
  /** All of its devices that are here. */
  readonly devices: readonly number[]
  readonly checks: number
  readonly anonymous: boolean
  readonly weight: number
  readonly excludedFrom: ReadonlySet<number>
}
/** Who there is for a job: an own device suffices. */
interface Hearing {
  /** Holders with an own device. */
  readonly own: ReadonlySet<string>
  readonly voices: readonly Voice[]
  /** Voices before those of one network became one; undefined of so many that somebody may have whatever there is. */
  readonly holders: readonly Voice[] | undefined
}
type Asked = Pick<OpenJob, 'engineClass'>
type NewJob = Pick<OpenJob, 'sameEngine' | 'engineClass'> & Partial<Pick<OpenJob, 'events' | 'unitsHalf'>>
const NOBODY_NEEDED: Reach = { enough: true, needed: 0, present: 0 }

/**
 * Whether the devices that are here can ever reach what a job asks for, how many are missing, and whether one more copy of a unit is worth it
 * (INTEGRITY Q10).
 */
export class ReachOfCrowd {
  readonly #crowd: Crowd
  readonly #records: Pick<TrackRecords, 'of'>
  readonly #timers: Timers
  readonly #hearings = new Map<string, Hearing>()
  #classes: ReadonlySet<string> | undefined
  #isResting = false
  #isStale = false

  constructor(crowd: Crowd, records: Pick<TrackRecords, 'of'>, timers: Timers) {
    this.#crowd = crowd
    this.#records = records
    this.#timers = timers
    crowd.onChange(() => this.lookAgain())
  }

  /** Somebody came, went or earned something: looked at when asked next, of many devices when the last look is a second ago. */
  lookAgain(): void {
    this.#isStale = this.#isResting && this.#crowd.size > SMALL
    if (this.#isStale) return
    this.#hearings.clear()
    this.#classes = undefined
    if (this.#crowd.size > SMALL) this.#rest()
  }

  #rest(): void {
    this.#isResting = true
    this.#timers.after(BETWEEN_MS, () => {
      this.#isResting = false
      if (this.#isStale) this.lookAgain()
    })
  }

  /** What those of the engine class, or of any, can reach. */
  of(job: JobRecord, { engineClass }: Asked): Reach {
    const { own, voices } = this.#hearing(job, engineClass)
    const present = voices.length
    // Who comes first begins, whoever else is needed in the end.
    if (job.targetError === undefined && (own.size > 0 || present > 0)) return NOBODY_NEEDED
    if (job.targetError === undefined) return { enough: false, needed: job.verify === undefined ? job.quorum : 1, present }
    if (own.size > 0) return { enough: true, needed: 1, present: Math.max(1, present) }
    return job.verify === undefined ? reachOf(voices, job.targetError) : { enough: present > 0, needed: 1, present }
  }

  /** The same of a job all of whose copies are for one class: that of the class which reaches most, until it has one. */
  bestOf(job: JobRecord, open: NewJob): Reach {
    const engineClass = this.#classOf(open)
    if (!open.sameEngine || engineClass !== null) return this.of(job, { engineClass })
    const classes = this.#classesHere()
    const reaches = (classes.size > 0 ? [...classes] : [null]).map((engineClass) => this.of(job, { engineClass }))
    return reaches.find(({ enough }) => enough) ?? reaches.sort((a, b) => a.needed - a.present - (b.needed - b.present))[0]!
  }

  /** Whether those of this engine class cannot give the fixed quorum of a job, and those of another can. */
  isOutdone(job: JobRecord, engineClass: string): boolean {
    if (job.targetError !== undefined || job.verify !== undefined) return false
    const canGive = (one: string): boolean => {
      const { own, voices } = this.#hearing(job, one)
      return own.size > 0 || voices.length >= job.quorum
    }
    return !canGive(engineClass) && [...this.#classesHere()].some(canGive)
  }

  /** Whether a job is kept for a class of which nobody is here and, as far as is known, nothing was answered: another may take its place. */
  isAbandoned({ sameEngine, engineClass, events, unitsHalf }: NewJob): boolean {
    return sameEngine && engineClass !== null && events === 0 && unitsHalf === 0 && !this.#classesHere().has(engineClass)
  }

  /** How many holders who are here are believed alone for this target error, of the best known ones. */
  believedAlone(job: JobRecord, { engineClass }: Asked, targetError: number): number {
    return this.#hearing(job, engineClass).voices.filter((voice) => sufficesAlone({ ...voice, suspect: false }, targetError)).length
  }

  /** The class that may compute the job alone since engines differ: that of own devices, whose word decides anyway, else the one that leads. */
  leadingClass(job: JobRecord): string | undefined {
    const own = new Map<string, number>()
    const weights = new Map<string, number>()
    const heard = new Map<string, number>()
    for (const { device } of this.#crowd.present()) {
      const { checks, excludedFrom } = this.#records.of(device)
      const holder = holderOf(device, job)
      const weight = weightOfDevice({ checks, anonymous: isAnonymous(holder) })
      // A holder speaks in each class with the best of its devices there.
      const more = weight - (heard.get(`${holder} ${device.engineClass}`) ?? 0)
      if (more <= 0 || excludedFrom.has(job.id)) continue
      heard.set(`${holder} ${device.engineClass}`, weight)
      const of = decidesAlone(device, job) ? own : weights
      of.set(device.engineClass, (of.get(device.engineClass) ?? 0) + more)
    }
    return leadingClass(own.size > 0 ? own : weights)
  }

  #classOf(open: NewJob): string | null {
    return this.isAbandoned(open) ? null : open.engineClass
  }

  #classesHere(): ReadonlySet<string> {
    this.#classes ??= new Set([...this.#crowd.present()].map(({ device }) => device.engineClass))
    return this.#classes
  }

  /**
   * What its owner is told; undefined where enough are here. Answers that differ take more than none would.
   * @param least newcomers without whom it goes no further, since no more can be had of those who are here; 0 where more can
   */
  waitingOf(job: JobRecord, open: NewJob, votes: readonly WaitingVote[] = [], least = 0): JobWaiting | undefined {
    const { enough, needed, present } = this.bestOf(job, open)
    if (enough && least === 0) return undefined
    const { voices } = this.#hearing(job, this.#classOf(open))
    const here = job.targetError === undefined ? voices.length : present
    const more = Math.max(least, this.#missing(job, votes, least > 0 ? [] : voices))
    return { reason: 'needs-more-devices', needed: Math.max(enough ? 0 : needed, here + more), present: here }
  }

  /**
   * Newcomers that decide units which nobody has, given as those who may not have each again: 0 where somebody who is here may have one, be it that
   * others of its network come first, or that it failed at it.
   */
  newcomersForUntaken(job: JobRecord, open: NewJob, units: readonly (readonly Holding[])[]): number {
    const { own, holders } = this.#hearing(job, this.#classOf(open))
    if (units.length === 0 || !holders) return 0
    // What a device said as somebody else keeps no own device from a unit.
    const isKept = (voice: Voice, had: readonly Holding[]): boolean =>
      own.has(voice.holder) ? had.some(({ holder }) => holder === voice.holder) : hasHad(voice, had)
    if (!units.every((had) => holders.every((voice) => isKept(voice, had)))) return 0
    return job.verify === undefined ? newcomersFor([], job) : 1
  }

  /** Newcomers that decide each of these units when those who have not answered it do so too. */
  #missing(job: JobRecord, votes: readonly WaitingVote[], voices: readonly Voice[]): number {
    if (job.verify !== undefined) return 0
    const ofUnits = [...Map.groupBy(votes, ({ unit }) => unit).values()].map((said) => {
      const left = voices.filter((voice) => !hasHad(voice, said))
      const weights = left.map(({ weight }) => weight)
      return newcomersFor(joined(answersOf(said), weights), job)
    })
    return Math.max(0, ...ofUnits)
  }

  /** Whether a unit that those had can still be decided by the strangers who are here. */
  isWorthACopy(job: JobRecord, { engineClass }: Asked, had: readonly Had[]): boolean {
    const weight = had.reduce((sum, { holder, checks = 0 }) => sum + weightOfDevice({ checks, anonymous: isAnonymous(holder) }), 0)
    const others = this.#hearing(job, engineClass).voices.filter((voice) =>
      this.#crowd.isWaiting ? isOther(voice, had) : !hasHad(voice, had),
    )
    return isWorthACopy(weight, others, job.targetError ?? 1)
  }

  /** Without those who are kept from the job. */
  #hearing(job: JobRecord, engineClass: string | null): Hearing {
    const heard = this.#hearingOfOwner(job, engineClass)
    const isKept = ({ excludedFrom }: Voice): boolean => excludedFrom.has(job.id)
    const without = (voices: readonly Voice[]) => (voices.some(isKept) ? voices.filter((voice) => !isKept(voice)) : voices)
    return { own: heard.own, voices: without(heard.voices), holders: heard.holders && without(heard.holders) }
  }

  #hearingOfOwner(job: JobRecord, engineClass: string | null): Hearing {
    const key = `${engineClass ?? ''} ${job.ownDevices} ${job.ownerId}`
    const known = this.#hearings.get(key)
    if (known) return known
    const heard = this.#hear(job, engineClass)
    this.#hearings.set(key, heard)
    return heard
  }

  /** One voice a holder; while somebody of another network is waited for, one a network. */
  #hear(job: JobRecord, engineClass: string | null): Hearing {
    const byHolder = new Map<string, Voice>()
    const devices = new Map<string, number[]>()
    const own = new Set<string>()
    for (const { device, network } of this.#crowd.present()) {
      if (engineClass !== null && device.engineClass !== engineClass) continue
      const holder = holderOf(device, job)
      if (decidesAlone(device, job)) own.add(holder)
      const { checks, excludedFrom } = this.#records.of(device)
      const anonymous = isAnonymous(holder)
      const weight = weightOfDevice({ checks, anonymous })
      const ofHolder = devices.get(holder) ?? []
      devices.set(holder, ofHolder)
      ofHolder.push(device.id)
      const who = { holder, deviceId: device.id, devices: ofHolder, network }
      keepBetter(byHolder, holder, { ...who, checks, anonymous, weight, excludedFrom })
    }
    const byNetwork = new Map<string, Voice>()
    for (const voice of byHolder.values())
      keepBetter(byNetwork, this.#crowd.isWaiting ? (voice.network ?? voice.holder) : voice.holder, voice)
    const voices = [...byNetwork.values()].sort((a, b) => b.weight - a.weight)
    const holders = byHolder.size > KEPT ? undefined : [...byHolder.values()]
    return { own, voices: voices.slice(0, KEPT), holders }
  }
}

/** Answers that are the same in bytes, on the scales. */
function answersOf(votes: readonly WaitingVote[]): Weighed[] {
  return [...Map.groupBy(votes, ({ output }) => output).values()].map((same) => ({
    holders: same.length,
    weight: same.reduce((sum, { holder, checks }) => sum + weightOfDevice({ checks, anonymous: isAnonymous(holder) }), 0),
  }))
}

/** Whether none of its devices may be asked. */
const hasHad = ({ holder, devices }: Voice, had: readonly Holding[]): boolean =>
  had.some((one) => one.holder === holder) || devices.every((id) => had.some(({ deviceId }) => deviceId === id))

function keepBetter(voices: Map<string, Voice>, key: string, voice: Voice): void {
  const known = voices.get(key)
  if (!known || known.weight < voice.weight) voices.set(key, voice)
}

const isAnonymous = (holder: string): boolean => holder.startsWith('d:')
