import type * as Comlink from 'comlink'
import type { DeviceStanding, ReturnedUnit } from '../../sdk/protocol.ts'
import type { Clock } from '../engine/clock.ts'
import { Engine } from '../engine/engine.ts'
import type { Log } from '../engine/log.ts'
import { folderOutbox } from '../engine/outbox-store.ts'
import type { HeldUnit } from '../engine/pool.ts'
import { browserThreads } from './browser-threads.ts'
import { engineClass } from './engine-class.ts'
import { keptCheckpoints, keptFiles, keptIdentity, keptResults } from './kept.ts'
import { NetworkProbe } from './network-probe.ts'
import { whenOnlyTab } from './only-tab.ts'
import { OwnStanding } from './own-standing.ts'
import { type OfferedFrames, remoteFrames } from './remote-frames.ts'
import type { TabResult, VolunteerSnapshot, VolunteerTrouble } from './volunteer-snapshot.ts'

/** At most so often is the page told of changes, and at least so often while something computes, milliseconds. */
const TELL_MS = 100
const TELL_AGAIN_MS = 1000

export interface ServiceSettings {
  /** Origin of the server. */
  readonly url: string
  readonly threads: number
  /** Whether the page wants to be told of results. */
  readonly wantsResults: boolean
}

/** What the page wants to hear. */
export interface ServiceListener {
  snapshot(snapshot: VolunteerSnapshot): void
  result(result: TabResult): void
}

/** The engine in the portal's own worker, as the page asks it over Comlink. Both are ours. */
export class EngineService {
  readonly #clock: Clock
  readonly #log: Log
  #engine: Engine | undefined
  #listener: Comlink.Remote<ServiceListener> | undefined
  #probe: NetworkProbe | undefined
  #standing: OwnStanding | undefined
  #leavePlace: () => void = () => {}
  #isWaiting = false
  #lacksSandbox = false
  /** By its user, and while its page is hidden away. */
  readonly #pauses = new Set<'user' | 'page'>()
  #soon: (() => void) | undefined
  #undoAgain: () => void = () => {}

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  start(settings: ServiceSettings, frames: OfferedFrames, listener: ServiceListener & Comlink.ProxyMarked): void {
    if (this.#engine) return
    this.#listener = listener as unknown as Comlink.Remote<ServiceListener>
    const engine = this.#makeEngine(settings, frames)
    this.#engine = engine
    this.#probe = this.#makeProbe(engine, settings.url)
    this.#standing = new OwnStanding(settings.url, keptIdentity(settings.url))
    engine.listen(() => this.#tell())
    this.#leavePlace = whenOnlyTab(navigator.locks, `dsage-volunteer ${settings.url}`, {
      begin: () => this.#begin(engine),
      waits: () => this.#become({ isWaiting: true }),
    })
  }

  pause(by: 'user' | 'page'): void {
    this.#pauses.add(by)
    this.#engine?.pause()
  }

  resume(by: 'user' | 'page'): void {
    this.#pauses.delete(by)
    if (this.#pauses.size === 0) this.#engine?.resume()
  }

  setThreads(threads: number): void {
    this.#engine?.setThreads(threads)
  }

  /** What its word counts at the server, with a page of its strikes. @throws Error */
  async standing(after?: string): Promise<DeviceStanding | undefined> {
    return this.#standing?.read(after)
  }

  /** @throws Error */
  async appeal(text: string): Promise<DeviceStanding | undefined> {
    return this.#standing?.appeal(text)
  }

  /** Gives everything back; the worker is of no use afterwards. */
  async stop(): Promise<void> {
    this.#probe?.stop()
    await this.#engine?.stop()
    this.#leavePlace()
  }

  #makeEngine({ url, threads, wantsResults }: ServiceSettings, frames: OfferedFrames): Engine {
    const onTrouble = (lacksSandbox: boolean) => this.#become({ lacksSandbox })
    const onResult = ({ leased, brief }: HeldUnit, result: ReturnedUnit, seconds: number) => {
      if ('errored' in result) return
      void this.#listener!.result({
        job: brief.job,
        jobName: brief.name,
        purpose: brief.purpose,
        owner: brief.owner,
        input: leased.input,
        output: result.output,
        seconds,
      })
    }
    return new Engine({
      url,
      threads,
      kind: 'browser',
      engine: engineClass(navigator.userAgent),
      spawn: browserThreads({ maker: remoteFrames(frames), clock: this.#clock, log: this.#log, onTrouble }),
      identity: keptIdentity(url),
      outbox: folderOutbox(keptResults()),
      checkpoints: keptCheckpoints(),
      files: keptFiles(),
      log: this.#log,
      clock: this.#clock,
      ...(wantsResults && { onResult }),
    })
  }

  #makeProbe(engine: Engine, url: string): NetworkProbe {
    return new NetworkProbe({
      clock: this.#clock,
      isConnected: () => engine.snapshot.connected,
      answers: () =>
        fetch(new URL('/healthz', url), { cache: 'no-store' }).then(
          ({ ok }) => ok,
          () => false,
        ),
      onChange: () => this.#tell(),
    })
  }

  #begin(engine: Engine): void {
    this.#become({ isWaiting: false })
    this.#probe?.start()
    void engine.start().then(() => {
      if (this.#pauses.size > 0) engine.pause()
    })
  }

  #become({ isWaiting = this.#isWaiting, lacksSandbox = this.#lacksSandbox }): void {
    this.#isWaiting = isWaiting
    this.#lacksSandbox = lacksSandbox
    this.#tell()
  }

  #trouble(): VolunteerTrouble | undefined {
    if (this.#isWaiting) return 'another-tab'
    if (this.#probe?.isBlocked) return 'network-blocks'
    return this.#lacksSandbox ? 'no-sandbox' : undefined
  }

  /** Soon, once for all that changes until then. */
  #tell(): void {
    if (this.#engine?.snapshot.connected) this.#probe?.connected()
    this.#soon ??= this.#clock.after(TELL_MS, () => {
      this.#soon = undefined
      this.#tellNow()
    })
  }

  #tellNow(): void {
    this.#undoAgain()
    const trouble = this.#trouble()
    const { snapshot } = this.#engine!
    void this.#listener!.snapshot({ ...snapshot, ...(trouble && { trouble }) })
    if (snapshot.state.name === 'computing') this.#undoAgain = this.#clock.after(TELL_AGAIN_MS, () => this.#tellNow())
  }
}
