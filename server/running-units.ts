import { LIMITS, type ProgressReport, type RunningUnit } from '../sdk/protocol.ts'
import type { LeasePlace } from './store/store.ts'
import type { Timers } from './timers.ts'

/** Milliseconds between two things said of one job. */
const BETWEEN_MS = 2000
/** What a device has not said again for so long is dropped: it says it every 20 s. Milliseconds. */
const FRESH_MS = 60_000
/** Units of which something is kept, some hundred bytes each. */
const MOST_UNITS = 10_000

/** What a device says of a unit, with where that belongs. */
export interface HeardUnit extends RunningUnit {
  readonly lease: string
  readonly job: string
  readonly deviceId: number
}
interface Kept extends HeardUnit {
  readonly heardAt: number
}

export interface RunningUnitsOptions {
  readonly timers: Timers
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** Of these leases those that the device still has. */
  readonly placesOf: (deviceId: number, leases: readonly string[]) => Promise<readonly LeasePlace[]>
}
type Listener = (job: string, running: readonly RunningUnit[]) => void

/**
 * How far units are that run now, as their devices say. It is a claim: kept in memory only, as long as the lease lives and is told again, shown to
 * the job's owner, and nothing is decided by it. Rejected: a row in the database, which would cost a write for what is old two seconds later.
 */
export class RunningUnits {
  readonly #options: RunningUnitsOptions
  /** By lease. */
  readonly #units = new Map<string, Kept>()
  readonly #ofJob = new Map<string, Set<string>>()
  /** Jobs of which something was said just now; true when there is more to say. */
  readonly #pending = new Map<string, boolean>()
  readonly #listeners: Listener[] = []
  readonly #elsewhere: { heard(units: readonly HeardUnit[]): void; ended(leases: readonly string[]): void }[] = []

  constructor(options: RunningUnitsOptions) {
    this.#options = options
  }

  /** Hears a device of its own leases; answers with how many of them it has. */
  async report(deviceId: number, { units }: ProgressReport): Promise<number> {
    const known = (lease: string): LeasePlace | undefined => {
      const unit = this.#units.get(lease)
      return unit?.deviceId === deviceId ? unit : undefined
    }
    const asked = units.flatMap(({ lease }) => (known(lease) ? [] : [lease]))
    const places = new Map((await this.#options.placesOf(deviceId, asked)).map((place) => [place.lease, place]))
    const heard = units.flatMap(({ lease, fraction, note, seconds }): HeardUnit[] => {
      const place = known(lease) ?? places.get(lease)
      if (!place) return []
      const { job, key, inputs } = place
      return [{ ...{ lease, job, key, inputs, deviceId, fraction, seconds }, ...(note ? { note } : {}) }]
    })
    this.hear(heard)
    if (heard.length > 0) for (const { heard: tell } of this.#elsewhere) tell(heard)
    return heard.length
  }

  /** What a device said here or to another server. */
  hear(heard: readonly HeardUnit[]): void {
    const heardAt = this.#options.clock()
    if (this.#units.size + heard.length > MOST_UNITS) this.#dropStale(heardAt)
    const jobs = new Set<string>()
    for (const unit of heard) {
      if (this.#units.size >= MOST_UNITS && !this.#units.has(unit.lease)) continue
      this.#units.set(unit.lease, { ...unit, heardAt })
      this.#ofJob.set(unit.job, (this.#ofJob.get(unit.job) ?? new Set()).add(unit.lease))
      jobs.add(unit.job)
    }
    for (const job of jobs) this.#changed(job)
  }

  /** These leases are over. */
  ended(leases: readonly string[]): void {
    const known = this.#units.size === 0 ? [] : leases.filter((lease) => this.#units.has(lease))
    if (known.length === 0) return
    this.forget(known)
    for (const { ended: tell } of this.#elsewhere) tell(known)
  }

  /** The same, said by another server. */
  forget(leases: readonly string[]): void {
    const jobs = new Set<string>()
    for (const lease of leases) {
      const unit = this.#units.get(lease)
      if (!unit) continue
      this.#drop(unit)
      jobs.add(unit.job)
    }
    for (const job of jobs) this.#changed(job)
  }

  /** Those of a job, the ones that run longest first. */
  of(job: string): readonly RunningUnit[] {
    const leases = this.#ofJob.get(job)
    if (!leases) return []
    const since = this.#options.clock() - FRESH_MS
    const units = [...leases].map((lease) => this.#units.get(lease)!).filter(({ heardAt }) => heardAt > since)
    return units
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, LIMITS.runningUnits)
      .map(({ key, inputs, fraction, note, seconds }) => ({ key, inputs, fraction, ...(note ? { note } : {}), seconds }))
  }

  /** Called with all of a job whenever that has changed: at once, then at most every two seconds. */
  onNews(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Called with what other servers must hear. */
  onElsewhere(listener: { heard(units: readonly HeardUnit[]): void; ended(leases: readonly string[]): void }): void {
    this.#elsewhere.push(listener)
  }

  #changed(job: string): void {
    if (this.#pending.has(job)) this.#pending.set(job, true)
    else this.#tell(job)
  }

  #tell(job: string): void {
    this.#pending.set(job, false)
    const running = this.of(job)
    for (const listener of this.#listeners) listener(job, running)
    this.#options.timers.after(BETWEEN_MS, () => {
      const hasMore = this.#pending.get(job)
      this.#pending.delete(job)
      if (hasMore) this.#tell(job)
    })
  }

  #dropStale(now: number): void {
    for (const unit of this.#units.values()) if (unit.heardAt <= now - FRESH_MS) this.#drop(unit)
  }

  #drop({ lease, job }: Kept): void {
    this.#units.delete(lease)
    const leases = this.#ofJob.get(job)
    leases?.delete(lease)
    if (leases?.size === 0) this.#ofJob.delete(job)
  }
}
