/** `/researcher`: what the SDK and the server say to each other. */
import type { Answer, EventKind, JobState, LeaseState, Refusal, UnitState } from '../protocol.ts'
import type { JobFile } from './files.ts'
import type { ClientRow, ClusterStatus, DeviceRow, Page, WorkerCount, WorkersRequest } from './status.ts'
import type { JobChecking, JobDifferences, RejectRequest } from './trust.ts'
import type { JobWaiting, PilotVerdict } from './waiting.ts'

/**
 * Title, purpose and progress of a job are for everybody, and what it computes for its owner alone (`owner`); `public` opens results and
 * errors too, `unlisted` leaves the job out of the lists that strangers see.
 */
export type Visibility = 'public' | 'unlisted' | 'owner'
/** The built-in function whose results a page knows how to draw. It chooses a drawing, nothing else: whoever draws checks the values. */
export type Builtin = 'factor' | 'mandelbrot'

/**
 * How it is decided that a result is true: by the word of one, by so many holders who agree, or by what the devices earned, until the probability
 * of an error is below the target, 1e-6 to 1e-2.
 */
export type Redundancy = 'none' | { readonly quorum: number } | { readonly targetError: number }

/** How far numbers of two outputs may be apart that agree: |a - b| <= max(absTol, relTol * max(|a|, |b|)). */
export interface Tolerance {
  /** 0 to 1. */
  readonly relTol: number
  readonly absTol: number
}

