/**
 * Every type and constant that crosses a wire. Imports nothing, so that server, workers, SDK and portal share one truth.
 * Shapes: bytes are `Uint8Array`; instants are milliseconds since 1970 (`…At`); durations name their unit.
 */

/** Raised whenever a message changes shape; client and server compare it in the handshake. */
export const PROTOCOL_VERSION = 1

/** Limits of one message. A refusal names the limit and the way out. */
export const LIMITS = {
  /** One encoded input list or output list of a unit, bytes. */
  payloadBytes: 1024 * 1024,
  /** Units, results or leases in one message. */
  itemsPerMessage: 1000,
  /** Sum of all bytes in one message. */
  messageBytes: 8 * 1024 * 1024,
  /** One job's code, bytes. */
  bundleBytes: 4 * 1024 * 1024,
  /** Bundles up to this size travel with the first lease that needs them, bytes. */
  inlineBundleBytes: 64 * 1024,
  /** Inputs in one unit. */
  inputsPerUnit: 10_000,
  /** Console text kept per unit, characters. */
  consoleCharacters: 4096,
  /** Name or reason of anything, characters. */
  nameCharacters: 200,
  /** Threads of one device. */
  threads: 1024,
  /** Malformed messages a minute before a socket is disconnected. */
  badMessagesPerMinute: 100,
} as const

// ---------------------------------------------------------------------------------------------------- states (DESIGN §3)

export type JobState = 'awaiting-approval' | 'running' | 'paused' | 'finished' | 'failed' | 'cancelled' | 'rejected'
export type UnitState = 'open' | 'accepted' | 'sealed' | 'failed' | 'cancelled'
export type EventKind = 'accepted' | 'sealed' | 'retracted' | 'failed'

// ---------------------------------------------------------------------------------------------------- errors

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
  | 'wrong-device-secret'
  | 'device-banned'
  | 'unknown-job'
  | 'unknown-lease'
  | 'not-your-lease'
  | 'unknown-bundle'
  | 'bundle-mismatch'
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

// ---------------------------------------------------------------------------------------------------- volunteer

/** First message of a volunteer's socket. */
export interface Hello {
  readonly protocol: number
  readonly kind: 'browser' | 'headless'
  /** Engine and major version, for example `v8-13`; results of different engines may differ in Math functions. */
  readonly engine: string
  readonly threads: number
  readonly name?: string
  /** Identity given by an earlier `hello`; absent for a new device. */
  readonly device?: { readonly id: string; readonly secret: string }
  /** Key of the home directory: makes this the owner's own device. */
  readonly token?: string
  /** Lease ids the device still works on; its other leases are released at once. */
  readonly held: readonly string[]
}
export interface Welcome {
  readonly device: { readonly id: string; readonly secret: string }
  readonly own: boolean
  /** Those of `held` that the server still expects; the others need not be finished. */
  readonly held: readonly string[]
}

export interface LeaseRequest {
  /** Threads that will compute. */
  readonly threads: number
  /** Seconds of work wanted for each thread. */
  readonly seconds: number
  /** Units the device already holds. */
  readonly held: number
  /** At most this many units, 1 to 1000. @default 1000 */
  readonly most?: number
}

/** Why a request got nothing. Each has a sentence in every user interface. */
export type IdleReason =
  | 'no-jobs'
  | 'no-open-units'
  | 'waiting-for-other-volunteers'
  | 'busy'
  | 'holds-enough'
  | 'server-stopping'
  | 'device-banned'

/** One copy of a unit, handed to one holder until a deadline. */
export interface LeasedUnit {
  /** Random 128 bits, hex. */
  readonly lease: string
  /** Key into `LeaseAnswer.jobs`. */
  readonly job: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  /** 16 bytes; the seed of input i of this unit is `seed + i * SEED_STEP` mod 2^128 (see sandbox/random). */
  readonly seed: Uint8Array
  /** Milliseconds from the answer until the server gives the unit to somebody else. */
  readonly deadlineMs: number
}
/** What a device must know of a job to run its units. */
export interface JobBrief {
  readonly job: string
  readonly name: string
  /** SHA-256 of the bundle, hex; the device checks it. */
  readonly bundle: string
  /** The bundle's text, with the first lease that needs it and when it is at most 64 KiB; else ask with `bundle`. */
  readonly code?: Uint8Array
  readonly createdAt: number
  /** Seconds one unit may compute before it is stopped. */
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
}
export interface LeaseAnswer {
  readonly leases: readonly LeasedUnit[]
  readonly jobs: readonly JobBrief[]
  /** Present when `leases` is empty. */
  readonly reason?: IdleReason
}

