/**
 * Every type and constant that crosses a wire. Imports nothing but its own parts, so that server, workers, SDK and portal share one truth.
 * Shapes: bytes are `Uint8Array`; instants are milliseconds since 1970 (`…At`); durations name their unit.
 */

export type * from './protocol/credit.ts'
export type * from './protocol/files.ts'
export type * from './protocol/login.ts'
export { LOGIN_NAMESPACE, loginText } from './protocol/login.ts'
export type * from './protocol/researcher.ts'
export type * from './protocol/sandbox.ts'
export type * from './protocol/status.ts'
export type * from './protocol/trust.ts'
export type * from './protocol/volunteer.ts'
export type * from './protocol/waiting.ts'

/** Raised whenever a message changes shape; client and server compare it in the handshake. */
export const PROTOCOL_VERSION = 7

/** Limits of one message. A refusal names the limit and the way out. */
export const LIMITS = {
  /** One encoded input list or output list of a unit, bytes. */
  payloadBytes: 1024 * 1024,
  /** One checkpoint of a unit: a value of `payloadBytes`, the outputs before it and what was printed, bytes. */
  checkpointBytes: 2 * 1024 * 1024 + 64 * 1024,
  /** A checkpoint that the server keeps, so that another device may go on from it, bytes. */
  movedCheckpointBytes: 1024 * 1024,
  /** Units, results or leases in one message. */
  itemsPerMessage: 1000,
  /** Sum of all bytes in one message. */
  messageBytes: 8 * 1024 * 1024,
  /** One job's code, bytes. */
  bundleBytes: 4 * 1024 * 1024,
  /** One job's `verify`, bytes. */
  verifyBytes: 256 * 1024,
  /** Bundles up to this size travel with the first lease that needs them, bytes. */
  inlineBundleBytes: 64 * 1024,
  /** Inputs in one unit. */
  inputsPerUnit: 10_000,
  /** Files of one job together, bytes. */
  fileBytes: 256 * 1024 * 1024,
  /** A file is sent and kept in pieces of this size, the last one smaller, bytes. */
  filePieceBytes: 1024 * 1024,
  /** Files of one job. */
  filesPerJob: 100,
  /** Console text kept per unit, characters. */
  consoleCharacters: 8192,
  /** Stack of a throw, or the sentence of an error, characters. */
  stackCharacters: 4096,
  /** Name or reason of anything, characters. */
  nameCharacters: 200,
  /** What the person at a device says against a strike or a ban, characters. */
  appealCharacters: 1000,
  /** Running units in one message, and shown of one job. */
  runningUnits: 100,
  /** Threads of one device. */
  threads: 1024,
  /** Malformed messages a minute before a socket is disconnected. */
  badMessagesPerMinute: 100,
} as const

/** How the stacks of a unit stand in one text: sections, each the number of its input in the unit, a line break, and the stack, or `same` for that of the section before. */
export const STACKS = { separator: '\u001e', same: '=' } as const

/** The reason of a job that a person paused. Any other reason of a paused job is the server's, and somebody has to mend something. */
export const PAUSED_BY_OWNER = 'paused by its owner'

export type JobState = 'awaiting-approval' | 'running' | 'paused' | 'finished' | 'failed' | 'cancelled' | 'rejected'
export type UnitState = 'open' | 'accepted' | 'sealed' | 'failed' | 'cancelled'
/** What became of a copy of a unit; `checking` or `pending` while its unit is undecided. */
export type LeaseState =
  | 'issued'
  | 'errored'
  | 'expired'
  | 'released'
  | 'revoked'
  | 'checking'
  | 'pending'
  | 'agreed'
  | 'disagreed'
  | 'voided'
export type EventKind = 'accepted' | 'sealed' | 'retracted' | 'failed'

/** Every named refusal. The server's table in `server/errors.ts` maps each to an HTTP status. */
export type ErrorCode =
  | 'bad-message'
  | 'message-too-large'
  | 'unknown-message'
  | 'out-of-order'
  | 'client-too-old'
  | 'client-too-new'
  | 'forbidden-origin'
  | 'forbidden-host'
  | 'unauthorised'
  | 'session-ended'
  | 'login-expired'
  | 'too-many-logins'
  | 'too-many-devices'
  | 'wrong-device-secret'
  | 'device-banned'
  | 'superseded'
  | 'unknown-device'
  | 'unknown-job'
  | 'unknown-lease'
  | 'unknown-team'
  | 'name-taken'
  | 'not-your-lease'
  | 'unknown-bundle'
  | 'bundle-mismatch'
  | 'unknown-file'
  | 'file-mismatch'
  | 'bad-output'
  | 'job-closed'
  | 'job-conflict'
  | 'bad-transition'
  | 'server-busy'
  | 'storage-full'
  | 'storage-failed'
  | 'server-stopping'
  | 'not-found'
  | 'internal'

/** What a refused message is answered with: what was expected, what came, what to do. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  /** Try again after this many milliseconds; absent when trying again cannot help. */
  readonly retryAfterMs?: number
}
export type Answer<T> = { readonly ok: T; readonly error?: undefined } | { readonly error: Refusal; readonly ok?: undefined }
