import type { EngineSnapshot } from '../engine/snapshot.ts'

/**
 * Why this page cannot compute, or not now; each has a sentence in the user interface. `insecure-context`, `no-workers`, `no-webassembly` and
 * `no-storage` last as long as the page; the others pass by themselves.
 */
export type VolunteerTrouble =
  | 'insecure-context'
  | 'no-workers'
  | 'no-webassembly'
  | 'no-storage'
  /** Another tab of this browser profile computes already: this one waits and takes over when that one goes. */
  | 'another-tab'
  /** No sandbox frame became ready; it is tried again. */
  | 'no-sandbox'
  /** The server answers requests but WebSockets do not get through. */
  | 'network-blocks'

/** What a page shows of the engine that works for it. */
export interface VolunteerSnapshot extends EngineSnapshot {
  readonly trouble?: VolunteerTrouble
}

/** One unit that this tab computed, as it came out of the sandbox: whether it was right is decided later, by others. */
export interface TabResult {
  readonly job: string
  readonly jobName: string
  /** What the job is for, and who submitted it. */
  readonly purpose: string
  readonly owner: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  /** Codec bytes of the list of `{ value } | { error }`. */
  readonly output: Uint8Array
  readonly seconds: number
}
