/** The errors of the SDK, one class a kind. Each says what was expected, what came and what to do; `code` is stable, the message is not. */

import { printable } from './printable.ts'
import type { ErrorCode, JobSnapshot, Refusal } from './protocol.ts'

/** Base of everything the SDK throws itself. */
export class DSageError extends Error {
  /** Stable name of the kind, for example `timed-out`. */
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
  }
}

/** No server answered for as long as `connectTimeoutMs`, or the connection was closed. */
export class NotConnected extends DSageError {
  constructor(message: string, cause?: unknown) {
    super('not-connected', message, cause)
  }
}

/** The server answered with a named refusal, and trying again cannot help. */
export class Refused extends DSageError {
  declare readonly code: ErrorCode
  /** Milliseconds after which the server would listen again; absent when trying again cannot help. */
  readonly retryAfterMs: number | undefined

  constructor(refusal: Refusal) {
    super(refusal.code, printable(refusal.message))
    this.retryAfterMs = refusal.retryAfterMs
  }
}

/** What code threw on a device: name and message as the device reported them, unescaped. */
export interface RemoteError {
  readonly name: string
  readonly message: string
  /**
   * Where, in the lines of what you submitted, escaped; of the first hundred inputs of a unit that threw, as far as 4,000 characters go. As one device
   * reported it: never compared, so a hint and no proof.
   */
  readonly stack?: string
}

/** So that whoever prints a JobFailed sees where the code threw. */
function causeOf({ name, message, stack }: RemoteError): Error | undefined {
  if (stack === undefined) return undefined
  const cause = new Error(printable(message))
  cause.name = printable(name)
  cause.stack = stack
  return cause
}

/** What is known of a failed input or unit. */
export interface Failure {
  /** Name of the job. */
  readonly job: string
  /** Key of the unit. */
  readonly unit?: string
  /** Position of the input, from 0. */
  readonly index?: number
  /** What the job's code threw, or why its unit was given up. */
  readonly error: RemoteError
  /** How many inputs failed in all. @default 1 */
  readonly failedInputs?: number
}

/** The job's code threw, or a unit was given up after three tries, or the job could not go on. */
export class JobFailed extends DSageError {
  readonly unit: string | undefined
  readonly index: number | undefined
  readonly error: RemoteError

  constructor(failure: Failure) {
    const { unit, index, error, failedInputs = 1 } = failure
    const where = index !== undefined ? `input ${index}` : unit !== undefined ? `unit ${printable(unit)}` : undefined
    const others = failedInputs > 1 ? ` (${failedInputs} inputs failed in all)` : ''
    const what = `${printable(error.name)}: ${printable(error.message)}`
    super(
      'job-failed',
      `Job ${printable(failure.job)} failed${where === undefined ? '' : ` at ${where}`}: ${what}${others}`,
      causeOf(error),
    )
    this.unit = unit
    this.index = index
    this.error = error
  }
}

/** The job was killed, here or elsewhere, or was not approved. */
export class JobCancelled extends DSageError {
  constructor(message: string, cause?: unknown) {
    super('job-cancelled', message, cause)
  }
}

/** The server paused the job, which gives no result before somebody resumes it. */
export class JobPaused extends DSageError {
  /** Id of the job. */
  readonly job: string
  /** Why, as the server says it. */
  readonly reason: string

  constructor({ job, name, reason = 'the server gave no reason', pilotNote }: JobSnapshot) {
    const why = [reason, ...(pilotNote === undefined ? [] : [pilotNote])].map((text) => printable(text).replace(/\.$/, '')).join('; ')
    const ways = `Mend it and submit it anew; or go on as it is: await (await d.job('${job}')).resume(), then wait again.`
    super('job-paused', `Job ${printable(name)} is paused: ${why}. ${ways}`)
    this.job = job
    this.reason = reason
  }
}

/** Everything a job has is decided, and the client that would send the rest of its inputs seems to be gone. */
export class InputsIncomplete extends DSageError {
  /** Id of the job. */
  readonly job: string
  /** Inputs that arrived, all of them decided. */
  readonly inputs: number

  constructor({ job, name, inputs, waitingSince }: JobSnapshot) {
    const since = waitingSince === undefined ? '' : ` since ${new Date(waitingSince).toISOString()}`
    const ways = 'complete() finishes it with these, kill() ends it, or submit all inputs anew'
    super('inputs-incomplete', `Job ${printable(name)} has decided the ${inputs} inputs that arrived and waits${since} for more: ${ways}.`)
    this.job = job
    this.inputs = inputs
  }
}

/** A wait was longer than its `timeout`; the job goes on. */
export class TimedOut extends DSageError {
  constructor(message: string) {
    super('timed-out', message)
  }
}

/** An argument or option outside its bounds. */
export class BadArgument extends DSageError {
  constructor(message: string, cause?: unknown) {
    super('bad-argument', message, cause)
  }
}

/** A result that had been given to `processResult` was taken back by the server. */
export class ResultRetracted extends DSageError {
  /** Key of the unit. */
  readonly unit: string

  constructor(unit: string) {
    super(
      'result-retracted',
      `The result of unit ${printable(unit)} was taken back after processResult had seen it; define retractResult(unit) to undo it.`,
    )
    this.unit = unit
  }
}

/** The job is over, and some of its results were never sealed, though `deliver` asks for sealed ones. */
export class ResultsUnsealed extends DSageError {
  /** How many units. */
  readonly units: number

  constructor(job: string, units: number) {
    const ways = "deliver: 'accepted' takes them as they are, a device of your own or `verify` seals them"
    super(
      'results-unsealed',
      `Job ${printable(job)} is over and ${units} ${units === 1 ? 'unit stands' : 'units stand'} on one word: expected all to be sealed; ${ways}.`,
    )
    this.units = units
  }
}

/** The record of a job is not what was written: cut off, changed, or no record at all. */
export class RecordDamaged extends DSageError {
  readonly file: string

  constructor(file: string, what: string, cause?: unknown) {
    super('record-damaged', `Expected ${printable(file)} to be the whole record of a job: ${what}. Write or fetch it again.`, cause)
    this.file = file
  }
}

/** A server or worker of this machine did not start. */
export class StartFailed extends DSageError {
  constructor(message: string) {
    super('start-failed', message)
  }
}

/** A key that cannot be used: missing, damaged, of another type, open to others, or its passphrase is wrong; the message says which and how to mend it. */
export class BadKey extends DSageError {
  constructor(message: string, cause?: unknown) {
    super('bad-key', message, cause)
  }
}
