import type { UnitProgress, VolunteerSnapshot } from '../../web-worker-client/index.ts'
import type { FinishedUnit } from './tab-results.svelte.ts'

type Unit = Pick<FinishedUnit, 'job' | 'jobName' | 'purpose' | 'owner'>
export interface HeldThread {
  /** What it computes, or computed a moment ago; undefined when it has been free for longer. */
  readonly unit: Unit | undefined
  /** Whether it still does. */
  readonly isBusy: boolean
  /** Seconds since it began, or that it took. */
  readonly seconds: number
  /** How far its code says it is; undefined when it does not say, or is done. */
  readonly progress: UnitProgress | undefined
}
interface Sources {
  readonly snapshot: VolunteerSnapshot | undefined
  /** The newest first. */
  readonly recent: readonly FinishedUnit[]
}

/** A unit of milliseconds would be gone before anybody has read for whom it was: it stays in sight for so long, milliseconds. */
const STAYS_MS = 2_500
const TICK_MS = 250

/** The threads as a person can follow them: what they compute, and the units just done where one is free. */
export class HeldThreads {
  #shown = $state.raw<readonly HeldThread[]>([])
  readonly #sources: () => Sources
  #taken: VolunteerSnapshot | undefined
  #takenAt = 0

  constructor(sources: () => Sources) {
    this.#sources = sources
  }

  get shown(): readonly HeldThread[] {
    return this.#shown
  }

  /** Begins to look; returns its undo. */
  follow(): () => void {
    const timer = setInterval(() => this.#look(performance.now()), TICK_MS)
    return () => clearInterval(timer)
  }

  #look(now: number): void {
    const { snapshot, recent } = this.#sources()
    if (snapshot !== this.#taken) [this.#taken, this.#takenAt] = [snapshot, now]
    const done = recent.filter(({ finishedAt }) => now - finishedAt < STAYS_MS)
    this.#shown = (snapshot?.threads ?? []).map((unit) => {
      if (unit) return { unit, isBusy: true, seconds: unit.seconds + (now - this.#takenAt) / 1000, progress: unit.progress }
      const last = done.shift()
      return { unit: last, isBusy: false, seconds: last?.seconds ?? 0, progress: undefined }
    })
  }
}
