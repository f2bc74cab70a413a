import type { ErroredReason } from '../../sdk/protocol.ts'
import type { UnitFile } from './files.ts'
import type { UnitListener } from './unit-news.ts'

/** A unit as a sandbox runs it. Code never learns which unit of which job it is. */
export interface UnitToRun {
  /** Units of different jobs share nothing. */
  readonly job: string
  /** SHA-256 of `code`, hex; realms are kept per bundle. */
  readonly bundle: string
  /** ES module text that exports `work(input, ctx)`. */
  readonly code: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  /** 16 bytes, see `LeasedUnit.seed`. */
  readonly seed: Uint8Array
  /** What `Date.now()` says inside: the job's creation time, milliseconds since 1970. */
  readonly createdAt: number
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  /** What an earlier run of the same unit kept on this device: it goes on from there. */
  readonly checkpoint?: Uint8Array | undefined
  /** Files of its job. @default none */
  readonly files?: readonly UnitFile[] | undefined
}

export type UnitOutcome =
  | { readonly output: Uint8Array; readonly seconds: number; readonly console?: string; readonly stack?: string }
  | { readonly errored: ErroredReason; readonly message: string; readonly seconds: number }

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
