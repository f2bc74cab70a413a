import * as Comlink from 'comlink'
import type { DeviceStanding } from '../../sdk/protocol.ts'
import type { EngineService, ServiceListener } from './engine-service.ts'
import { PageFrames } from './page-frames.ts'
import type { TabResult, VolunteerSnapshot, VolunteerTrouble } from './volunteer-snapshot.ts'
import { whatIsMissing } from './what-is-missing.ts'

export interface VolunteerOptions {
  /** Origin of the server, usually the page's own. */
  readonly url: string
  /** Units computed at the same time, 1 to 1024. */
  readonly threads: number
  /** Told of each unit that this tab computed. */
  readonly onResult?: (result: TabResult) => void
  /**
   * Makes the engine's worker, so that the page's bundler finds it:
   * `() => new Worker(new URL('…/web-worker-client/browser/engine-worker.ts', import.meta.url), { type: 'module' })`
   */
  readonly makeWorker: () => Worker
}

const AT_REST: VolunteerSnapshot = {
  state: { name: 'paused' },
  connected: false,
  own: false,
  threads: [],
  queued: 0,
  undelivered: 0,
  counters: { returned: 0, errored: 0, recorded: 0, late: 0, duplicate: 0, refused: 0 },
}

interface Running {
  readonly worker: Worker
  readonly service: Comlink.Remote<EngineService>
  readonly frames: PageFrames
  /** Undoes what it listens to. */
  readonly unlisten: () => void
}

/**
 * A page that lends its device: starts the engine in its worker, makes the frames it asks for and shows what it says. Nothing is computed
 * here, and nothing that a job says reaches this window.
 */
export class Volunteer {
  readonly #options: VolunteerOptions
  readonly #listeners = new Set<() => void>()
  #snapshot: VolunteerSnapshot = AT_REST
  #threads: number
  #running: Running | undefined

  constructor(options: VolunteerOptions) {
    this.#options = options
    this.#threads = options.threads
  }

  get snapshot(): VolunteerSnapshot {
    return this.#snapshot
  }

  /** Calls `listener` after changes of the snapshot, at most ten times a second; returns the undo. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Starts, also again after `stop`; twice does nothing. What is missing shows as the snapshot's trouble, and nothing starts. */
  async start(): Promise<void> {
    if (this.#running) return
    const [missing] = whatIsMissing()
    if (missing) return this.#fail(missing)
    const { url, onResult, makeWorker } = this.#options
    const worker = makeWorker()
    worker.onerror = () => {
      if (this.#snapshot === AT_REST) this.#fail('no-workers') // its script did not load
    }
    const service = Comlink.wrap<EngineService>(worker)
    const frames = new PageFrames(url)
    this.#running = { worker, service, frames, unlisten: this.#followPage(service) }
    const listener: ServiceListener = {
      snapshot: (snapshot) => this.#become(snapshot),
      result: (result) => onResult?.(result),
    }
    const settings = { url, threads: this.#threads, wantsResults: onResult !== undefined }
    await service.start(settings, Comlink.proxy(frames), Comlink.proxy(listener))
  }

  /** Ends what runs and gives it back; the connection stays. */
  async pause(): Promise<void> {
    await this.#running?.service.pause('user')
  }

  /** The inverse of `pause`. */
  async resume(): Promise<void> {
    await this.#running?.service.resume('user')
  }

  /** @throws RangeError unless it is an integer from 1 to 1024 */
  async setThreads(threads: number): Promise<void> {
    await this.#running?.service.setThreads(threads)
    this.#threads = threads
  }

  /** What this device's word counts at the server, with a page of its strikes; undefined before it was started. @throws Error with a sentence */
  async standing(after?: string): Promise<DeviceStanding | undefined> {
    return this.#running?.service.standing(after)
  }

  /** Says something against a strike or a ban, in place of what was said before. @throws Error with a sentence */
  async appeal(text: string): Promise<DeviceStanding | undefined> {
    return this.#running?.service.appeal(text)
  }

  /** Gives everything back and ends the engine's worker. */
  async stop(): Promise<void> {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    running.unlisten()
    await running.service.stop()
    running.service[Comlink.releaseProxy]()
    running.worker.terminate()
    running.frames.closeAll()
    this.#become(AT_REST)
  }

  /**
   * A page that is frozen or kept for going back to computes nothing: it gives its units back before, or others would wait for them. A page
   * that is closed needs nothing here: its socket closes and says so.
   */
  #followPage(service: Comlink.Remote<EngineService>): () => void {
    const hide = () => void service.pause('page')
    const show = () => void service.resume('page')
    const events = [
      [window, 'pagehide', hide],
      [window, 'pageshow', show],
      [document, 'freeze', hide],
      [document, 'resume', show],
    ] as const
    for (const [target, type, run] of events) target.addEventListener(type, run)
    return () => {
      for (const [target, type, run] of events) target.removeEventListener(type, run)
    }
  }

  #fail(trouble: VolunteerTrouble): void {
    this.#become({ ...this.#snapshot, trouble })
  }

  #become(snapshot: VolunteerSnapshot): void {
    this.#snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }
}
