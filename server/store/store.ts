/**
 * The seam between decisions and rows: about twenty verbs, a sentence each. Everything durable goes through here; two databases
 * implement it and one contract suite runs on both. Instants are milliseconds since 1970 by the database's clock.
 */
import type {
  ClusterStatus,
  DeviceRow,
  EventsAnswer,
  Isolation,
  JobSnapshot,
  JobSpec,
  JobState,
  JobsRequest,
  Page,
  StoredUnit,
  UnitSpec,
  UnitsAnswer,
  Visibility,
} from '../../sdk/protocol.ts'
import type { OwnFor } from '../core/own-device.ts'
import type { Arrival, Settlement, UnitView } from '../core/settle.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { CreditReads, CreditStore } from './credit-store.ts'
import type { DeviceRecord, KnownDevice, NewDevice } from './device-record.ts'
import type { FileStore } from './file-store.ts'
import type { LeaseReport, ReportOutcome } from './lease-report.ts'
import type { GrantedWish, LeaseWish, Standing } from './lease-wish.ts'
import type { PilotStore } from './pilot-store.ts'
import type { Session, UsedNonce } from './session.ts'
import type { TeamStore } from './team-store.ts'
import type { TrackRecord } from './track-record.ts'
import type { TrustReading } from './trust-read-store.ts'
import type { TrustNews, TrustVerbs } from './trust-verbs.ts'
import type { LeasePlace, OwnSeconds, UnitRecords } from './unit-record.ts'

export type { DeviceRecord, KnownDevice, NewDevice } from './device-record.ts'
export type { FileStore, StoredFile } from './file-store.ts'
export type { LeaseReport, ReportOutcome } from './lease-report.ts'
export type { Grant, GrantedWish, LeaseWish, Standing } from './lease-wish.ts'
export type { ClaimedPilot, PilotStore } from './pilot-store.ts'
export type { Session, UsedNonce } from './session.ts'
export type { TrackRecord } from './track-record.ts'
export type { LeasePlace, OwnSeconds, UnitRecord, UnitRecords } from './unit-record.ts'

/** What never changes of a job, and so may be remembered. */
export interface JobRecord extends Omit<JobSpec, 'redundancy' | 'visibility' | 'verify'> {
  readonly visibility: Visibility
  readonly id: number
  readonly ownerId: number
  /** Whether its owner is the operator, whose word alone checks devices. */
  readonly isOperators: boolean
  readonly quorum: number
  /** Present where trust decides; then `quorum` is how many copies a fresh unit wants. */
  readonly targetError?: number
  readonly requirement: number
  /** 16 bytes; seeds of its units derive from it. */
  readonly seed: Uint8Array
  readonly createdAt: number
  /** SHA-256 of the text of its `verify`, hex. */
  readonly verify?: string
}
/** A job with units to lease, as scheduling sees it. */
export interface OpenJob {
  readonly id: number
  readonly job: string
  readonly ownerId: number
  readonly priority: number
  readonly requirement: number
  readonly state: JobState
  readonly unitsOpen: number
  readonly unitsHalf: number
  /** Decided units that somebody else is to compute once more. */
  readonly unitsToRecheck: number
  readonly events: number
  readonly unitSeconds: number
  readonly timeoutSeconds: number
  /** Whether all copies are for one engine class, and which it is, once somebody was given the first. */
  readonly sameEngine: boolean
  readonly engineClass: string | null
  /** Whether its pilot is over. */
  readonly isTried: boolean
  /** Whether its units may share a realm. */
  readonly isolation: Isolation
}
/** A result that its job's `verify` has not judged yet. */
export interface Check {
  /** 32 hex digits. */
  readonly lease: string
  /** Of its unit. */
  readonly key: string
  /** Whether its unit still waits for it. */
  readonly isWanted: boolean
  /** Codec bytes of the list of inputs, and of that of outputs. */
  readonly input: Uint8Array
  readonly output: Uint8Array
}

/** The decision of a unit; its type forbids `await`: a promise is no Settlement. */
export type Decide = (unit: UnitView, arrivals: readonly Arrival[], job: JobRecord) => Settlement

/** A lease that some device may still compute and need not. */
export interface RevokedLease {
  readonly lease: string
  readonly deviceId: number
}

export interface CancelledUnits {
  /** How many were open, and are no more. */
  readonly cancelled: number
  readonly revoked: readonly RevokedLease[]
}

