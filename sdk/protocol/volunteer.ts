/** `/volunteer`: what devices and the server say to each other. */
import type { Answer, Refusal } from '../protocol.ts'
import type { JobFile } from './files.ts'

/** First message of a volunteer's socket. */
export interface Hello {
  readonly protocol: number
  readonly kind: 'browser' | 'headless'
  /** Engine and major version, for example `v8-136`: that of V8 as Chromium counts; results of different engines may differ in Math functions. */
  readonly engine: string
  readonly threads: number
  readonly name?: string
  /** Identity given by an earlier `hello`; absent for a new device. */
  readonly device?: { readonly id: string; readonly secret: string }
  /** Of a login: makes this a device of its account. */
  readonly session?: string
  /** Lease ids the device still works on; its other leases are released at once. */
  readonly held: readonly string[]
}
export interface Welcome {
  readonly device: { readonly id: string; readonly secret: string }
  readonly own: boolean
  /** Those of `held` that the server still expects; the others need not be finished. */
  readonly held: readonly string[]
  /** The device whose secret was shown although its own socket answers: who showed it has a copy, and is the new device `device` from now on. */
  readonly copyOf?: string
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
  | 'needs-more-devices'
  | 'other-engine'
  | 'kept-away'
  | 'pilot-running'
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
  /** The server has where an earlier run was, kept by this device or by another one: to be asked for with `restore`. */
  readonly checkpoint?: 'here' | 'elsewhere'
}
/** What a device must know of a job to run its units. */
export interface JobBrief {
  readonly job: string
  readonly name: string
  /** What it is for, as its owner says; may be empty. */
  readonly purpose: string
  /** Name of the account that submitted it. */
  readonly owner: string
  /** SHA-256 of the bundle, hex; the device checks it. */
  readonly bundle: string
  /** The bundle's text, with the first lease that needs it and when it is at most 64 KiB; else ask with `bundle`. */
  readonly code?: Uint8Array
  readonly createdAt: number
  /** Seconds one unit may compute before it is stopped. */
  readonly timeoutSeconds: number
  readonly memoryMegabytes: number
  /** Files its code may read: asked from `/api/v1/files/<sha256>/bytes` by ranges. */
  readonly files?: readonly JobFile[]
  /** Its code has the engine's own Math. */
  readonly nativeMath?: true
  /** A realm may serve units of the job one after the other; absent where each unit has one of its own. */
  readonly isolation?: 'job'
}
export interface LeaseAnswer {
  readonly leases: readonly LeasedUnit[]
  readonly jobs: readonly JobBrief[]
  /** Present when `leases` is empty. */
  readonly reason?: IdleReason
  /** With `needs-more-devices`. */
  readonly devices?: DevicesNeeded
  /** With `other-engine`: the engine and major version that computes the job. */
  readonly engineClass?: string
}
/** Holders whose word can decide units of a job: so many are needed, of whom so many are here. */
export interface DevicesNeeded {
  readonly needed: number
  readonly present: number
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
  /** Stacks of what the inputs threw, as STACKS says, beside the output and never part of its digest. */
  readonly stack?: string
  /** Other units of its job had run in its realm before. */
  readonly reused?: true
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
/** Units that the device gives back. */
export interface ReleaseRequest {
  readonly leases: readonly string[]
  /** It asks for no more until it does so anew: what it has asked for before is not given. */
  readonly pausing?: true | undefined
}
/** `recorded` and `late` are durable; `duplicate` was so before. */
export type ReturnOutcome = 'recorded' | 'late' | 'duplicate' | Refusal
export interface ReturnAnswer {
  readonly outcomes: readonly ReturnOutcome[]
  readonly next?: LeaseAnswer
}

/** How far a unit is, as its code says: a claim that nothing is decided by. */
export interface UnitProgress {
  readonly lease: string
  /** Share of the unit, 0 to 1. */
  readonly fraction: number
  /** What it does at the moment. */
  readonly note?: string
  /** Since it began on this device. */
  readonly seconds: number
}
/** Where the computation of a unit is, in place of what was kept of it before. */
export interface CheckpointRequest {
  readonly lease: string
  /** At most `LIMITS.movedCheckpointBytes`; whoever may go on from it knows what it means. */
  readonly bytes: Uint8Array
}
/** Units that run for some seconds and say how far they are, at most `LIMITS.runningUnits`; sent again while they run. */
export interface ProgressReport {
  readonly units: readonly UnitProgress[]
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
  release(message: ReleaseRequest, answer: (a: Answer<{ readonly released: number }>) => void): void
  /** Kept in memory and told to the owners of the jobs. */
  progress(message: ProgressReport, answer: (a: Answer<{ readonly heard: number }>) => void): void
  /** `kept` is false where the server has no use or no room for it: then what was kept before stands. */
  checkpoint(message: CheckpointRequest, answer: (a: Answer<{ readonly kept: boolean }>) => void): void
  /** Absent when there is none for this device any more. */
  restore(message: { readonly lease: string }, answer: (a: Answer<{ readonly bytes?: Uint8Array }>) => void): void
  bundle(message: { readonly bundle: string }, answer: (a: Answer<{ readonly code: Uint8Array }>) => void): void
}
export interface VolunteerPushes {
  revoke(message: Revocation): void
  refused(message: Refusal): void
  /** Somebody else shows this device's secret: whoever is there answers within 4 s, and stays the device. */
  alive(answer: () => void): void
}
