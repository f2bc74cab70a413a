import { wantedAtFirst } from '../../../server/core/acceptance.ts'
import { AUDIT_CANDIDATES, auditProbability, rankOf, slotOf } from '../../../server/core/audit-plan.ts'
import { sampleSize } from '../../../server/core/closing-sample.ts'
import { isTrusted } from '../../../server/core/trust.ts'
import { Crowd, type Scene } from './crowd.ts'
import type { Device } from './device.ts'
import type { Outcome } from './outcome.ts'
import { type Purpose, Settling } from './settling.ts'
import { NOBODY, UNIT, UnitTable, VOTES } from './unit-table.ts'

interface Held {
  readonly device: Device
  readonly epoch: number
  readonly unit: number
  readonly vote: number
  readonly purpose: Purpose
  readonly struck?: Device | undefined
}
/** Rounds without a lease after which suspects may help, samples are given to anybody, and at last the job ends as it is. */
const PATIENCE = { suspects: 2, anybody: 4, end: 6 }

/** One job on the platform: in a round every device asks for a lease, then all of them return. */
class Ours {
  readonly #table: UnitTable
  readonly #crowd: Crowd
  readonly #settling: Settling
  readonly #targetError: number
  readonly #random: () => number
  readonly #unitsToExclusion: number[] = []
  #fresh = 0
  #leases = 0
  #rounds = 0
  #idle = 0

  constructor(scene: Scene, targetError: number) {
    this.#table = new UnitTable(scene.units)
    this.#crowd = new Crowd(scene)
    this.#settling = new Settling(this.#table, this.#crowd, targetError, scene.random)
    this.#targetError = targetError
    this.#random = scene.random
  }

