/**
 * One job of the server as its owner sees it: what is said to it (units, control) and what it says (events, state). Hints only wake whoever waits;
 * everything that counts is read by event number, so a lost hint or connection costs time and nothing else.
 */
import { bundleDigest } from './bundle.ts'
import type { Connection } from './connection.ts'
import { InputsIncomplete, type JobPaused } from './errors.ts'
import { isHeldUp, isNoOlder, isOver, pauseOf } from './job-outcome.ts'
import { type PagesOptions, throwPause } from './pages-options.ts'
import type {
  EventsAnswer,
  JobAction,
  JobDifferences,
  JobEvent,
  JobSnapshot,
  JobSpec,
  RunningUnit,
  StoredUnit,
  UnitSpec,
  UnitsAnswer,
} from './protocol.ts'
import type { RejectedResult } from './rejections.ts'
import { withRunning } from './running-units.ts'

/** Events asked for at a time; the server may answer fewer. */
const EVENTS_PER_PAGE = 250
/** Units asked for at a time, likewise. */
const UNITS_PER_PAGE = 1000
/** Milliseconds after which the job is looked at even without a hint. */
const LOOK_AGAIN_MS = 5_000

type JobPages = AsyncGenerator<readonly JobEvent[], void, void>

/** What was seen before there is news. */
interface Seen {
  readonly after: number
  readonly patienceMs: number | undefined
  readonly wasPaused: boolean
}

export class JobChannel {
  readonly job: string
  readonly #connection: Connection
  readonly #waits = new Set<() => void>()
  readonly #changeListeners = new Set<() => void>()
  readonly #submitted = Promise.withResolvers<void>()
  #snapshot: JobSnapshot | undefined
  #failure: unknown
  #hintedEvents = 0

  /** @param snapshot what the server said of it before, when this is an existing job */
  constructor(connection: Connection, job: string, snapshot?: JobSnapshot) {
    this.#connection = connection
    this.job = job
    this.#snapshot = snapshot
    this.#submitted.promise.catch(() => {})
  }

  /** Settles when the server has the job, or rejects with why it never will. */
  get submission(): Promise<void> {
    return this.#submitted.promise
  }

  /** The last the server said, undefined before the job is submitted. */
  get snapshot(): JobSnapshot | undefined {
    return this.#snapshot
  }

  /** Why this end gave up; undefined while all is well. */
  get failure(): unknown {
    return this.#failure
  }

  /** Whether the server will decide nothing more. */
  get ended(): boolean {
    return this.#snapshot !== undefined && isOver(this.#snapshot)
  }

