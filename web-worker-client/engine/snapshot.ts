import type { DevicesNeeded, IdleReason, Refusal } from '../../sdk/protocol.ts'
import type { UnitProgress } from './unit-news.ts'

/**
 * `computing`: at least one thread works, connected or not. `connecting`: nothing to compute and no server. `idle`: connected, nothing to
 * compute; `reason` is the server's, absent until it has said one, `devices` what it says with `needs-more-devices`. `stopped`: for good; `refusal` when the server would not have the device.
 */
export type EngineState =
  | { readonly name: 'connecting' }
  | { readonly name: 'computing' }
  | { readonly name: 'idle'; readonly reason?: IdleReason; readonly devices?: DevicesNeeded }
  | { readonly name: 'paused' }
  | { readonly name: 'stopped'; readonly refusal?: Refusal }

/** What one thread computes. */
export interface ThreadSnapshot {
  readonly lease: string
  readonly job: string
  readonly jobName: string
  /** What the job is for, as its owner says; may be empty. */
  readonly purpose: string
  /** Who submitted it. */
  readonly owner: string
  /** Seconds since it began. */
  readonly seconds: number
  /** What the code says of how far it is; absent until it does. */
  readonly progress?: UnitProgress
}

/** Since the engine was made. */
export interface EngineCounters {
  /** Results computed here, errored ones included. */
  readonly returned: number
  /** Of those, what is not the code's own answer. */
  readonly errored: number
  /** Outcomes the server named; those of an earlier run's results are among them. */
  readonly recorded: number
  readonly late: number
  readonly duplicate: number
  readonly refused: number
}

export interface EngineSnapshot {
  readonly state: EngineState
  readonly connected: boolean
  /** Known after the first welcome. */
  readonly device?: string
  /** The device whose secret this one had, and which is at work elsewhere: this one was copied from it, and has been a new device since. */
  readonly copyOf?: string
  /** Whether the server takes this for the owner's own device. */
  readonly own: boolean
  /** One entry a thread; undefined where nothing runs. */
  readonly threads: readonly (ThreadSnapshot | undefined)[]
  /** Units that wait for a thread. */
  readonly queued: number
  /** Results the server has not acknowledged. */
  readonly undelivered: number
  readonly counters: EngineCounters
}
