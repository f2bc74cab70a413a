/** What a pilot is asked and answers. */
import type { Isolation, SandboxedFile, Tolerance } from '../sdk/protocol.ts'

export interface TriedUnit {
  readonly key: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  readonly inputs: number
  /** 16 bytes. */
  readonly seed: Uint8Array
}
export interface TrialRequest {
  /** The job's id. */
  readonly job: string
  readonly code: string
  /** SHA-256 of `code`, hex. */
  readonly digest: string
  readonly createdAt: number
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  readonly nativeMath: boolean
  readonly files: readonly SandboxedFile[]
  /** When two outputs agree; undefined for equal bytes. */
  readonly compare: Tolerance | undefined
  /** Whether the job says by itself which outputs are right: then they may differ. */
  readonly verifies: boolean
  /** One to three. */
  readonly units: readonly TriedUnit[]
  /** What another job of the same code and limits showed. */
  readonly known: Isolation | undefined
}
/**
 * `passed`: the units gave the same each time. `differs`: they did not. `failed`: one cannot pass within the job's limits. `unmeasured`: it takes too
 * much to be tried out here.
 */
export interface Trial {
  readonly verdict: 'passed' | 'differs' | 'failed' | 'unmeasured'
  readonly isolation: Isolation
  /** Whether the isolation holds for every job of the same code and limits. */
  readonly isGeneral: boolean
  /** Reference seconds; null where they are not known. */
  readonly creditPerInput: number | null
  /** Mean seconds of a unit on this machine, 0 where none ended. */
  readonly unitSeconds: number
  /** Why its job is to pause, without a word of what it computes; null where it is not. */
  readonly reason: string | null
  /** The same for its owner, with what it computed. */
  readonly note: string | null
}
