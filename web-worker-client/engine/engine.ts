import type { JobBrief, LeaseAnswer, Refusal, Revocation, Welcome } from '../../sdk/protocol.ts'
import { Announcer } from './announcer.ts'
import { type Clock, systemClock, within } from './clock.ts'
import { Connection } from './connection.ts'
import { nextRequest, UnitTimes } from './demand.ts'
import { type EngineOptions, expectThreads } from './engine-options.ts'
import { type Phase, stateOf } from './engine-phase.ts'
import { Exchange } from './exchange.ts'
import { rangesOf } from './fetch-range.ts'
import { helloOf } from './hello.ts'
import { PartsOfJobs } from './job-parts.ts'
import { KnownIdentity } from './known-identity.ts'
import { memoryFiles } from './memory-files.ts'
import { MovingCheckpoints } from './moving-checkpoints.ts'
import { Outbox } from './outbox.ts'
import { type HeldUnit, Pool, threadSnapshot } from './pool.ts'
import { ProgressReport } from './progress-report.ts'
import { returnedUnit } from './returned-unit.ts'
import type { UnitOutcome } from './sandbox-thread.ts'
import type { EngineSnapshot, EngineState } from './snapshot.ts'

/** A result that took less than this is cheaper to compute again than to write down, seconds. */
const WORTH_KEEPING_SECONDS = 0.1
/** How long `stop` waits for each of: the server's acknowledgements, the threads. */
const FAREWELL_MS = 2000

/**
 * Lends a device's threads to a server: connects, leases units, has the sandbox compute them and returns what came out. Runs in a worker of
 * a page and in Node alike; everything that differs is injected. Nothing a unit or the network does ends it: only `stop` or a refusal does.
 */
export class Engine {
  readonly #options: EngineOptions
  readonly #clock: Clock
  readonly #connection: Connection
  readonly #parts: PartsOfJobs
  readonly #outbox: Outbox
  readonly #checkpoints: MovingCheckpoints
  readonly #pool: Pool
  readonly #exchange: Exchange
  readonly #progress: ProgressReport
  readonly #identity: KnownIdentity
  readonly #times = new UnitTimes()
  readonly #announcer = new Announcer()
  readonly #counters = { returned: 0, errored: 0, recorded: 0, late: 0, duplicate: 0, refused: 0 }
  #phase: Phase = { name: 'new' }
  #threads: number
  #own = false
  #idle: Pick<LeaseAnswer, 'reason' | 'devices'> = {}
  /** Undefined until the first attempt has come to something. */
  #offline: boolean | undefined
  #stopping: Promise<void> | undefined

