/** What a distributed function is made of, as the fold of its events sees it. */
import type { JobPaused, RemoteError } from './errors.ts'
import type { Deliver } from './event-fold.ts'
import type { Certainty } from './input-result.ts'
import type { Rejection } from './rejection.ts'
import type { RejectedResult } from './rejections.ts'

/** What `processResult` may return. */
// biome-ignore lint/suspicious/noConfusingVoidType: a processResult without a return has it
export type Processed = void | Rejection

/** A unit that `nextJob` wants computed. */
export interface NextJob<Input> {
  /** Unique in the computation. @default the digest of the input */
  readonly key?: string
  readonly input: Input
}
/** A unit with its key settled. */
export interface KeyedUnit<Input> {
  readonly key: string
  readonly input: Input
}
/** A unit and its answer: `output`, or `error` when the code threw or the unit was given up. */
export interface ProcessedUnit<Input, Output> extends KeyedUnit<Input>, Partial<Certainty> {
  readonly output?: Output
  readonly error?: RemoteError
  /** `accepted`: it may still be taken back; `failed`: the unit was given up. */
  readonly state?: 'accepted' | 'sealed' | 'failed'
  /** Seconds it computed; absent when the server does not say. */
  readonly seconds?: number
}

/** The researcher's part of a computation. */
export interface FunctionSteps<Input, Output> {
  /** For messages, printable. */
  readonly name: string
  readonly concurrent: number
  /** Which results are processed. @default 'accepted' */
  readonly deliver?: Deliver | undefined
  isDone(): boolean
  next(): NextJob<Input> | undefined | Promise<NextJob<Input> | undefined>
  /** A rejection asks for another answer. */
  process(unit: ProcessedUnit<Input, Output>): Processed | Promise<Processed>
  /** With the answer that was processed, where the server still has it. */
  retract(unit: ProcessedUnit<Input, Output>): void | Promise<void>
  /** The server paused the job, and all it said was taken in. */
  onPaused(pause: JobPaused): void
}
/** Where a fold stands; plain values. */
export interface RunState<Input> {
  /** Number of the last event taken in. */
  readonly after: number
  /** Keys of units that are accepted and not yet sealed. */
  readonly unsealed: readonly string[]
  readonly outstanding: readonly KeyedUnit<Input>[]
  readonly dropped: readonly KeyedUnit<Input>[]
  readonly processed: readonly KeyedUnit<Input>[]
  /** Of each processed unit the number of the event that was processed; absent in what earlier versions saved. */
  readonly answers?: readonly (readonly [key: string, n: number])[]
  /** Rejections that the server has not answered. */
  readonly rejections?: readonly RejectedResult[]
  /** Of units that wait until a paused job goes on the number of the event that answered them. */
  readonly held?: readonly (readonly [key: string, n: number])[]
}
