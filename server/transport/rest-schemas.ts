/** What REST takes and gives as JSON, each shape under the name it has in the OpenAPI document and bound to its protocol type. */
import { z } from 'zod'
import {
  type Challenge,
  type ChallengeRequest,
  type ClientRow,
  type ClusterStatus,
  type DeviceRow,
  type FileState,
  type JobSnapshot,
  LIMITS,
  LOGIN_NAMESPACE,
  type Login,
  type LoginRequest,
  type Page,
  type RecordedLease,
  type Refusal,
  type WorkerCount,
} from '../../sdk/protocol.ts'
import { statusOfError } from '../errors.ts'
import { count, instant, named, next, page } from './rest-shape.ts'
import * as sockets from './schemas.ts'
import { jobChecking } from './trust-schemas.ts'

export * from './rest-credit-schemas.ts'
export { page, shapes } from './rest-shape.ts'

const jobState = z.enum(['awaiting-approval', 'running', 'paused', 'finished', 'failed', 'cancelled', 'rejected'])
const errorCode = z.enum(Object.keys(statusOfError) as [keyof typeof statusOfError])

const MAPPING = `One value in JSON. Itself: null, booleans, strings, arrays, objects and numbers up to 2^53 - 1. Tagged: a BigInt {"$int":"5"};
NaN, ±Infinity, -0 and floats that are integers beyond 2^53 - 1 {"$number":"NaN"}; bytes {"$bytes":"base64"}; {"$date":"2026-11-20T12:00:00.000Z"};
{"$map":[[key,value]]}; {"$set":[member]}; {"$undefined":true}; typed arrays {"$Float64Array":[1]}. A key of an object that begins with $ is
written with one $ more.`
const value = named('Value', z.unknown(), MAPPING.replaceAll('\n', ' '))

const unit = named(
  'Unit',
  z.strictObject({
    key: sockets.submitRequest.shape.units.element.shape.key,
    inputs: z.array(value).min(1).max(LIMITS.inputsPerUnit),
  }),
  `One unit: its key, unique in the job, and its inputs, together at most ${LIMITS.payloadBytes} bytes as the codec writes them.`,
)
const units = z.array(unit).max(LIMITS.itemsPerMessage)
export type RestUnit = z.infer<typeof unit>

export const submission = named(
  'Submission',
  z.strictObject({
    ...sockets.submitRequest.shape,
    code: z.string().meta({ description: `The bundle's text, at most ${LIMITS.bundleBytes} bytes; spec.bundle is its SHA-256.` }),
    units,
  }),
)
export const addition = named('Addition', z.strictObject({ units, inputsComplete: z.boolean() }))
export const dropping = named('Dropping', sockets.dropRequest.omit({ job: true }))
export const rejection = named(
  'Rejection',
  sockets.rejectRequest.omit({ job: true }),
  'Of a result: its unit, the number of its event, and why.',
)

export const refusal = named(
  'Refused',
  z.strictObject({ error: z.strictObject({ code: errorCode, message: z.string(), retryAfterMs: z.number().optional() }) }),
) satisfies z.ZodType<{ error: Refusal }>

export const snapshot = named(
  'JobSnapshot',
  z.strictObject({
    ...{ job: sockets.watchRequest.shape.job, name: z.string(), purpose: z.string(), kind: z.enum(['map', 'eval', 'function']) },
    ...{ owner: z.string(), state: jobState, reason: z.string().optional(), priority: count, timeoutSeconds: z.number().positive() },
    ...{ visibility: sockets.jobSpec.shape.visibility.unwrap(), builtin: sockets.jobSpec.shape.builtin },
    units: z.strictObject({ open: count, accepted: count, sealed: count, failed: count, cancelled: count }),
    ...{ inputs: count, failedInputs: count, inputsComplete: z.boolean(), events: count, leases: count },
    ...{ unitSeconds: z.number().nonnegative(), createdAt: instant, finishedAt: instant.optional() },
    creditPerInput: z.number().nonnegative().optional().meta({ description: 'Reference seconds; absent until measured.' }),
    creditHeld: z.literal(true).optional().meta({ description: 'None is booked until an admin has looked at it.' }),
    waitingSince: instant.optional(),
    waiting: z.strictObject({ reason: z.literal('needs-more-devices'), needed: count, present: count }).optional(),
    pilot: z.enum(['running', 'passed', 'differs', 'failed', 'unmeasured']).optional(),
    ...jobChecking,
  }),
) satisfies z.ZodType<JobSnapshot>

