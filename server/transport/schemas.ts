/** One schema per inbound message, bound to its protocol type: a drift between the two does not compile. */
import { z } from 'zod'
import {
  type AddRequest,
  type CheckpointRequest,
  type EventsRequest,
  type Hello,
  type JobAction,
  type JobSpec,
  type JobsRequest,
  type LeaseRequest,
  LIMITS,
  type ProgressReport,
  type RejectRequest,
  type ReleaseRequest,
  type ReturnRequest,
  type SubmitRequest,
  type UnitSpec,
  type UnitsRequest,
  type WorkersRequest,
} from '../../sdk/protocol.ts'

const id = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 lower-case hex digits')
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex')
const name = z.string().max(LIMITS.nameCharacters)
const bytes = (most: number) => z.instanceof(Uint8Array).refine((value) => value.length <= most, `expected at most ${most} bytes`)
const payload = bytes(LIMITS.payloadBytes)
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).max(LIMITS.itemsPerMessage)
const seconds = z.number().nonnegative().max(1e9)

export const hello = z.strictObject({
  protocol: z.number().int(),
  kind: z.enum(['browser', 'headless']),
  engine: name,
  threads: z.number().int().min(1).max(LIMITS.threads),
  name: name.optional(),
  device: z.strictObject({ id, secret: z.string().max(100) }).optional(),
  session: z.string().max(200).optional(),
  held: z.array(id).max(10_000),
}) satisfies z.ZodType<Hello>

export const leaseRequest = z.strictObject({
  threads: z.number().int().min(1).max(LIMITS.threads),
  seconds: z.number().positive().max(3600),
  held: z.number().int().nonnegative().max(100_000),
  most: z.number().int().min(1).max(LIMITS.itemsPerMessage).optional(),
}) satisfies z.ZodType<LeaseRequest>

const returnedUnit = z.union([
  z.strictObject({
    lease: id,
    output: payload,
    seconds,
    console: z.string().max(LIMITS.consoleCharacters).optional(),
    stack: z.string().max(LIMITS.stackCharacters).optional(),
    reused: z.literal(true).optional(),
  }),
  z.strictObject({
    lease: id,
    errored: z.enum(['deadline', 'memory', 'unserialisable', 'output-too-large', 'crashed', 'bundle-unavailable']),
    message: z.string().max(LIMITS.stackCharacters),
    seconds,
  }),
])
export const returnRequest = z.strictObject({
  results: listOf(returnedUnit),
  next: leaseRequest.optional(),
}) satisfies z.ZodType<ReturnRequest>

export const releaseRequest = z.strictObject({
  leases: listOf(id),
  pausing: z.literal(true).optional(),
}) satisfies z.ZodType<ReleaseRequest>
/** What lies outside of 0 to 1 is no share, whoever says it. */
export const progressReport = z.strictObject({
  units: z
    .array(z.strictObject({ lease: id, fraction: z.number().min(0).max(1), note: name.optional(), seconds }))
    .min(1)
    .max(LIMITS.runningUnits),
}) satisfies z.ZodType<ProgressReport>
export const checkpointRequest = z.strictObject({
  lease: id,
  bytes: bytes(LIMITS.movedCheckpointBytes),
}) satisfies z.ZodType<CheckpointRequest>
export const restoreRequest = z.strictObject({ lease: id }) satisfies z.ZodType<{ lease: string }>
/** A SHA-256 in a path. */
export const fileId = digest
export const bundleRequest = z.strictObject({ bundle: digest }) satisfies z.ZodType<{ bundle: string }>

const jobFiles = z
  .array(z.strictObject({ name: name.min(1), sha256: digest, bytes: z.number().int().min(0).max(LIMITS.fileBytes) }))
  .max(LIMITS.filesPerJob)
  .refine((files) => new Set(files.map((file) => file.name)).size === files.length, 'expected each name once')
  .refine(
    (files) => files.reduce((sum, { bytes }) => sum + bytes, 0) <= LIMITS.fileBytes,
    `expected ${LIMITS.fileBytes} bytes at most together`,
  )
  .readonly()