/** What is not the code's own answer: the unit is tried again elsewhere, three such leases fail it. */
export type ErroredReason = 'deadline' | 'memory' | 'unserialisable' | 'output-too-large' | 'crashed' | 'bundle-unavailable'

export interface ReturnedOutput {
  readonly lease: string
  /** Codec bytes of the list of `{ value } | { error }`. */
  readonly output: Uint8Array
  /** Seconds computed, as the device measured; used for sizing only, never for credit. */
  readonly seconds: number
  /** Console lines of the unit, capped. */
  readonly console?: string
  /** Stack of the first throw, beside the output and never part of its digest. */
  readonly stack?: string
}
export interface ReturnedError {
  readonly lease: string
  readonly errored: ErroredReason
  readonly message: string
  readonly seconds: number
}
export type ReturnedUnit = ReturnedOutput | ReturnedError
export interface ReturnRequest {
  readonly results: readonly ReturnedUnit[]
  /** The next request, answered in the same round trip. */
  readonly next?: LeaseRequest
}
/** `recorded` and `late` are durable; `duplicate` was so before. */
export type ReturnOutcome = 'recorded' | 'late' | 'duplicate' | Refusal
export interface ReturnAnswer {
  readonly outcomes: readonly ReturnOutcome[]
  readonly next?: LeaseAnswer
}

/** Server to device: stop these, their results are no longer wanted. */
export interface Revocation {
  readonly leases: readonly string[]
  readonly reason: 'cancelled' | 'decided' | 'device-banned'
}

export interface VolunteerMessages {
  hello(message: Hello, answer: (a: Answer<Welcome>) => void): void
  lease(message: LeaseRequest, answer: (a: Answer<LeaseAnswer>) => void): void
  return(message: ReturnRequest, answer: (a: Answer<ReturnAnswer>) => void): void
  release(message: { readonly leases: readonly string[] }, answer: (a: Answer<{ readonly released: number }>) => void): void
  bundle(message: { readonly bundle: string }, answer: (a: Answer<{ readonly code: Uint8Array }>) => void): void
}
export interface VolunteerPushes {
  revoke(message: Revocation): void
  refused(message: Refusal): void
}

// ---------------------------------------------------------------------------------------------------- researcher

export type Redundancy = 'none' | { readonly quorum: number }

