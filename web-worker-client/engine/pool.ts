import type { ErroredReason, JobBrief, LeasedUnit } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import type { Stock } from './demand.ts'
import type { JobParts } from './job-parts.ts'
import type { Log } from './log.ts'
import type { SpawnThread, UnitOutcome } from './sandbox-thread.ts'
import type { ThreadSnapshot } from './snapshot.ts'
import { SupervisedThread } from './supervised-thread.ts'
import type { UnitListener, UnitProgress } from './unit-news.ts'

export interface HeldUnit {
  readonly leased: LeasedUnit
  readonly brief: JobBrief
}
export interface RunningUnit extends HeldUnit {
  /** By the engine's clock, milliseconds. */
  readonly startedAt: number
  /** What its code said last. */
  readonly progress?: UnitProgress
}

export interface PoolOptions {
  readonly spawn: SpawnThread
  readonly threads: number
  readonly clock: Clock
  readonly log: Log
  /** What a job's units need, when all of it is at hand; `dispatch` is called again when it has come. */
  readonly partsOf: (brief: JobBrief) => JobParts | undefined
  /** Whether another unit may start now. */
  readonly mayStart: () => boolean
  /** `seconds` is wall time, realm included. Not called for units dropped meanwhile. */
  readonly onOutcome: (unit: HeldUnit, outcome: UnitOutcome, seconds: number) => void
  /** A running unit said how far it is. */
  readonly onProgress: () => void
  /** What the unit kept on this device in an earlier run, if it may have. */
  readonly checkpointOf: (unit: HeldUnit) => Promise<Uint8Array | undefined> | undefined
  readonly onCheckpoint: (unit: HeldUnit, bytes: Uint8Array) => void
}

/** A realm that served other units may have ended for what they left: then the unit is run once more, in one of its own. */
const MAY_BE_OF_OTHERS: ReadonlySet<ErroredReason> = new Set(['memory', 'crashed', 'unserialisable'])

interface Seat {
  readonly thread: SupervisedThread
  unit?: RunningUnit | undefined
  /** Its outcome is no longer wanted. */
  dropped: boolean
}

/** The threads of a device and the units that wait for them, first come first served among those whose code is at hand. */
export class Pool {
  readonly #options: PoolOptions
  readonly #seats: Seat[]
  #isOpen = false
  #queue: HeldUnit[] = []

  constructor(options: PoolOptions) {
    this.#options = options
    this.#seats = Array.from({ length: options.threads }, () => this.#makeSeat())
  }

  get queued(): readonly HeldUnit[] {
    return this.#queue
  }

  /** Thread by thread; undefined where nothing that is still wanted runs. */
  get running(): readonly (RunningUnit | undefined)[] {
    return this.#seats.map((seat) => (seat.dropped ? undefined : seat.unit))
  }