export const jobSpec = z.strictObject({
  job: id,
  name,
  purpose: name,
  kind: z.enum(['map', 'eval', 'function']),
  bundle: digest,
  redundancy: z.union(
    [
      z.literal('none'),
      z.strictObject({ quorum: z.number().int().min(1).max(10) }),
      z.strictObject({ targetError: z.number().min(1e-6).max(1e-2) }),
    ],
    'expected "none", { "quorum": 1 to 10 } or { "targetError": 1e-6 to 1e-2 }, each a number',
  ),
  ownDevices: z.boolean(),
  onError: z.enum(['continue', 'stop']),
  priority: z.number().int().min(0).max(5),
  timeoutSeconds: z.number().int().min(1).max(86_400),
  memoryMegabytes: z.number().int().min(16).max(4096),
  visibility: z.enum(['public', 'unlisted', 'owner']).optional(),
  builtin: z.enum(['factor', 'mandelbrot']).optional(),
  files: jobFiles.optional(),
  cost: z.number().positive().max(86_400).optional(),
  compare: z.strictObject({ relTol: z.number().min(0).max(1), absTol: z.number().min(0) }).optional(),
  verify: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= LIMITS.verifyBytes, `expected at most ${LIMITS.verifyBytes} bytes`)
    .optional(),
  sameEngine: z.boolean().optional(),
  nativeMath: z.boolean().optional(),
}) satisfies z.ZodType<JobSpec>

const unitSpec = z.strictObject({
  key: z.string().min(1).max(LIMITS.nameCharacters),
  input: payload,
  inputs: z.number().int().min(1).max(LIMITS.inputsPerUnit),
}) satisfies z.ZodType<UnitSpec>

export const submitRequest = z.strictObject({
  spec: jobSpec,
  code: bytes(LIMITS.bundleBytes),
  units: listOf(unitSpec),
  inputsComplete: z.boolean(),
}) satisfies z.ZodType<SubmitRequest>

export const addRequest = z.strictObject({
  job: id,
  units: listOf(unitSpec),
  inputsComplete: z.boolean(),
}) satisfies z.ZodType<AddRequest>

export const eventsRequest = z.strictObject({
  job: id,
  after: z.number().int().nonnegative(),
  limit: z.number().int().min(1).max(LIMITS.itemsPerMessage),
  console: z.literal(true).optional(),
}) satisfies z.ZodType<EventsRequest>

export const watchRequest = z.strictObject({ job: id }) satisfies z.ZodType<{ job: string }>
export const controlRequest = z.strictObject({ job: id, action: z.enum(['pause', 'resume', 'cancel']) }) satisfies z.ZodType<{
  job: string
  action: JobAction
}>
export const dropRequest = z.strictObject({
  job: id,
  keys: listOf(z.string().min(1).max(LIMITS.nameCharacters)),
}) satisfies z.ZodType<{ job: string; keys: readonly string[] }>
export const rejectRequest = z.strictObject({
  job: id,
  key: z.string().min(1).max(LIMITS.nameCharacters),
  event: z.number().int().min(1),
  reason: name.min(1),
}) satisfies z.ZodType<RejectRequest>
const rowCursor = z
  .string()
  .regex(/^\d{1,10}$/, 'expected the `next` of the page before')
  .optional()
export const jobsRequest = z.strictObject({
  after: rowCursor,
  limit: z.number().int().min(1).max(200),
  active: z.boolean().optional(),
  name: name.optional(),
}) satisfies z.ZodType<JobsRequest>
export const unitsRequest = z.strictObject({
  job: id,
  after: z.string().max(LIMITS.nameCharacters),
  limit: z.number().int().min(1).max(LIMITS.itemsPerMessage),
}) satisfies z.ZodType<UnitsRequest>
export const workersRequest = z.strictObject({
  after: rowCursor,
  limit: z.number().int().min(1).max(200),
}) satisfies z.ZodType<WorkersRequest>
export const clientsRequest = z.strictObject({
  limit: z.number().int().min(1).max(LIMITS.itemsPerMessage),
}) satisfies z.ZodType<{ limit: number }>
export const nothing = z.strictObject({}) satisfies z.ZodType<Record<string, never>>