/** A job as its owner submits it. */
export interface JobSpec {
  /** Client-made random 128 bits, hex: submitting twice is one job. */
  readonly job: string
  readonly name: string
  readonly purpose: string
  readonly kind: 'map' | 'eval' | 'function'
  /** SHA-256 of the bundle's UTF-8 text, hex. */
  readonly bundle: string
  /** @default { quorum: 2 } */
  readonly redundancy: Redundancy
  /** Whether one own device's word seals. */
  readonly ownDevices: boolean
  readonly onError: 'continue' | 'stop'
  /** 0 to 5; each step doubles the share. */
  readonly priority: number
  /** Seconds one unit may compute, 1 to 86400. */
  readonly timeoutSeconds: number
  /** Memory one unit may use, 16 to 4096. */
  readonly memoryMegabytes: number
}
export interface UnitSpec {
  /** Unique in the job: the index of the first input for maps, client-chosen or the input's digest otherwise. */
  readonly key: string
  /** Codec bytes of the list of inputs. */
  readonly input: Uint8Array
  /** How many inputs the list holds. */
  readonly inputs: number
}
export interface SubmitRequest {
  readonly spec: JobSpec
  readonly code: Uint8Array
  readonly units: readonly UnitSpec[]
  readonly inputsComplete: boolean
}
export interface AddRequest {
  readonly job: string
  readonly units: readonly UnitSpec[]
  readonly inputsComplete: boolean
}
export interface UnitCounts {
  readonly open: number
  readonly accepted: number
  readonly sealed: number
  readonly failed: number
  readonly cancelled: number
}
export interface JobSnapshot {
  readonly job: string
  readonly name: string
  readonly purpose: string
  readonly kind: 'map' | 'eval' | 'function'
  readonly state: JobState
  /** Why it is paused, failed or waiting; a sentence. */
  readonly reason?: string
  readonly priority: number
  readonly units: UnitCounts
  readonly inputs: number
  /** Inputs whose agreed output is an error, and inputs of failed units. */
  readonly failedInputs: number
  readonly inputsComplete: boolean
  /** How many events there are: `events` after this number returns nothing. */
  readonly events: number
  readonly leases: number
  /** Mean seconds a unit computes, measured; 0 until the first result. */
  readonly unitSeconds: number
  readonly createdAt: number
  readonly finishedAt?: number
}
export interface JobEvent {
  readonly n: number
  readonly kind: EventKind
  readonly key: string
  /** Codec bytes of the list of `{ value } | { error }`, for accepted and sealed. */
  readonly output?: Uint8Array
  /** For failed: why. */
  readonly error?: string
  /** Share of certainty, 0 to 1. */
  readonly confidence: number
  /** Independent holders that agree. */
  readonly holders: number
  /** Seconds the output took, as its device measured; 0 when unknown. */
  readonly seconds: number
}
export interface EventsRequest {
  readonly job: string
  /** Events with a greater number are wanted. */
  readonly after: number
  /** 1 to 1000. */
  readonly limit: number
}
export interface EventsAnswer {
  readonly events: readonly JobEvent[]
  readonly snapshot: JobSnapshot
}
export type JobAction = 'pause' | 'resume' | 'cancel'
/** Server to researcher, after the commit, at most one per job and 50 ms: there is something to read. */
export interface Hint {
  readonly job: string
  readonly events: number
  readonly state: JobState
}
export interface ResearcherMessages {
  submit(message: SubmitRequest, answer: (a: Answer<JobSnapshot>) => void): void
  add(message: AddRequest, answer: (a: Answer<{ readonly added: number; readonly existing: number }>) => void): void
  events(message: EventsRequest, answer: (a: Answer<EventsAnswer>) => void): void
  /** Joins the hints of a job. */
  watch(message: { readonly job: string }, answer: (a: Answer<JobSnapshot>) => void): void
  control(message: { readonly job: string; readonly action: JobAction }, answer: (a: Answer<JobSnapshot>) => void): void
  /** Units that are no longer wanted; those already decided stay as they are. */
  drop(message: { readonly job: string; readonly keys: readonly string[] }, answer: (a: Answer<{ readonly dropped: number }>) => void): void
  status(message: Record<string, never>, answer: (a: Answer<ClusterStatus>) => void): void
}
export interface ResearcherPushes {
  hint(message: Hint): void
  refused(message: Refusal): void
}
/** Handshake `auth` of `/researcher`. */
export interface ResearcherHandshake {
  readonly protocol: number
  readonly token: string
}

// ---------------------------------------------------------------------------------------------------- status

/** `/api/v1/status`: every number is measured by this server, since its start unless the name says otherwise. */
export interface ClusterStatus {
  readonly version: string
  readonly protocol: number
  readonly database: 'sqlite' | 'postgresql'
  readonly startedAt: number
  readonly devicesConnected: number
  readonly threadsConnected: number
  readonly researchersConnected: number
  readonly parkedRequests: number
  /** Age of the oldest call that waits for its transaction, milliseconds. */
  readonly queueAgeMs: number
  readonly callsWaiting: number
  readonly batches: number
  readonly batchItemsMean: number
  readonly commitMsMean: number
  readonly unitsPerSecond: number
  readonly unitsDecided: number
  readonly leasesIssued: number
  readonly resultsRecorded: number
  readonly badMessages: number
  readonly jobs: Readonly<Record<JobState, number>>
}
/** `/api/v1/devices`, a row. */
export interface DeviceRow {
  readonly device: string
  readonly name: string
  readonly kind: 'browser' | 'headless'
  readonly engine: string
  readonly own: boolean
  readonly state: 'new' | 'probation' | 'trusted' | 'suspect' | 'banned'
  readonly connected: boolean
  readonly returned: number
  readonly agreed: number
  readonly disagreed: number
  readonly errored: number
  readonly seenAt: number
}
/** A page of a list; `next` asks for the following one. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next?: string
}
