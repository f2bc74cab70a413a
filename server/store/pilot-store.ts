import type { Isolation, PilotVerdict } from '../../sdk/protocol.ts'

/** Units with which a job is tried out, and what is known of its code. */
export interface ClaimedPilot {
  /** At most three, drawn from all that the job has, in the order of their keys. */
  readonly units: readonly { readonly key: string; readonly input: Uint8Array; readonly inputs: number }[]
  /** What another job of the same code and limits showed. */
  readonly known: Isolation | undefined
}

export interface PilotResult {
  readonly verdict: PilotVerdict
  readonly isolation: Isolation
  /** Whether the isolation is kept for other jobs of the same code and limits. */
  readonly isGeneral: boolean
  /** Mean seconds of a unit as a first estimate; 0 where unknown. */
  readonly unitSeconds: number
  /** For its owner alone. */
  readonly note: string | null
}

/** What trying jobs out showed. */
export interface PilotStore {
  /** Takes the pilot of a running job up for so long; undefined when it has been tried, has no units or another server has it. */
  claim(jobId: number, key: Uint8Array, claimMs: number): Promise<ClaimedPilot | undefined>
  /** Gives it back untried. */
  release(jobId: number): Promise<void>
  /** Keeps what it showed, once; a job that has measured units keeps its own pace. */
  finish(jobId: number, key: Uint8Array, result: PilotResult): Promise<void>
  /** Running jobs that could not be measured and have no price, the oldest first. */
  unpriced(limit: number): Promise<readonly string[]>
  /** Whether the job was tried out and has no price. */
  isUnpriced(job: string): Promise<boolean>
  /** What its owner is told of a job that did not pass. */
  note(job: string): Promise<string | undefined>
}