const output = z.union([z.strictObject({ value }), z.strictObject({ error: z.strictObject({ name: z.string(), message: z.string() }) })])
export const results = named(
  'Results',
  z.strictObject({
    events: z.array(
      z.strictObject({
        ...{ n: count, kind: z.enum(['accepted', 'sealed', 'retracted', 'failed']), key: z.string() },
        outputs: z.array(output).optional().meta({ description: 'One for each input, for accepted and sealed.' }),
        error: z.string().optional().meta({ description: 'For failed: why.' }),
        stack: z.string().optional().meta({ description: 'Where the code first threw, as the device reported it.' }),
        console: z.string().optional().meta({ description: 'What the code printed, where it was asked for.' }),
        ...{ confidence: z.number().min(0).max(1), holders: count, seconds: z.number().nonnegative() },
        verified: z.literal(true).optional().meta({ description: 'The `verify` of its job said yes to each value.' }),
      }),
    ),
    snapshot,
  }),
)
export type Results = z.infer<typeof results>

export const status = named(
  'ClusterStatus',
  z.strictObject({
    ...{ version: z.string(), protocol: count, database: z.enum(['sqlite', 'postgresql']), startedAt: instant },
    ...{ devicesConnected: count, threadsConnected: count, researchersConnected: count, parkedRequests: count },
    ...{ queueAgeMs: z.number(), callsWaiting: count, batches: count, batchItemsMean: z.number(), commitMsMean: z.number() },
    ...{
      unitsPerSecond: z.number(),
      gflops: z.number().nonnegative().meta({ description: 'Of work that was sealed in the last five minutes: an estimate.' }),
      unitsDecided: count,
      leasesIssued: count,
      resultsRecorded: count,
      badMessages: count,
      jobsForgotten: count,
    },
    jobs: z.record(jobState, count),
  }),
) satisfies z.ZodType<ClusterStatus>

export const device = named(
  'DeviceRow',
  z.strictObject({
    ...{ device: sockets.watchRequest.shape.job, name: z.string(), kind: z.enum(['browser', 'headless']), engine: z.string() },
    ...{ own: z.boolean(), state: z.enum(['new', 'probation', 'trusted', 'suspect', 'banned']) },
    ...{ connected: z.boolean(), threads: count, busy: z.boolean() },
    ...{ returned: count, agreed: count, disagreed: count, errored: count, seenAt: instant },
    banReason: z.string().optional().meta({ description: 'What the device is told; only with the token.' }),
    appeal: z.string().optional().meta({ description: 'What its person says against it; only with the token.' }),
  }),
) satisfies z.ZodType<DeviceRow>
export const ban = named(
  'Ban',
  z.strictObject({ reason: z.string().trim().min(1).max(LIMITS.nameCharacters).meta({ description: 'The device is told it.' }) }),
)
export const price = named(
  'Price',
  z.strictObject({ creditPerInput: z.number().positive().max(1e9).meta({ description: 'Reference seconds.' }) }),
)
export const workerCount = named('WorkerCount', z.strictObject({ busy: count, free: count })) satisfies z.ZodType<WorkerCount>
export const clients = named(
  'Clients',
  z.strictObject({ clients: z.array(z.strictObject({ account: z.string(), connectedAt: instant, jobs: count })) }),
) satisfies z.ZodType<{ clients: ClientRow[] }>
export const jobs = named('Jobs', z.strictObject({ rows: z.array(snapshot), next })) satisfies z.ZodType<Page<JobSnapshot>>
export const devices = named('Devices', z.strictObject({ rows: z.array(device), next })) satisfies z.ZodType<Page<DeviceRow>>

export const manifest = named('Manifest', z.strictObject({ spec: sockets.jobSpec, code: submission.shape.code }))
export const storedUnits = named(
  'StoredUnits',
  z.strictObject({ units: z.array(unit.extend({ state: z.enum(['open', 'accepted', 'sealed', 'failed', 'cancelled']) })), next }),
)
export type StoredUnits = z.infer<typeof storedUnits>

const publicKey = z
  .string()
  .max(1000)
  .regex(/^ssh-ed25519 /, 'expected `ssh-ed25519 AAAA…`, as in dsage_key.pub')
  .meta({ description: 'As in a .pub file: ssh-ed25519, the key, and what it is called.' })
const nonce = z
  .string()
  .max(200)
  .regex(/^[\w-]+$/)