/** A job as its owner submits it. */
export interface JobSpec {
  /** Client-made random 128 bits, hex: submitting twice is one job. */
  readonly job: string
  readonly name: string
  readonly purpose: string
  readonly kind: 'map' | 'eval' | 'function'
  /** SHA-256 of the bundle's UTF-8 text, hex. */
  readonly bundle: string
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
  /** Reference seconds of one input as its researcher declares them: counts up to three times what the server measures. */
  readonly cost?: number | undefined
  /** @default 'owner' */
  readonly visibility?: Visibility
  readonly builtin?: Builtin
  /** Files its code may read, by name; the server has them when the job is submitted. */
  readonly files?: readonly JobFile[] | undefined
  /** When two outputs agree. @default with equal bytes */
  readonly compare?: Tolerance | undefined
  /** Text of an ES module whose `work([input, output])` says, true or false, whether an output is right: run at the server. */
  readonly verify?: string | undefined
  /** All copies of a unit are given to one engine and major version; implied by `nativeMath`. @default false */
  readonly sameEngine?: boolean | undefined
  /** Its code has the engine's own Math, whose last digits differ between engines. @default false */
  readonly nativeMath?: boolean | undefined
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
/** A unit that a device computes now, and how far it is as the device says: nobody has checked it. */
export interface RunningUnit {
  /** Of a map the position of its first input. */
  readonly key: string
  /** Inputs it holds. */
  readonly inputs: number
  /** Share of the unit, 0 to 1. */
  readonly fraction: number
  /** What its code says it does. */
  readonly note?: string
  /** Since it began on its device. */
  readonly seconds: number
}
export interface JobSnapshot extends JobChecking {
  readonly job: string
  readonly name: string
  readonly purpose: string
  /** Name of the account that submitted it. */
  readonly owner: string
  readonly kind: 'map' | 'eval' | 'function'
  readonly state: JobState
  /** Why it is paused, failed or waiting; a sentence. */
  readonly reason?: string
  readonly priority: number
  /** Seconds one unit may compute. */
  readonly timeoutSeconds: number
  readonly visibility: Visibility
  readonly builtin?: Builtin
  readonly units: UnitCounts
  readonly inputs: number
  /** Inputs whose agreed output is an error, and inputs of failed units. */
  readonly failedInputs: number
  readonly inputsComplete: boolean
  /** How many events there are: `events` after this number returns nothing. */
  readonly events: number
  /** Copies of units that were given out, audits and samples included. */
  readonly leases: number
  /** Mean seconds a unit computes, measured; 0 until the first result or pilot. */
  readonly unitSeconds: number
  /** What one input earns, reference seconds; absent while the server has not measured it. */
  readonly creditPerInput?: number
  /** It gives far more credit a second than others: none is booked until an admin has looked at it. */
  readonly creditHeld?: true
  /** What its pilot showed, before which no stranger is given a unit; absent while no stranger has asked for one. */
  readonly pilot?: PilotVerdict | 'running'
  /** More of that, with what it computed; to the owner's sockets only. */
  readonly pilotNote?: string
  readonly createdAt: number
  readonly finishedAt?: number
  /** Since when everything it has is decided and it waits for the next inputs of its client, which may be gone; absent while it does not. */
  readonly waitingSince?: number
  /** Absent where it waits for nothing, as far as the server that answers sees. */
  readonly waiting?: JobWaiting
  /** Units whose code said how far they are, those that run longest first, at most `LIMITS.runningUnits`; to the owner's sockets only. */
  readonly running?: readonly RunningUnit[]
}
/** Which of one's own jobs, newest first. */
export interface JobsRequest {
  /** `next` of the page before; absent for the first. */
  readonly after?: string | undefined
  /** 1 to 200. */
  readonly limit: number
  /** True: only jobs that are not over; false: only those that are. @default both */
  readonly active?: boolean | undefined
  /** Only jobs of exactly this name. @default any */
  readonly name?: string | undefined
}
/** Everything of a job but its units: what is needed to run it again. */
export interface JobManifest {
  readonly spec: JobSpec
  /** The bundle's text, UTF-8. */
  readonly code: Uint8Array
}
/** A unit as the server has it. */
export interface StoredUnit extends UnitSpec {
  readonly state: UnitState
}
export interface UnitsRequest {
  readonly job: string
  /** Units with a greater key are wanted; empty for the first. */
  readonly after: string
  /** 1 to 1000. */
  readonly limit: number
}
/** In the order of their keys as the database compares texts. A page may end early: about 256 KiB of inputs end it. */
export interface UnitsAnswer {
  readonly units: readonly StoredUnit[]
  /** Give it as `after`; absent on the last page. */
  readonly next?: string
}
/** A copy of a unit that somebody was given. */
export interface RecordedLease {
  /** Who it counts for: `a:` and the name of an account, or `d:` and the id of a device. */
  readonly holder: string
  readonly device: string
  readonly engine: string
  readonly state: LeaseState
  readonly issuedAt: number
  readonly endedAt?: number
  /** SHA-256 of the output it came back with, hex. */
  readonly output?: string
  /** What went wrong, as its device reported it. */
  readonly note?: string
}
/** A unit with all that is known of its result. */
export interface RecordedUnit extends StoredUnit {
  /** 16 bytes, with which its devices drew. */
  readonly seed: Uint8Array
  /** Codec bytes of what was agreed on, for accepted and sealed. */
  readonly output?: Uint8Array
  /** The oldest first. */
  readonly leases: readonly RecordedLease[]
}
/** In the order of their keys, as `UnitsAnswer`; about 256 KiB of inputs and outputs end a page. */
export interface RecordAnswer {
  readonly units: readonly RecordedUnit[]
  /** Give it as `after`; absent on the last page. */
  readonly next?: string
}
export interface JobEvent {
  readonly n: number
  readonly kind: EventKind
  readonly key: string
  /** Codec bytes of the list of `{ value } | { error }`, for accepted and sealed. */
  readonly output?: Uint8Array
  /** For failed: why. */
  readonly error?: string
  /** Where the code threw, of an output with errors in it, as STACKS says; as its device reported it, never compared. */
  readonly stack?: string
  /** What the code printed, where it was asked for; as its device reported it, never compared. */
  readonly console?: string
  /** Share of certainty, 0 to 1. */
  readonly confidence: number
  /** Independent holders that agree. */
  readonly holders: number
  /** The job's `verify` said yes to each value of it. */
  readonly verified?: true
  /** Seconds the output took, as its device measured; 0 when unknown. */
  readonly seconds: number
}
export interface EventsRequest {
  readonly job: string
  /** Events with a greater number are wanted. */
  readonly after: number
  /** 1 to 1000. */
  readonly limit: number
  /** With what the code printed. */
  readonly console?: true | undefined
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
  /** Of an answer that its researcher found wrong. `voided` is false where it does not stand any more. */
  reject(message: RejectRequest, answer: (a: Answer<{ readonly voided: boolean }>) => void): void
  /** One's own jobs, newest first. */
  jobs(message: JobsRequest, answer: (a: Answer<Page<JobSnapshot>>) => void): void
  /** What an own job was submitted as. */
  manifest(message: { readonly job: string }, answer: (a: Answer<JobManifest>) => void): void
  /** The units of an own job, page by page. */
  units(message: UnitsRequest, answer: (a: Answer<UnitsAnswer>) => void): void
  /** The units of an own job with their results, seeds and holders, page by page. */
  record(message: UnitsRequest, answer: (a: Answer<RecordAnswer>) => void): void
  /** Two answers to a unit of an own job that differ. */
  differences(message: { readonly job: string }, answer: (a: Answer<JobDifferences>) => void): void
  /** Units of an own job by key, in any order: as many as a page of bytes holds, at least one where any is there; ask again for the others. */
  inputs(
    message: { readonly job: string; readonly keys: readonly string[] },
    answer: (a: Answer<{ readonly units: readonly StoredUnit[] }>) => void,
  ): void
  status(message: Record<string, never>, answer: (a: Answer<ClusterStatus>) => void): void
  /** Devices connected to this server, newest first. */
  workers(message: WorkersRequest, answer: (a: Answer<Page<DeviceRow>>) => void): void
  workerCount(message: Record<string, never>, answer: (a: Answer<WorkerCount>) => void): void
  /** The account's connections to this server, to the operator everybody's, newest first, at most `limit` of 1 to 1000. */
  clients(message: { readonly limit: number }, answer: (a: Answer<{ readonly clients: readonly ClientRow[] }>) => void): void
}
/** Server to researcher, at most one per job and two seconds: all that is known of the units that run. */
export interface JobRunning {
  readonly job: string
  readonly running: readonly RunningUnit[]
}
export interface ResearcherPushes {
  hint(message: Hint): void
  progress(message: JobRunning): void
  refused(message: Refusal): void
}
/** Handshake `auth` of `/researcher`. */
export interface ResearcherHandshake {
  readonly protocol: number
  /** Of a login. */
  readonly session: string
}