  /** Units whose fate is known. */
  get decided(): number {
    if (this.#snapshot === undefined) return 0
    const { accepted, sealed, failed, cancelled } = this.#snapshot.units
    return accepted + sealed + failed + cancelled
  }

  /** Creates the job with its first units. @throws Refused, NotConnected */
  async submit(unbundled: Omit<JobSpec, 'bundle'>, code: string, units: readonly UnitSpec[], inputsComplete: boolean): Promise<void> {
    const spec = { ...unbundled, bundle: await bundleDigest(code) }
    await this.#look(this.#connection.request('submit', { spec, code: new TextEncoder().encode(code), units, inputsComplete }))
    this.#submitted.resolve()
    void this.#follow()
  }

  /** Takes up a job that exists. @throws Refused `unknown-job`, NotConnected */
  async attach(): Promise<JobSnapshot> {
    const snapshot = await this.#watch()
    this.#submitted.resolve()
    if (!this.ended) void this.#follow()
    return snapshot
  }

  /** Adds units; one whose key exists is the existing unit. @throws Refused, NotConnected */
  async add(units: readonly UnitSpec[], inputsComplete: boolean): Promise<void> {
    await this.#connection.request('add', { job: this.job, units, inputsComplete })
    // Nothing need be decided any more for the job to end now.
    if (inputsComplete) await this.#watch()
  }

  /** Says that units are no longer wanted. @throws Refused, NotConnected */
  async drop(keys: readonly string[]): Promise<void> {
    if (keys.length > 0) await this.#connection.request('drop', { job: this.job, keys })
  }

  /** Says that a result is wrong: somebody else is to compute its unit. @throws Refused, NotConnected */
  async reject(result: RejectedResult): Promise<void> {
    await this.#connection.request('reject', { job: this.job, ...result })
  }

  /** The event of this number, unless it was forgotten. @throws Refused, NotConnected */
  async eventAt(n: number): Promise<JobEvent | undefined> {
    return (await this.#connection.request('events', { job: this.job, after: n - 1, limit: 1 })).events[0]
  }

  /** Units of the job with these keys, at least one where any is there; ask again for the others. @throws Refused, NotConnected */
  async inputs(keys: readonly string[]): Promise<readonly StoredUnit[]> {
    return (await this.#connection.request('inputs', { job: this.job, keys })).units
  }

  /** @throws Refused, NotConnected, or why it was not submitted */
  async differences(): Promise<JobDifferences> {
    await this.#submitted.promise
    return this.#connection.request('differences', { job: this.job })
  }

  /** All units at the server, page by page. @throws Refused, NotConnected */
  async *units(): AsyncGenerator<readonly StoredUnit[], void, void> {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: UnitsAnswer = await this.#connection.request('units', { job: this.job, after, limit: UNITS_PER_PAGE })
      yield page.units
      after = page.next
    }
  }

  /** Pauses, resumes or cancels, as soon as the job is submitted. @throws Refused, NotConnected, or why it was not submitted */
  async control(action: JobAction): Promise<void> {
    await this.#submitted.promise
    await this.#look(this.#connection.request('control', { job: this.job, action }))
  }

  /** Calls `listener` whenever the server said something or this end gave up; returns its undo. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  /** This end gives up: whatever waits is rejected with `error`. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#submitted.reject(error)
    this.#wake()
  }

  /**
   * The events after number `after` to the last, as many at a time as there are; ends with the job.
   * @param patienceMs how long the job may wait for more inputs of its client when all it has is decided; for ever when absent
   * @throws whatever made this end give up, InputsIncomplete when patience is over, JobPaused unless `onPaused` is there
   */
  async *pages({ after = 0, patienceMs, withConsole = false, onPaused = throwPause }: PagesOptions = {}): JobPages {
    await this.#submitted.promise
    for (let wasPaused = false; ; ) {
      const asked = { job: this.job, after, limit: EVENTS_PER_PAGE, ...(withConsole ? { console: true as const } : {}) }
      const { events, snapshot } = await this.#look(this.#connection.request('events', asked))
      if (this.#failure !== undefined) throw this.#failure
      if (events.length > 0) {
        after = events.at(-1)!.n
        yield events
        // Whoever took these took their time: a pause may be over by now.
        if (after < snapshot.events || isHeldUp(snapshot)) continue
      }
      if (isOver(snapshot)) return
      const pause = pauseOf(snapshot)
      if (pause !== undefined && !wasPaused) onPaused(pause)
      else if (pause === undefined && wasPaused) yield []
      wasPaused = pause !== undefined
      await this.#news({ after, patienceMs, wasPaused })
    }
  }

  async #news({ after, patienceMs, wasPaused }: Seen): Promise<void> {
    let overdue = false
    const lose = () => {
      overdue = true
      this.#wake()
    }
    const timer = patienceMs === undefined ? undefined : setTimeout(lose, patienceMs)
    const isNew = () => this.ended || this.#hintedEvents > after || this.#snapshot!.events > after || isHeldUp(this.#snapshot) !== wasPaused
    try {
      await this.until(() => isNew() || (overdue && this.#snapshot!.waitingSince !== undefined))
      if (!isNew()) throw new InputsIncomplete(this.#snapshot!)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Asks whether the server has paused the job. @throws Refused, NotConnected */
  async pause(): Promise<JobPaused | undefined> {
    return pauseOf(await this.#watch())
  }

  /** As `until`, for what a job that is paused does not come to. @throws JobPaused when the server has paused it, and as `until` */
  async comesTo(condition: () => boolean): Promise<void> {
    for (;;) {
      await this.until(() => condition() || isHeldUp(this.#snapshot))
      if (condition()) return
      const pause = await this.pause()
      if (pause !== undefined) throw pause
    }
  }

  /** The newest events, at most `count`. @throws Refused, NotConnected */
  async latest(count: number): Promise<readonly JobEvent[]> {
    const after = Math.max(0, (this.#snapshot?.events ?? 0) - count)
    return (await this.#look(this.#connection.request('events', { job: this.job, after, limit: count }))).events
  }

  /** Resolves once `condition`, tested whenever something changes, holds. @throws whatever made this end give up */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      if (condition()) return
      await new Promise<void>((resolve) => this.#waits.add(resolve))
    }
  }

  #wake(): void {
    const waits = [...this.#waits]
    this.#waits.clear()
    for (const wait of waits) wait()
    for (const listener of this.#changeListeners) listener()
  }

  /** Takes the answer to a question, unless something newer is known already. */
  async #look<Told extends JobSnapshot | EventsAnswer>(asked: Promise<Told>): Promise<Told> {
    const answer = await asked
    const seen: JobSnapshot = 'snapshot' in answer ? answer.snapshot : (answer as JobSnapshot)
    if (isNoOlder(seen, this.#snapshot)) this.#snapshot = withRunning(seen, seen.running)
    this.#wake()
    return answer
  }

  #hearRunning(running: readonly RunningUnit[]): void {
    if (this.#snapshot !== undefined && !this.ended) this.#snapshot = withRunning(this.#snapshot, running)
    this.#wake()
  }

  #watch(): Promise<JobSnapshot> {
    return this.#look(this.#connection.request('watch', { job: this.job }))
  }

  /** Keeps the snapshot fresh until the job has ended; joins the hints again after every reconnection. */
  async #follow(): Promise<void> {
    let wake = () => {}
    const forget = [
      this.#connection.onConnect(() => wake()),
      this.#connection.onHint(this.job, (hint) => {
        if ('running' in hint) return this.#hearRunning(hint.running)
        this.#hintedEvents = Math.max(this.#hintedEvents, hint.events)
        this.#wake()
        wake()
      }),
    ]
    try {
      while (this.#failure === undefined) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve
        })
        await this.#watch()
        if (this.ended) return
        const timer = setTimeout(wake, LOOK_AGAIN_MS)
        await woken
        clearTimeout(timer)
      }
    } catch (error) {
      this.fail(error)
    } finally {
      for (const undo of forget) undo()
    }
  }
}