/** The verbs of one transaction; everything in it is committed together or not at all. */
export interface EngineTransaction {
  readonly now: number
  /** The job of a row id that is known to exist. */
  jobRecord(id: number): Promise<JobRecord>
  /** Creates the job with its bundle, or answers with the one that has this id. */
  createJob(spec: JobSpec, code: Uint8Array, ownerId: number): Promise<JobRecord>
  /** Adds units by key; a key that exists is left as it is. */
  addUnits(job: JobRecord, units: readonly UnitSpec[]): Promise<{ readonly added: number; readonly existing: number }>
  /** Says that no more units will come. */
  completeInputs(job: JobRecord): Promise<void>
  /** What these devices earned in their engine classes, by row id of their trust. */
  standings(trustIds: readonly number[]): Promise<ReadonlyMap<number, Standing>>
  /**
   * Makes this the engine class of the job, unless it has one, or has one that is `abandonedBy` its devices, by which nothing was answered and
   * of which nobody holds a lease; answers with the one it has.
   */
  pinEngine(job: JobRecord, engineClass: string, abandonedBy?: string | null): Promise<string>
  /** Gives copies of units to holders, those that need another opinion first. */
  leaseUnits(wishes: readonly LeaseWish[]): Promise<readonly GrantedWish[]>
  /** Gives second copies of units that somebody has had for longer than this, at most one more than a unit wants. */
  leaseLate(wish: LeaseWish, olderThanMs: number): Promise<GrantedWish>
  /** Records what came for leases and decides their units. */
  settleUnits(reports: readonly LeaseReport[], decide: Decide): Promise<readonly ReportOutcome[]>
  /** Cancels open units by key and revokes their leases. */
  cancelUnits(job: JobRecord, keys: readonly string[]): Promise<CancelledUnits>
  /** Moves the job to another state; refuses a move its lifecycle does not know. */
  moveJob(job: JobRecord, to: JobState, reason: string | null): Promise<void>
  readonly trust: TrustVerbs
}

/** What a transaction changed, for hints after its commit. */
export interface Committed<Value> {
  readonly value: Value
  /** Jobs whose counters or events changed. */
  readonly jobs: readonly JobChange[]
  readonly trust: TrustNews
  /** Leases in flight that nobody waits for any more, since another copy decided their unit. */
  readonly overtaken: readonly RevokedLease[]
}
export interface JobChange extends OpenJob {
  /** Accepted units that stand on one word. */
  readonly unitsAlone: number
  /** Nothing is open any more, and something stands on one word. */
  readonly closing: boolean
  /** Units with three or more different answers. */
  readonly unitsDisputed: number
  /** Units decided by this transaction. */
  readonly decided: number
  /** Copies of units that can be leased now and could not before. */
  readonly offered: number
  /** Whether its researcher has something new to read. */
  readonly isNews: boolean
  /** Units that got their third different answer in this transaction. */
  readonly disputed: number
  /** Results that wait for `verify` since this transaction. */
  readonly toCheck: number
  /** Units that engines decided in this transaction while none computes the job alone, by their row ids (INTEGRITY T2). */
  readonly differing: readonly number[]
}

