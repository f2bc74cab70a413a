/** Recomputes some results of a record in the sandbox of this machine and compares bytes, or what its job compared. */
import { createHash } from 'node:crypto'
import { alike, decodeOutputs, encode, encodeOutputs, type OutputItem } from '../codec.ts'
import { firstDifference } from '../dry-run.ts'
import { BadArgument, RecordDamaged } from '../errors.ts'
import { type JobFiles, openFiles } from '../job-files.ts'
import { fromJson } from '../json.ts'
import type { LocalSandbox, OpenSandbox } from '../local-sandbox.ts'
import { printable, show } from '../printable.ts'
import type { SandboxedFile } from '../protocol.ts'
import { chooseFrom, seededFractions } from '../seeded.ts'
import { localFiles } from './local-files.ts'
import { openSandbox } from './open-sandbox.ts'
import { type CheckedRecord, carriedIn, checkRecord, unitsIn } from './read-record.ts'
import type { RecordLine } from './record-format.ts'

export interface VerifyOptions {
  /** Share of the results that is recomputed, above 0 and to 1; at least one is. */
  readonly sample: number
  /** Which ones: whole number from 0 to 2^32 - 1. Choose it after the record was written. */
  readonly seed: number
  /** Files of the job that its record does not carry, by name, as they were given to it. @default none */
  readonly files?: JobFiles | undefined
  /** @default the sandbox process of a headless worker */
  readonly open?: OpenSandbox
}

/** Where this machine and the record differ first. */
export interface Disagreement {
  /** Key of the unit. */
  readonly unit: string
  /** Position in the unit, from 0; absent where the unit as a whole could not be computed here. */
  readonly input?: number
  readonly recorded: string
  readonly recomputed: string
  /** Engines of the devices that gave what is recorded. */
  readonly engines: readonly string[]
}

export interface Verification {
  readonly file: string
  readonly job: string
  readonly name: string
  readonly units: number
  /** Units with a result. */
  readonly results: number
  /** How many of these were recomputed, the one that disagrees included. */
  readonly recomputed: number
  readonly seed: number
  readonly disagreement?: Disagreement
}

/** Ends at the first disagreement. @throws RecordDamaged before anything is computed, BadArgument */
export async function verifyRecord(file: string, { sample, seed, files: given, open = openSandbox }: VerifyOptions): Promise<Verification> {
  const record = await checkRecord(file)
  const { results, units, head } = record
  const files = await filesFor(file, record, given)
  const isChosen = chooseFrom(results, Math.max(1, Math.ceil(sample * results)), seededFractions(seed))
  let recomputed = 0
  let disagreement: Disagreement | undefined
  const sandbox = await open()
  try {
    for await (const line of unitsIn(file)) {
      if (line.outputs === undefined || !isChosen()) continue
      disagreement = await recompute(sandbox, { ...record, files }, file, line)
      recomputed += 1
      if (disagreement !== undefined) break
    }
  } finally {
    await sandbox.close()
  }
  const { job, name } = head.job
  return { file, job, name, units, results, recomputed, seed, ...(disagreement === undefined ? {} : { disagreement }) }
}

/** Those that the code reads: what the record carries, and what is given beside it. @throws BadArgument naming one that is missing or another */
async function filesFor(file: string, { head, carried }: CheckedRecord, given: JobFiles = {}): Promise<SandboxedFile[]> {
  const { files = [] } = head.spec
  const missing = files.filter(({ sha256 }) => !carried.has(sha256))
  const [unknown] = Object.keys(given).filter((name) => !missing.some((one) => one.name === name))
  if (unknown !== undefined)
    throw new BadArgument(`Expected files that the record names and does not carry, got ${printable(unknown)}; leave it out.`)
  const opened = new Map((await openFiles(localFiles, given)).map((one) => [one.name, one]))
  const contents = files.length > missing.length ? await carriedIn(file) : new Map<string, Blob>()
  return files.map(({ name, sha256 }) => {
    const found = opened.get(name)
    const content = contents.get(sha256) ?? (found?.sha256 === sha256 ? found.content : undefined)
    if (content) return { name, sha256, content }
    const got = found ? `one with ${found.sha256}` : 'none'
    throw new BadArgument(
      `Expected file ${printable(name)} with SHA-256 ${sha256}, which the record does not carry, got ${got}; give it with --file, nothing was recomputed.`,
    )
  })
}

/** What an honest machine would have found otherwise, undefined when nothing. */
async function recompute(
  sandbox: LocalSandbox,
  { head: { job, spec }, code, files }: CheckedRecord & { readonly files: readonly SandboxedFile[] },
  file: string,
  line: RecordLine,
): Promise<Disagreement | undefined> {
  const { input, recorded } = bytesOf(file, line)
  const outcome = await sandbox.run({
    ...{ job: job.job, bundle: spec.bundle, code, input, seed: Buffer.from(line.seed, 'hex'), createdAt: job.createdAt },
    ...{ timeoutSeconds: spec.timeoutSeconds, memoryMegabytes: spec.memoryMegabytes },
    files,
    nativeMath: spec.nativeMath,
  })
  const engines = [...new Set(line.leases.filter(({ state }) => state === 'agreed').map(({ engine }) => printable(engine)))]
  const unit = printable(line.key)
  if ('errored' in outcome) return { unit, recorded: `${line.outputs!.length} outputs`, recomputed: printable(outcome.message), engines }
  if (firstDifference(recorded, outcome.output) === undefined) return undefined
  const [theirs, ours] = [decodeOutputs(recorded), decodeOutputs(outcome.output)]
  if (spec.compare && alike(theirs, ours, spec.compare)) return undefined
  return { unit, engines, ...firstOutput(theirs, ours) }
}

/** As they travelled. @throws RecordDamaged when the values have no such bytes, or are not those that a holder gave */
function bytesOf(file: string, { key, inputs, outputs = [], leases }: RecordLine) {
  const bytes = inBytes(file, key, () => ({
    input: encode(fromJson(inputs)),
    recorded: encodeOutputs(outputs.map((item) => ('error' in item ? item : { value: fromJson(item.value) }))),
  }))
  const digest = createHash('sha256').update(bytes.recorded).digest('hex')
  if (!leases.some(({ state, output }) => state === 'agreed' && output === digest))
    throw new RecordDamaged(file, `the result of unit ${printable(key)} is not what its holders gave`)
  return bytes
}

function inBytes<Made>(file: string, key: string, make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    throw new RecordDamaged(file, `unit ${printable(key)} has values without a form: ${printable((error as Error).message)}`, error)
  }
}

function firstOutput(
  recorded: readonly OutputItem[],
  recomputed: readonly OutputItem[],
): Pick<Disagreement, 'input' | 'recorded' | 'recomputed'> {
  const length = Math.max(recorded.length, recomputed.length)
  for (let input = 0; input < length; input++) {
    const [a, b] = [recorded[input], recomputed[input]]
    if (a === undefined || b === undefined || firstDifference(encodeOutputs([a]), encodeOutputs([b])) !== undefined)
      return { input, recorded: shown(a), recomputed: shown(b) }
  }
  return { recorded: 'bytes', recomputed: 'other bytes of the same values' }
}

function shown(item: OutputItem | undefined): string {
  if (item === undefined) return 'nothing'
  return 'error' in item ? `${printable(item.error.name)}: ${printable(item.error.message)}` : show(item.value)
}
