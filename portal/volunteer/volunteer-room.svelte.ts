import type { DeviceStanding } from '../../sdk/protocol.ts'
import { type TabResult, Volunteer, type VolunteerSnapshot, whatIsMissing } from '../../web-worker-client/index.ts'
import { m } from '../messages/catalogue.ts'
import { Consent } from './consent.svelte.ts'
import { defaultThreads, isPhone } from './default-threads.ts'
import { Remembered } from './remembered.ts'
import { tabResults } from './tab-results.svelte.ts'
import { thisDevice } from './this-device.svelte.ts'
import { whatHappens } from './why.ts'

interface Choice {
  readonly threads: number
  readonly paused: boolean
}
const isChoice = (value: unknown): boolean => Number.isInteger((value as Choice | null)?.threads) && (value as Choice).threads >= 1
/** Units that follow each other within this time are one computation to a person, milliseconds. */
const GAP_MS = 4_000
const remembered = new Remembered<Choice>('dsage.choice', isChoice)

/** The engine of this tab and the person's say over it. Nothing is started before they have agreed; what they chose is remembered. */
export class VolunteerRoom {
  readonly consent = new Consent()
  readonly cores = Math.max(1, navigator.hardwareConcurrency || 1)
  readonly missing = whatIsMissing()
  readonly #volunteer: Volunteer
  #snapshot = $state.raw<VolunteerSnapshot>()
  #isStarted = $state(false)
  #failure = $state<string>()
  #hasJustComputed = $state(false)
  #quiet: ReturnType<typeof setTimeout> | undefined
  #choice = $state.raw<Choice>({ threads: defaultThreads(this.cores, isPhone()), paused: false })

  constructor() {
    const before = remembered.read()
    if (before) this.#choice = { threads: Math.min(before.threads, this.cores), paused: before.paused === true }
    this.#volunteer = new Volunteer({
      url: location.origin,
      threads: this.#choice.threads,
      onResult: (result) => this.#finished(result),
      makeWorker: () => new Worker(new URL('../../web-worker-client/browser/engine-worker.ts', import.meta.url), { type: 'module' }),
    })
    this.#volunteer.listen(() => this.#take(this.#volunteer.snapshot))
  }

  /** Undefined until the engine was started. */
  get snapshot(): VolunteerSnapshot | undefined {
    return this.#snapshot
  }

  get threads(): number {
    return this.#choice.threads
  }

  get isPaused(): boolean {
    return this.#choice.paused
  }

  /** Whether a unit is being computed, or was a moment ago. */
  get isComputing(): boolean {
    return this.#snapshot?.state.name === 'computing' || this.#hasJustComputed
  }

  /** Whether there is something to start again: the server would not have this device, or the start failed. */
  get hasEnded(): boolean {
    return this.#failure !== undefined || this.#snapshot?.state.name === 'stopped'
  }

  /** What this tab does, or why it does nothing. */
  get sentence(): string {
    const { missing, isPaused } = this
    const [failure, snapshot, hasJustComputed] = [this.#failure, this.#snapshot, this.#hasJustComputed]
    return whatHappens({ missing, failure, snapshot, hasJustComputed, isPaused }, m.volunteer)
  }

  /** They have agreed: it begins. */
  async agree(): Promise<void> {
    this.consent.give()
    this.#choose({ paused: false })
    await this.start()
  }

  /** Goes on where they left it, if they have agreed before. */
  async start(): Promise<void> {
    if (!this.consent.isGiven || this.isPaused || this.missing.length > 0) return
    await this.#attempt(async () => {
      if (this.hasEnded) await this.#volunteer.stop()
      this.#failure = undefined
      await this.#volunteer.start()
      this.#isStarted = true
    })
  }

  async pause(): Promise<void> {
    this.#choose({ paused: true })
    await this.#attempt(() => this.#volunteer.pause())
  }

  async resume(): Promise<void> {
    this.#choose({ paused: false })
    if (this.#isStarted && !this.hasEnded) await this.#attempt(() => this.#volunteer.resume())
    else await this.start()
  }

  async setThreads(threads: number): Promise<void> {
    this.#choose({ threads })
    await this.#attempt(() => this.#volunteer.setThreads(threads))
  }

  /** As the engine asks, which alone has the device's secret. @throws Error with a sentence */
  standing(after?: string): Promise<DeviceStanding | undefined> {
    return this.#volunteer.standing(after)
  }

  /** @throws Error with a sentence */
  appeal(text: string): Promise<DeviceStanding | undefined> {
    return this.#volunteer.appeal(text)
  }

  /** Ends everything and forgets that they agreed. */
  async withdraw(): Promise<void> {
    this.consent.withdraw()
    this.#isStarted = false
    await this.#attempt(() => this.#volunteer.stop())
    this.#snapshot = undefined
  }

  #choose(change: Partial<Choice>): void {
    this.#choice = { ...this.#choice, ...change }
    remembered.write(this.#choice)
  }

  #take(snapshot: VolunteerSnapshot): void {
    this.#snapshot = snapshot
    if (snapshot.device !== undefined) thisDevice.is(snapshot.device)
  }

  #finished(result: TabResult): void {
    tabResults.add(result)
    this.#hasJustComputed = true
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => {
      this.#hasJustComputed = false
    }, GAP_MS)
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error)
    }
  }
}

/** One for the tab: it goes on while other pages are looked at. */
export const volunteerRoom = new VolunteerRoom()