export const challengeRequest = named('ChallengeRequest', z.strictObject({ publicKey })) satisfies z.ZodType<ChallengeRequest>
export const challenge = named('Challenge', z.strictObject({ nonce, issuedAt: instant })) satisfies z.ZodType<Challenge>
const SIGNATURE = `What \`ssh-keygen -Y sign -n ${LOGIN_NAMESPACE}\` writes for the four lines "DSage login", "server: <host:port of this URL>",
"nonce: <nonce>", "time: <issuedAt as 2026-11-27T05:00:00.000Z>", each ended by a line feed.`
export const login = named(
  'LoginRequest',
  z.strictObject({
    publicKey,
    nonce,
    signature: z
      .string()
      .max(2000)
      .meta({ description: SIGNATURE.replaceAll('\n', ' ') }),
  }),
) satisfies z.ZodType<LoginRequest>
export const session = named(
  'Session',
  z.strictObject({ session: z.string().meta({ description: 'The Bearer token.' }), expiresAt: instant, account: z.string() }),
) satisfies z.ZodType<Login>
const fileBytes = count.max(LIMITS.fileBytes)
export const fileState = named(
  'FileState',
  z.strictObject({ sha256: sockets.fileId, bytes: fileBytes, received: fileBytes, complete: z.boolean() }),
  'The next piece begins at `received`; when the file is `complete`, jobs may name it.',
) satisfies z.ZodType<FileState>
/** Bytes as they are. */
export const octets = z.instanceof(Uint8Array)

const lease = z.strictObject({
  ...{ holder: z.string(), device: sockets.watchRequest.shape.job, engine: z.string() },
  state: z.enum(['issued', 'errored', 'expired', 'released', 'revoked', 'checking', 'pending', 'agreed', 'disagreed', 'voided']),
  ...{ issuedAt: instant, endedAt: instant.optional() },
  output: z.string().optional().meta({ description: 'SHA-256 of the output it came back with, as the codec writes it.' }),
  note: z.string().optional().meta({ description: 'What went wrong, as the device reported it.' }),
}) satisfies z.ZodType<RecordedLease>
export const recordedUnits = named(
  'RecordedUnits',
  z.strictObject({
    units: z.array(
      storedUnits.shape.units.element.extend({
        seed: z.string().meta({ description: '16 bytes, hex.' }),
        outputs: z.array(output).optional().meta({ description: 'What was agreed on, one for each input.' }),
        leases: z.array(lease),
      }),
    ),
    next,
  }),
)
export type RecordedUnits = z.infer<typeof recordedUnits>

export const added = named('Added', z.strictObject({ added: count, existing: count }))
export const rejected = named('Rejected', z.strictObject({ voided: z.boolean() }), 'False where the result does not stand any more.')
export const dropped = named('Dropped', z.strictObject({ dropped: count }))
export const alive = named('Alive', z.strictObject({ ok: z.literal(true) }))
export const ready = named('Ready', z.strictObject({ ready: z.boolean() }))
export const document = named('OpenApi', z.record(z.string(), z.unknown()), 'This document.')

/** `?bytes=` of the whole file and `?offset=` of the piece in the body. */
export const filePiece = z.strictObject({
  bytes: z.coerce.number().int().min(0).max(LIMITS.fileBytes).meta({ description: 'Of the whole file.' }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(LIMITS.fileBytes)
    .meta({
      description: `Where the piece in the body begins, a multiple of ${LIMITS.filePieceBytes}; it has so many bytes, or those that are left.`,
    }),
})
export const clientsPage = z.strictObject({ limit: z.coerce.number().int().min(1).max(LIMITS.itemsPerMessage).default(50) })
/** The same of one's own jobs. */
export const ownJobsPage = page.extend({
  active: z.enum(['true', 'false']).optional().meta({ description: 'Only jobs that are not over, or only those that are.' }),
  name: sockets.jobsRequest.shape.name.meta({ description: 'Only jobs of exactly this name.' }),
})
/** `?after=` and `?limit=` of the units of a job, by their keys. */
export const unitsPage = z.strictObject({
  after: z.string().max(LIMITS.nameCharacters).default(''),
  limit: z.coerce.number().int().min(1).max(LIMITS.itemsPerMessage).default(100),
})
/** The same of the leaderboard, whose order is not that of the rows. */
export const leaderboardPage = page.extend({
  after: z
    .string()
    .regex(/^\d{1,10}-\d{1,10}$/, 'expected the `next` of the page before')
    .optional(),
})
export const eventsPage = z.strictObject({
  after: z.coerce.number().int().nonnegative().default(0).meta({ description: 'Events with a greater number are wanted.' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.itemsPerMessage).default(100),
  console: z.literal('true').optional().meta({ description: 'With what the code printed; not of the newest.' }),
  newest: z.literal('true').optional().meta({ description: 'The last `limit` events instead, in their order.' }),
})