  run(): Outcome {
    while (this.#idle < PATIENCE.end) {
      const held = this.#leaseAll()
      for (const lease of held) this.#return(lease)
      this.#rounds += 1
      this.#idle = held.length > 0 ? 0 : this.#idle + 1
      // Without a trusted device nobody looks again.
      if (this.#idle >= PATIENCE.anybody) this.#settling.again.length = 0
      if (held.length === 0 && !this.#close() && this.#isOver()) break
    }
    return this.#outcome()
  }

  #leaseAll(): Held[] {
    const { present } = this.#crowd
    const held: Held[] = []
    const places = this.#shuffled(present.length)
    for (const place of places) {
      this.#crowd.mayLeave(place)
      const device = present[place] as Device
      if (device.excluded) continue
      const lease = this.#plan(device)
      if (lease) held.push(lease)
    }
    return held
  }

  readonly #places: number[] = []
  #shuffled(count: number): readonly number[] {
    const places = this.#places
    while (places.length < count) places.push(places.length)
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1))
      const place = places[i] as number
      places[i] = places[j] as number
      places[j] = place
    }
    return places
  }

  #plan(device: Device): Held | undefined {
    if (device.own) return this.#copy(device) ?? this.#sample(device)
    if (this.#fresh < this.#table.size) return this.#audit(device) ?? this.#copy(device)
    return this.#again(device) ?? this.#copy(device) ?? this.#sample(device)
  }

  /** An audit instead of fresh work (Q11); what a strike wants looked at again (T1) is audited first. */
  #audit(device: Device): Held | undefined {
    const probability = auditProbability(device, this.#targetError)
    if (probability === 0 || this.#random() >= probability) return undefined
    const again = this.#again(device)
    if (again) return again
    const size = Math.min(this.#settling.pooled, this.#settling.pool.length)
    let second = NOBODY
    for (let i = 0; i < AUDIT_CANDIDATES && size > 0; i++) {
      const unit = this.#settling.pool[slotOf(size, this.#random())] as number
      const rank = this.#rank(unit, device)
      if (rank === 2) return this.#lease(device, unit, 'audit')
      if (rank === 1) second = unit
    }
    return second === NOBODY ? undefined : this.#lease(device, second, 'audit')
  }

  readonly #target = { leases: 0, inFlight: 0, standsOn: 0, excluded: false }
  #rank(unit: number, device: Device): number {
    const table = this.#table
    if (table.state[unit] !== UNIT.accepted) return 0
    const target = this.#target
    target.leases = table.votes[unit] as number
    target.inFlight = table.inFlight[unit] as number
    target.standsOn = table.author[unit] === NOBODY ? 2 : 1
    target.excluded = table.had(unit, device.id)
    return rankOf(target, device.suspect)
  }

  /** A second look at what a struck device left behind (T1). */
  #again(device: Device): Held | undefined {
    const { again } = this.#settling
    if (again.length === 0 || !isTrusted(device)) return undefined
    for (let i = 0; i < again.length; i++) {
      const { unit, struck } = again[i] as { unit: number; struck: Device }
      const gone = this.#table.state[unit] !== UNIT.accepted
      if (!gone && this.#table.had(unit, device.id)) continue
      again.splice(i, 1)
      if (!gone) return this.#lease(device, unit, 'again', struck)
      i -= 1
    }
    return undefined
  }

  #copy(device: Device): Held | undefined {
    if (device.suspect && this.#idle < PATIENCE.suspects && this.#fresh >= this.#table.size) return undefined
    const table = this.#table
    let unit = this.#settling.urgent.take(device.id)
    if (unit < 0) unit = this.#settling.half.take(device.id)
    if (unit < 0) unit = this.#nextFresh(device)
    if (unit < 0) return undefined
    table.copies[unit] = (table.copies[unit] as number) + 1
    table.live[unit] = (table.live[unit] as number) + 1
    return this.#lease(device, unit, 'copy')
  }

  #nextFresh(device: Device): number {
    if (this.#fresh >= this.#table.size) return -1
    const unit = this.#fresh
    this.#fresh += 1
    this.#settling.open += 1
    this.#table.wanted[unit] = device.own ? 1 : wantedAtFirst(device, this.#targetError)
    if (this.#table.wanted[unit] === 2) this.#settling.waitsForSecond(unit)
    return unit
  }

  #sample(device: Device): Held | undefined {
    if (this.#settling.samples.length === 0 || device.suspect) return undefined
    if (!isTrusted(device) && this.#idle < PATIENCE.anybody && !device.own) return undefined
    const index = this.#settling.samples.findIndex((unit) => !this.#table.had(unit, device.id))
    if (index < 0) return undefined
    const [unit] = this.#settling.samples.splice(index, 1)
    const waits = unit !== undefined && this.#table.state[unit] === UNIT.accepted && this.#table.sampleOf[unit] !== NOBODY
    return waits ? this.#lease(device, unit, 'sample') : undefined
  }

  #lease(device: Device, unit: number, purpose: Purpose, struck?: Device): Held {
    this.#leases += 1
    return { device, epoch: device.trustEpoch, unit, vote: this.#table.lease(unit, device.id), purpose, struck }
  }

  #return({ device, epoch, unit, vote, purpose, struck }: Held): void {
    if (device.trustEpoch !== epoch || device.excluded) {
      this.#settling.revoke(unit, vote)
      if (purpose === 'sample') this.#settling.samples.push(unit)
      return
    }
    device.returned += 1
    const answer = this.#crowd.answer(device, purpose !== 'copy', () => this.#seen(unit, vote))
    const wasExcluded = device.excluded
    this.#settling.arrive(device, unit, vote, answer, purpose, struck)
    if (device.liar && device.excluded && !wasExcluded) this.#unitsToExclusion.push(device.returned)
  }

  /** Whether a liar has had the unit already. */
  #seen(unit: number, vote: number): boolean {
    for (let other = unit * VOTES; other < vote; other++) if (this.#settling.device(other).liar) return true
    return false
  }

  /** The closing sample (Q15) of every author whose units stand on its word alone; false when there is nothing to do. */
  #close(): boolean {
    if (!this.#isOver()) return false
    let done = 0
    for (const author of this.#crowd.all) if (author.sampling === 0) done += this.#sealSampled(author) + this.#drawFrom(author)
    return done > 0
  }

  /** All samples agreed, or their author would have been struck and its units opened again. */
  #sealSampled(author: Device): number {
    const sampled = author.sampled.splice(0)
    for (const unit of sampled) if (this.#table.author[unit] === author.id) this.#table.sealed[unit] = 1
    return sampled.length
  }

  #drawFrom(author: Device): number {
    const alone = author.singles.splice(0).filter((unit) => this.#table.author[unit] === author.id && !this.#settling.isSealed(unit))
    author.sampled.push(...alone)
    author.sampling = sampleSize(alone.length)
    for (let i = 0; i < author.sampling; i++) {
      const j = i + Math.floor(this.#random() * (alone.length - i))
      const unit = alone[j] as number
      alone[j] = alone[i] as number
      this.#table.sampleOf[unit] = author.id
      this.#settling.samples.push(unit)
    }
    return alone.length
  }

  #isOver(): boolean {
    const { open, again } = this.#settling
    return this.#fresh >= this.#table.size && open === 0 && again.length === 0 && this.#settling.samples.length === 0
  }

  #outcome(): Outcome {
    const table = this.#table
    let [delivered, wrong, sealed, sealedWrong] = [0, 0, 0, 0]
    for (let unit = 0; unit < table.size; unit++) {
      if (table.state[unit] !== UNIT.accepted) continue
      const isWrong = table.answer[unit] === 0 ? 0 : 1
      delivered += 1
      wrong += isWrong
      if (!this.#settling.isSealed(unit)) continue
      sealed += 1
      sealedWrong += isWrong
    }
    const { all } = this.#crowd
    const count = (is: (device: Device) => boolean) => all.filter(is).length
    return {
      ...{
        units: table.size,
        delivered,
        wrong,
        leases: this.#leases,
        sealed,
        sealedWrong,
        failed: this.#settling.failed,
        rounds: this.#rounds,
      },
      honest: count(({ liar, own }) => !liar && !own),
      liars: count(({ liar }) => liar),
      honestStruck: count(({ liar, strikes }) => !liar && strikes > 0),
      honestExcluded: count(({ liar, excluded }) => !liar && excluded),
      liarsExcluded: count(({ liar, excluded }) => liar && excluded),
      unitsToExclusion: this.#unitsToExclusion,
    }
  }
}

/** Runs one job with audits, sealing and strikes as core decides them. */
export const runOurs = (scene: Scene, targetError: number): Outcome => new Ours(scene, targetError).run()