  constructor(options: EngineOptions) {
    expectThreads(options.threads)
    this.#threads = options.threads
    this.#options = options
    const clock = options.clock ?? systemClock
    const { log, spawn, threads } = options
    this.#clock = clock
    this.#identity = new KnownIdentity(options.identity, log)
    this.#outbox = new Outbox(options.outbox, log)
    this.#connection = this.#makeConnection()
    this.#checkpoints = new MovingCheckpoints({
      ...{ folder: options.checkpoints, device: () => this.#identity.current?.id, log, clock },
      send: async (lease, bytes) => (await this.#connection.request('checkpoint', { lease, bytes }))?.ok?.kept === true,
      fetch: async (lease) => (await this.#connection.request('restore', { lease }))?.ok?.bytes,
    })
    this.#parts = new PartsOfJobs({
      ...{ clock, log, folder: options.files ?? memoryFiles(), fetchRange: rangesOf(options.url, () => this.#identity.current) },
      fetchBundle: (bundle) => this.#connection.request('bundle', { bundle }),
      onReady: () => this.#dispatch(),
      onUnavailable: (isTheirs, message) => this.#cannotCompute(isTheirs, message),
    })
    this.#pool = new Pool({
      ...{ spawn, threads, clock, log },
      partsOf: (brief) => this.#parts.of(brief),
      mayStart: () => this.#mayWork,
      onOutcome: (unit, outcome, seconds) => this.#take(unit, outcome, seconds),
      onProgress: () => this.#heardProgress(),
      checkpointOf: (unit) => this.#checkpoints.get(unit),
      onCheckpoint: (unit, bytes) => this.#checkpoints.keep(unit, bytes),
    })
    this.#progress = new ProgressReport({
      clock,
      running: () => this.#pool.running,
      send: (units) => this.#connection.request('progress', { units }),
    })
    this.#exchange = new Exchange({
      ...{ connection: this.#connection, outbox: this.#outbox, clock, log },
      want: (undelivered) => (this.#mayWork ? nextRequest(this.#pool.stock, undelivered, this.#times) : undefined),
      held: () => this.#pool.held,
      onLeases: (answer) => this.#accept(answer),
      onOutcome: (outcome) => this.#count(outcome),
    })
  }

  get snapshot(): EngineSnapshot {
    const now = this.#clock.now()
    return {
      state: this.#state(),
      connected: this.#connection.welcomed,
      ...this.#identity.shown,
      own: this.#own,
      threads: this.#pool.running.map((unit) => unit && threadSnapshot(unit, now)),
      queued: this.#pool.queued.length,
      undelivered: this.#outbox.size,
      counters: { ...this.#counters },
    }
  }

  /** Calls `listener` after changes of the snapshot, several changes at once; returns the undo. */
  listen(listener: () => void): () => void {
    return this.#announcer.listen(listener)
  }

  /** Settles when the first attempt to connect is under way. Starting twice does nothing. @throws Error without `crypto.subtle` */
  async start(): Promise<void> {
    if (this.#phase.name !== 'new') return
    if (!globalThis.crypto?.subtle)
      throw new Error('Expected a secure context (https or localhost): without crypto.subtle no code can be checked.')
    this.#phase = { name: 'running' }
    const known = await this.#identity.load()
    if (known) await Promise.all([this.#outbox.open(known.id), this.#checkpoints.open(known.id)])
    if (this.#stopping) return
    this.#pool.open()
    this.#connection.open()
  }

  /** Ends what runs, gives every lease back and asks for no more; the connection stays. */
  pause(): void {
    if (this.#phase.name !== 'running') return
    this.#phase = { name: 'paused' }
    void this.#giveBack(
      this.#pool.drop(() => true),
      true,
    )
    this.#announcer.announce()
  }

  /** The inverse of `pause`. */
  resume(): void {
    if (this.#phase.name !== 'paused') return
    this.#phase = { name: 'running' }
    this.#exchange.advance()
    this.#announcer.announce()
  }

  /**
   * Computes that many units at the same time from now on; what surplus threads compute begins anew in others.
   * @throws RangeError unless it is an integer from 1 to 1024
   */
  setThreads(threads: number): void {
    expectThreads(threads)
    this.#threads = threads
    this.#pool.resize(threads)
    this.#exchange.advance()
    this.#announcer.announce()
  }

  /** For good: finishes nothing, gives every lease back, then disconnects. Undelivered results stay in the outbox store. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(refusal?: Refusal): Promise<void> {
    this.#phase = { name: 'stopped', ...(refusal && { refusal }) }
    const released = this.#giveBack(this.#pool.drop(() => true))
    this.#exchange.advance()
    this.#announcer.announce()
    await within(this.#clock, FAREWELL_MS, Promise.all([released, this.#exchange.returned()]))
    this.#exchange.close()
    this.#progress.end()
    this.#connection.close()
    this.#outbox.keepAll()
    await within(this.#clock, FAREWELL_MS, Promise.all([this.#pool.close(), this.#outbox.written(), this.#checkpoints.written()]))
    this.#announcer.announce()
  }

  #makeConnection(): Connection {
    const { url, certificate, random, login } = this.#options
    return new Connection({
      url,
      ...(certificate !== undefined && { certificate }),
      clock: this.#clock,
      random: random ?? Math.random,
      ...(login && { login }),
      hello: (session) =>
        helloOf({ ...this.#options, threads: this.#threads, identity: this.#identity.current, session, held: this.#held }),
      onWelcome: (welcome) => this.#welcome(welcome),
      onLost: (why) => this.#lost(why),
      onRefused: (refusal) => void (this.#stopping ??= this.#stop(refusal)),
      onRevoke: (revocation) => this.#revoke(revocation),
    })
  }

  get #held(): readonly string[] {
    return [...this.#pool.leases, ...this.#outbox.leases]
  }

  #heardProgress(): void {
    this.#announcer.announce()
    this.#progress.note()
  }

  #welcome(welcome: Welcome): void {
    if (this.#offline !== false) this.#options.log.info(`Connected as device ${welcome.device.id}.`)
    this.#offline = false
    this.#own = welcome.own
    this.#identity.take(welcome)
    const expected = new Set(welcome.held)
    this.#checkpoints.abandon(this.#pool.drop((unit) => !expected.has(unit.leased.lease)))
    this.#dispatch()
    this.#exchange.advance()
  }

  #lost(why: string): void {
    if (!this.#offline) this.#options.log.warn(`No connection to ${this.#options.url} (${why}); trying again until there is one.`)
    this.#offline = true
    this.#outbox.keepAll()
    this.#announcer.announce()
  }

  #revoke(revocation: Revocation): void {
    const revoked = new Set(revocation.leases)
    for (const unit of this.#pool.units) if (revoked.has(unit.leased.lease)) this.#checkpoints.forget(unit)
    this.#pool.drop((unit) => revoked.has(unit.leased.lease))
    this.#exchange.advance()
    this.#announcer.announce()
  }

  /** An answer may come after `pause` or `stop`: then everything goes back. */
  #accept(answer: LeaseAnswer): void {
    this.#idle = { ...(answer.reason && { reason: answer.reason }), ...(answer.devices && { devices: answer.devices }) }
    const briefs = new Map(answer.jobs.map((brief) => [brief.job, brief]))
    for (const brief of briefs.values()) this.#parts.offer(brief)
    const units: HeldUnit[] = []
    const unusable: string[] = []
    for (const leased of answer.leases) {
      const brief = briefs.get(leased.job)
      if (brief && this.#phase.name === 'running') units.push({ leased, brief })
      else unusable.push(leased.lease)
    }
    this.#pool.add(units)
    if (unusable.length > 0) void this.#giveBack(unusable)
    this.#announcer.announce()
  }

  /** What a unit came to: into the outbox first, then to the server. */
  #take(unit: HeldUnit, outcome: UnitOutcome, seconds: number): void {
    const result = returnedUnit(unit.leased.lease, outcome)
    this.#counters.returned += 1
    this.#checkpoints.forget(unit)
    if ('errored' in result) this.#counters.errored += 1
    else this.#times.record(unit.brief.job, seconds)
    this.#options.onResult?.(unit, result, seconds)
    this.#outbox.add(this.#identity.current!.id, result, seconds >= WORTH_KEEPING_SECONDS || !this.#connection.welcomed)
    this.#exchange.advance()
    this.#announcer.announce()
  }

  /** What units of some jobs need does not come. */
  #cannotCompute(isTheirs: (brief: JobBrief) => boolean, message: string): void {
    const stranded = this.#pool.dropQueued((unit) => isTheirs(unit.brief))
    if (stranded.length > 0) this.#options.log.warn(message)
    for (const unit of stranded) this.#take(unit, { errored: 'bundle-unavailable', message, seconds: 0 }, 0)
  }

  get #mayWork(): boolean {
    return this.#phase.name === 'running' && !this.#outbox.full
  }

  #count(outcome: 'recorded' | 'late' | 'duplicate' | 'refused'): void {
    this.#counters[outcome] += 1
    this.#dispatch()
  }

  #dispatch(): void {
    this.#pool.dispatch()
    this.#announcer.announce()
  }

  /** At once, but for those whose newest checkpoint is not at the server yet. */
  async #giveBack(leases: readonly string[], pausing?: true): Promise<void> {
    const { true: later = [], false: now = [] } = Object.groupBy(leases, (lease) => String(this.#checkpoints.hasNews(lease)))
    const handedOver = this.#checkpoints.handOver(later)
    await Promise.all([
      now.length > 0 || pausing ? this.#connection.request('release', { leases: now, ...(pausing && { pausing }) }) : undefined,
      later.length > 0 ? handedOver.then(() => this.#connection.request('release', { leases: later })) : undefined,
    ])
  }

  #state(): EngineState {
    const isComputing = this.#pool.running.some((unit) => unit !== undefined)
    return stateOf(this.#phase, { isComputing, isConnected: this.#connection.welcomed, idle: this.#idle })
  }
}