  /** Every unit that runs or waits. */
  get units(): readonly HeldUnit[] {
    return [...this.running.filter((unit) => unit !== undefined), ...this.#queue]
  }

  get leases(): readonly string[] {
    return this.units.map((unit) => unit.leased.lease)
  }

  /** How many there are. */
  get held(): number {
    return this.#queue.length + this.#seats.filter((seat) => seat.unit && !seat.dropped).length
  }

  get stock(): Stock {
    const now = this.#options.clock.now()
    const running = this.running.filter((unit) => unit !== undefined)
    return {
      threads: this.#seats.length,
      queued: this.#queue.map((unit) => unit.brief.job),
      running: running.map((unit) => ({ job: unit.brief.job, seconds: (now - unit.startedAt) / 1000 })),
    }
  }

  /** Starts every thread. */
  open(): void {
    this.#isOpen = true
    for (const seat of this.#seats) seat.thread.prepare()
  }

  add(units: readonly HeldUnit[]): void {
    const held = new Set(this.leases)
    this.#queue.push(...units.filter((unit) => !held.has(unit.leased.lease)).map(detached))
    this.dispatch()
  }

  /** Gives every free thread a unit. */
  dispatch(): void {
    for (const seat of this.#seats) {
      if (seat.unit || !this.#options.mayStart()) continue
      const next = this.#takeReady()
      if (!next) return
      void this.#compute(seat, next.unit, next.parts)
    }
  }

  /** Forgets queued units and ends running ones that `unwanted` picks; returns their leases. */
  drop(unwanted: (unit: HeldUnit) => boolean): readonly string[] {
    const dropped = this.dropQueued(unwanted).map((unit) => unit.leased.lease)
    for (const seat of this.#seats) {
      if (!seat.unit || seat.dropped || !unwanted(seat.unit)) continue
      dropped.push(seat.unit.leased.lease)
      seat.dropped = true
      seat.thread.abort()
    }
    return dropped
  }

  /** As `drop`, for those that do not run yet. */
  dropQueued(unwanted: (unit: HeldUnit) => boolean): HeldUnit[] {
    const dropped = this.#queue.filter(unwanted)
    if (dropped.length > 0) this.#queue = this.#queue.filter((unit) => !unwanted(unit))
    return dropped
  }

  /** Starts further threads or ends the surplus ones; what those run waits at the head of the queue. */
  resize(threads: number): void {
    while (this.#seats.length < threads) {
      const seat = this.#makeSeat()
      if (this.#isOpen) seat.thread.prepare()
      this.#seats.push(seat)
    }
    for (const seat of this.#seats.splice(threads)) {
      if (seat.unit && !seat.dropped) this.#queue.unshift({ leased: seat.unit.leased, brief: seat.unit.brief })
      seat.dropped = true
      void seat.thread.close()
    }
    this.dispatch()
  }

  async close(): Promise<void> {
    this.drop(() => true)
    await Promise.all(this.#seats.map((seat) => seat.thread.close()))
  }

  #makeSeat(): Seat {
    const { spawn, clock, log } = this.#options
    return { thread: new SupervisedThread(spawn, clock, log), dropped: false }
  }

  #takeReady(): { readonly unit: HeldUnit; readonly parts: JobParts } | undefined {
    for (const [index, unit] of this.#queue.entries()) {
      const parts = this.#options.partsOf(unit.brief)
      if (parts === undefined) continue
      this.#queue.splice(index, 1)
      return { unit, parts }
    }
    return undefined
  }

  async #compute(seat: Seat, unit: HeldUnit, parts: JobParts): Promise<void> {
    const startedAt = this.#options.clock.now()
    seat.unit = { ...unit, startedAt }
    const { job, bundle, createdAt, timeoutSeconds, memoryMegabytes, nativeMath, isolation } = unit.brief
    const { input, seed } = unit.leased
    const kept = this.#options.checkpointOf(unit)
    const checkpoint = kept && (await kept)
    const limits = { timeoutSeconds, memoryMegabytes, nativeMath, isolation }
    const toRun = { job, bundle, ...parts, input, seed, createdAt, ...limits, checkpoint }
    const listener = this.#listenerOf(seat, unit)
    let outcome = seat.dropped ? undefined : await seat.thread.run(toRun, listener)
    if (isolation && outcome && 'errored' in outcome && !seat.dropped && MAY_BE_OF_OTHERS.has(outcome.errored))
      outcome = await seat.thread.run({ ...toRun, isolation: undefined }, listener)
    const wanted = !seat.dropped
    seat.unit = undefined
    seat.dropped = false
    if (wanted && outcome === undefined) this.#queue.unshift(unit)
    this.dispatch()
    if (wanted && outcome !== undefined) this.#options.onOutcome(unit, outcome, (this.#options.clock.now() - startedAt) / 1000)
  }

  /** A sandbox that was replaced may still speak, of a unit that is no longer here. */
  #listenerOf(seat: Seat, unit: HeldUnit): UnitListener {
    const isHere = () => seat.unit?.leased === unit.leased && !seat.dropped
    return {
      onProgress: (progress) => {
        if (!isHere()) return
        seat.unit = { ...seat.unit!, progress }
        this.#options.onProgress()
      },
      onCheckpoint: (bytes) => {
        if (isHere()) this.#options.onCheckpoint(unit, bytes)
      },
    }
  }
}

export function threadSnapshot({ leased, brief, startedAt, progress }: RunningUnit, now: number): ThreadSnapshot {
  const { job, name: jobName, purpose, owner } = brief
  return { lease: leased.lease, job, jobName, purpose, owner, seconds: (now - startedAt) / 1000, ...(progress && { progress }) }
}

/** Bytes of a decoded message are views of the whole frame: posting one to a sandbox would clone the frame with every unit. */
function detached({ leased, brief }: HeldUnit): HeldUnit {
  return { leased: { ...leased, input: new Uint8Array(leased.input), seed: new Uint8Array(leased.seed) }, brief }
}
