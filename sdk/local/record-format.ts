/**
 * The record of a job: a tar of few texts, which whoever has it in twenty years can unpack and read without us.
 *
 *     record.json        what it is, versions, the job as it ended and as it was submitted
 *     bundle.js          the code, whose SHA-256 the job names; bundle.js.map where it was made by the process that wrote the record
 *     files/<sha256>     the files that its code reads, of a record that carries them; `record.json` has their names
 *     units/000000.jsonl a line a unit, in the order of their keys: inputs, result, seed, and all who were given it; about a megabyte a file
 *     SHA256SUMS         of all of these, so that `sha256sum -c` looks after them too; it comes last and says that nothing is missing
 *
 * Values are JSON by the mapping of sdk/json.ts, which loses nothing. The same job gives the same bytes each time. Rejected: zip, whose directory
 * stands at the end and must be kept until then; compression, which differs between versions of its library and is added from outside (`zstd`).
 */
import { z } from 'zod'
import { LIMITS } from '../protocol.ts'

/** Of a record that carries files; others have 1, and are read by an older dsage too. */
export const FORMAT = 2
export const FORMAT_WITHOUT_FILES = 1
export const HEAD = 'record.json'
export const BUNDLE = 'bundle.js'
export const SOURCE_MAP = 'bundle.js.map'
export const SUMS = 'SHA256SUMS'
export const fileName = (sha256: string): string => `files/${sha256}`
export const unitsName = (file: number): string => `units/${String(file).padStart(6, '0')}.jsonl`

const id = z.string().regex(/^[0-9a-f]{32}$/)
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().nonnegative()

/** What recomputing needs of `record.json`; more may stand there. */
export const recordHead = z.object({
  dsage: z.literal('record'),
  format: z.number().int(),
  versions: z.object({ dsage: z.string(), protocol: count }),
  job: z.object({ job: id, name: z.string(), state: z.string(), createdAt: count }),
  spec: z.object({
    bundle: digest,
    timeoutSeconds: z.number().int().min(1).max(86_400),
    memoryMegabytes: z.number().int().min(16).max(4096),
    /** Absent where bytes had to be equal. */
    compare: z.object({ relTol: z.number(), absTol: z.number() }).optional(),
    nativeMath: z.boolean().optional(),
    /** Those that its code reads. */
    files: z.array(z.object({ name: z.string(), sha256: digest, bytes: count.max(LIMITS.fileBytes) })).optional(),
  }),
})
export type RecordHead = z.infer<typeof recordHead>

const value = z.unknown()
const output = z.union([z.strictObject({ value }), z.strictObject({ error: z.strictObject({ name: z.string(), message: z.string() }) })])

/** A line of a file of units. */
export const recordLine = z.object({
  key: z.string().min(1),
  state: z.enum(['open', 'accepted', 'sealed', 'failed', 'cancelled']),
  seed: id,
  inputs: z.array(value).min(1),
  /** One for each input, of what is accepted or sealed. */
  outputs: z.array(output).optional(),
  leases: z.array(z.object({ holder: z.string(), device: id, engine: z.string(), state: z.string(), output: digest.optional() })),
})
export type RecordLine = z.infer<typeof recordLine>