export interface Store {
  readonly database: 'sqlite' | 'postgresql'
  /** Runs `steps` in one transaction. */
  transact<Value>(steps: (tx: EngineTransaction) => Promise<Value>): Promise<Committed<Value>>
  /** Whether the error is a deadlock, a serialisation failure or a row that another server added first: run again as it is. */
  isRetryable(error: unknown): boolean
  /** The job of this id, or undefined. */
  findJob(job: string): Promise<JobRecord | undefined>
  /** At most 1,000 running jobs with open units, oldest first. */
  openJobs(): Promise<readonly OpenJob[]>
  /** At most 1,000 running jobs of which results wait for `verify` that nobody has taken up. */
  jobsToCheck(): Promise<readonly string[]>
  /** Takes up results of the job that wait for `verify`, the oldest first: for so long no other server is given them. */
  claimChecks(job: JobRecord, limit: number, claimMs: number): Promise<readonly Check[]>
  /** The bytes with this SHA-256 (hex), or undefined: a bundle, an input or an output. */
  payload(sha256: string): Promise<Uint8Array | undefined>
  /** The same, only of a job's bundle. */
  bundle(sha256: string): Promise<Uint8Array | undefined>
  /** The account of this name, created when it is not there. */
  ensureAccount(name: string, role: 'volunteer' | 'researcher' | 'admin'): Promise<number>
  /** The name of an account that is known to exist. */
  accountName(id: number): Promise<string>
  /** Milliseconds since 1970 by the database's clock. */
  now(): Promise<number>
  /** The 32 random bytes that all servers of this database know by this name, made when they are missing. */
  secret(name: string): Promise<Uint8Array>
  /** Adds a session unless its login's nonce has expired or was used before: then false. What has expired of both goes. */
  openSession(session: Session, nonce: UsedNonce): Promise<boolean>
  /** The session with this hash, unless it has expired or was ended. */
  findSession(hash: Uint8Array): Promise<Session | undefined>
  /** Of these hashes (hex) those whose session lives. */
  livingSessions(hashes: readonly string[]): Promise<readonly string[]>
  /** Ends the sessions of other keys than these, of those that `issuer` opened, or of all where none is named. */
  endSessions(issuer: string | undefined, kept: readonly string[]): Promise<void>
  /** The device and its secret's hash, or undefined. */
  findDevice(device: string): Promise<KnownDevice | undefined>
  createDevice(device: NewDevice): Promise<DeviceRecord>
  /** Notes that a device is here, by which key, and with which engine. */
  touchDevice(id: number, accountId: number | null, ownFor: OwnFor, engine: string): Promise<DeviceRecord>
  /** Bans the device; false when it is banned already. */
  banDevice(id: number, reason: string): Promise<boolean>
  /** Gives a banned device another reason; false when it is not banned, or for this reason already. */
  restateBan(id: number, reason: string): Promise<boolean>
  /** Keeps what the person at a device says against a strike or a ban, in place of what was said before. */
  appeal(id: number, text: string): Promise<void>
  /** Makes a banned device a suspect one, and its appeal is done; false when it is not banned. */
  unbanDevice(id: number): Promise<boolean>
  /** Leases (hex) the device has not returned yet, oldest first, at most 10,000. */
  leasesOfDevice(deviceId: number): Promise<readonly string[]>
  /** Leases past their deadline, at most `limit`. */
  leasesDue(limit: number): Promise<readonly string[]>
  /** Answers (lease ids, hex) that `verify` or `reject` took away in jobs that are paused since their word was contradicted, at most `limit`. */
  refusedInDoubt(limit: number): Promise<readonly string[]>
  /** Open units of jobs that are cancelled or failed, at most `limit`, by job. */
  leftoverUnits(limit: number): Promise<ReadonlyMap<string, readonly string[]>>
  /** Jobs that have waited for their client's next inputs for longer than this, a hundred at most, oldest first. */
  abandonedJobs(waitedMs: number): Promise<readonly string[]>
  /**
   * Forgets jobs that have been over for longer than this, a hundred at most: from now on they are unknown. Answers with how many. Their
   * devices keep what they earned.
   */
  forgetJobs(retentionMs: number): Promise<number>
  /** Deletes some hundred rows that belonged to a forgotten job, or payloads only they referred to; false when nothing is left to delete now. */
  deleteForgotten(): Promise<boolean>
  /** Files of jobs. */
  readonly files: FileStore
  /** Where computations of units were. */
  readonly checkpoints: CheckpointStore
  /** The ledger of what was earned. */
  readonly credits: CreditStore
  readonly teams: TeamStore
  /** What trying jobs out showed. */
  readonly pilots: PilotStore
  /** Everything a portal or REST caller may read, on a connection of its own. */
  readonly reads: Reads
  close(): Promise<void>
}

/** What is known of a device without asking whether it is connected. */
export type StoredDevice = Omit<DeviceRow, 'connected' | 'threads'>

/** Reads of people: a read-only connection in a worker thread (SQLite) or a pool of its own (PostgreSQL). */
export interface Reads extends TrustReading {
  job(job: string): Promise<JobSnapshot | undefined>
  /** Newest first, those that are not listed only on demand. */
  jobs(after: string | undefined, limit: number, unlisted: boolean): Promise<Page<JobSnapshot>>
  /** Jobs of one account, newest first. */
  ownJobs(ownerId: number, request: JobsRequest): Promise<Page<JobSnapshot>>
  /** Its units in the order of their keys, some hundred KiB of inputs at a time. */
  units(job: string, after: string, limit: number): Promise<UnitsAnswer | undefined>
  /** Those of its units that have these keys, some hundred KiB of inputs. */
  unitsByKey(job: string, keys: readonly string[]): Promise<readonly StoredUnit[] | undefined>
  /** Its units in the order of their keys, each with its result and all who were given it, some hundred KiB at a time. */
  unitRecords(job: string, after: string, limit: number): Promise<UnitRecords | undefined>
  /** Of these leases (hex) those that the device still has, at most `LIMITS.runningUnits`. */
  placesOf(deviceId: number, leases: readonly string[]): Promise<readonly LeasePlace[]>
  /** What the first result of the job took that an own device of everybody's gave alone; of its first thousand results. */
  ownSeconds(job: string): Promise<OwnSeconds | undefined>
  /** What its code printed is read only where `withConsole` says so. */
  events(job: string, after: number, limit: number, withConsole?: boolean): Promise<EventsAnswer | undefined>
  /** The last `limit` events, in their order. */
  newestEvents(job: string, limit: number): Promise<EventsAnswer | undefined>
  device(device: string): Promise<StoredDevice | undefined>
  devices(after: string | undefined, limit: number): Promise<Page<StoredDevice>>
  /** Those with these row ids that are there, in the order of the ids. */
  devicesOf(ids: readonly number[]): Promise<readonly StoredDevice[]>
  /** How those with these row ids have done. */
  trackRecordsOf(ids: readonly number[]): Promise<readonly TrackRecord[]>
  /** Devices with accepted results, the most first, without the banned ones. */
  leaderboard(after: string | undefined, limit: number): Promise<Page<StoredDevice>>
  jobCounts(): Promise<ClusterStatus['jobs']>
  readonly credits: CreditReads
  close(): Promise<void>
}
