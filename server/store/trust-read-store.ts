/** What is read of how results were checked and of whose word counts: a part of `Reads`. */
import type { DeviceTrust, Page, StrikeRow, Tolerance } from '../../sdk/protocol.ts'
import type { Holding } from '../core/networks.ts'

/** What a device earned with engines of one class, as its row says. */
export type StoredTrust = Omit<DeviceTrust, 'state'> & { readonly suspect: boolean }
/** A strike with the two outputs as they are; null where one is gone. */
export type StoredStrike = Omit<StrikeRow, 'output' | 'accepted'> & {
  readonly output: Uint8Array | null
  readonly accepted: Uint8Array | null
}
/** An answer to a unit that waits for others. */
export interface WaitingVote {
  /** Row id of the unit. */
  readonly unit: number
  readonly holder: string
  readonly deviceId: number
  /** Reference of the output, hex. */
  readonly output: string
  /** What its device has passed by now. */
  readonly checks: number
}
/** An answer to a unit; its output is null where it is gone. */
export interface StoredAnswer {
  readonly output: Uint8Array | null
  /** Of the devices that gave it. */
  readonly engineClasses: readonly string[]
  readonly devices: number
}
/** Two answers to one unit that differ. */
export interface StoredDiffering {
  /** Its key. */
  readonly unit: string
  readonly input: Uint8Array | null
  /** How far numbers of answers that agree may be apart; undefined where bytes must be equal. */
  readonly compare: Tolerance | undefined
  readonly answers: readonly [StoredAnswer, StoredAnswer]
}
export interface TrustReading {
  /** What was answered to units of the job that wait for an opinion, at most 50 of them. */
  waitingVotes(job: { readonly id: number; readonly requirement: number }): Promise<readonly WaitingVote[]>
  /**
   * Who may not have it again, of each open unit of the job that nobody has or has answered, at most 50 of them; of none while somebody computes
   * any, or an answer waits for `verify`.
   */
  untakenUnits(job: { readonly id: number; readonly requirement: number }): Promise<readonly (readonly Holding[])[]>
  /** The lease (hex) whose answer this event of a unit gave, or undefined. */
  resultLease(jobId: number, key: string, n: number): Promise<string | undefined>
  /** What a device earned, by engine class, the latest class first, at most 20. */
  trustOf(device: string): Promise<readonly StoredTrust[]>
  /** Of a job's units that are under way or were decided last, one whose answers differ; null where there is none, undefined without the job. */
  differing(job: string): Promise<StoredDiffering | null | undefined>
  /** Checks that a device failed, newest first. */
  strikesOf(device: string, after: string | undefined, limit: number): Promise<Page<StoredStrike>>
}
