/** What crosses to a sandbox and back, on a device and where work is tried out. */
import type { ErroredReason } from './volunteer.ts'

/** A unit as a sandbox runs it. Code never learns which unit of which job it is. */
export interface SandboxedUnit {
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
  /** Those that its code may read. @default none */
  readonly files?: readonly SandboxedFile[] | undefined
  /** Math is left as the engine has it. @default false */
  readonly nativeMath?: boolean | undefined
  /** `job`: it may run where other units of its job ran. @default 'unit', a realm of its own */
  readonly isolation?: Isolation | undefined
}
/** `unit`: a fresh realm for each unit. `job`: realms serve units of one job until they are used up. */
export type Isolation = 'unit' | 'job'
export interface SandboxedFile {
  readonly name: string
  /** Hex. */
  readonly sha256: string
  readonly content: Blob
}

/** What became of it. */
export type UnitOutcome =
  | {
      readonly output: Uint8Array
      readonly seconds: number
      readonly console?: string
      readonly stack?: string
      /** Other units of its job had run in its realm before. */
      readonly reused?: true
    }
  | { readonly errored: ErroredReason; readonly message: string; readonly seconds: number }
