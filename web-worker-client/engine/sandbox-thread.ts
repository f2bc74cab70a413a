import type { SandboxedUnit, UnitOutcome } from '../../sdk/protocol.ts'
import type { UnitListener } from './unit-news.ts'

export type { UnitOutcome } from '../../sdk/protocol.ts'

/** A unit with what its device has for it. */
export interface UnitToRun extends SandboxedUnit {
  /** What an earlier run of the same unit kept on this device: it goes on from there. */
  readonly checkpoint?: Uint8Array | undefined
}

/** One thread of a device: runs one unit at a time and survives whatever the unit does. */
export interface SandboxThread {
  /**
   * Never rejects: a hang, a crash or a memory bomb is an `errored` outcome, and the thread is ready for the next unit. Undefined when no
   * sandbox could be had and the unit was not touched. `listener` hears of the unit until then.
   */
  run(unit: UnitToRun, listener?: UnitListener): Promise<UnitOutcome | undefined>
  /** Ends the running unit, if any; its `run` resolves with `errored: 'crashed'`. */
  abort(): void
  close(): Promise<void>
}
export type SpawnThread = () => SandboxThread
