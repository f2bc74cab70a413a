/**
 * One input computed here, twice, before anything is submitted. A result counts when strangers agree on its bytes, so what a researcher wants to know
 * first is whether two fresh runs agree; and how long one takes, how large its output is and where it throws.
 */
import { bundleDigest } from './bundle.ts'
import { decodeOutputs, encode, type OutputItem, pairsOf } from './codec.ts'
import { BadArgument, type RemoteError } from './errors.ts'
import { openFiles } from './job-files.ts'
import { jobSpec, type MapOptions, shortName } from './job-options.ts'
import { linesOf } from './job-output.ts'
import type { OpenSandbox } from './local-sandbox.ts'
import { newJobId } from './new-job-id.ts'
import { fitted, type OutputSchema } from './output-schema.ts'
import { printable, show } from './printable.ts'
import { LIMITS, type SandboxedUnit, type UnitOutcome } from './protocol.ts'
import { readableStack } from './remote-stack.ts'
import { type LocalFiles, noFiles } from './saved-file.ts'
import { type VerifyOption, verifyText } from './verify.ts'
import { codeOf, nameOf, sourceOf, type Work } from './work.ts'

/** Those of a map that matter to one input. */
export type DryRunOptions<Output = unknown> = Pick<
  MapOptions<Output>,
  'vars' | 'files' | 'output' | 'timeout' | 'memory' | 'name' | 'nativeMath'
>

export type DryRun<Output> = {
  /** Seconds of the quicker run, with what a unit costs beside its input (a few milliseconds). */
  readonly seconds: number
  /** Bytes of the input as it would travel. */
  readonly inputBytes: number
  /** Bytes of the output as it would travel; 0 when there is none. */
  readonly outputBytes: number
  /** Bytes of the code as it would travel. */
  readonly codeBytes: number
  /** Whether both runs gave the same bytes. What differs here will not be agreed on anywhere; the same here may still differ in another engine. */
  readonly deterministic: boolean
  /** What the two runs gave, where they differ. */
  readonly difference?: string
  /** What `verify` says of the value, where it is given: false too where it threw or gave neither true nor false. */
  readonly verified?: boolean
  /** Why it is not verified. */
  readonly refusal?: string
  /** What the first run printed, a line an entry, with control characters escaped. */
  readonly console: readonly string[]
} & (
  | { readonly value: Output; readonly error?: undefined }
  | {
      /** What the code threw, its `stack` in your lines; `UnitFailed` when the sandbox ended it: out of time or memory, or an output that cannot travel. */
      readonly error: RemoteError
      readonly value?: undefined
    }
)

/** Work and options as a sandbox takes them. */
export interface PreparedWork {
  readonly name: string
  readonly code: string
  /** What the researcher wrote of it. */
  readonly source: string | undefined
  /** The unit of this encoded list of inputs, with the seed that all units here have. */
  unit(input: Uint8Array): SandboxedUnit
}

/** What a server gives a `verify`. */
const VERIFY_LIMITS = { timeoutSeconds: 10, memoryMegabytes: 128 }
/** Chance is drawn from this, the same each time. */
const SEED = new Uint8Array(16)

/** @throws BundleError, BadArgument, as `job.wait` of a map with these would */
export async function prepareWork(work: Work<never, unknown>, options: MapOptions, local: LocalFiles): Promise<PreparedWork> {
  const spec = jobSpec(newJobId(), 'map', shortName(nameOf(work)), options, ['pilot', 'seed'])
  const code = await codeOf(work, options.vars, options.nativeMath)
  const { timeoutSeconds, memoryMegabytes } = spec
  const files = await openFiles(local, options.files)
  const shared = {
    job: spec.job,
    bundle: await bundleDigest(code),
    code,
    seed: SEED,
    createdAt: Date.now(),
    timeoutSeconds,
    memoryMegabytes,
    files,
    nativeMath: spec.nativeMath,
  }
  return { name: spec.name, code, source: sourceOf(work).source, unit: (input) => ({ ...shared, input }) }
}

function encodedList(input: unknown): Uint8Array {
  try {
    return encode([input], { maxBytes: LIMITS.payloadBytes })
  } catch (error) {
    throw new BadArgument(`The input cannot be sent: ${(error as Error).message}`, error)
  }
}

/** @throws BundleError, BadArgument as `job.wait` would, and where there is no sandbox */
export async function dryRun<Input, Output, Value>(
  open: OpenSandbox,
  work: Work<Input, Output>,
  input: Input,
  options: DryRunOptions<Value> & VerifyOption = {},
  local: LocalFiles = noFiles,
): Promise<DryRun<Value>> {
  const verify = await verifyText(options.verify, options.vars)
  const prepared = await prepareWork(work, options, local)
  const unit = prepared.unit(encodedList(input))
  const [first, second] = await runTwice(open, unit)
  const deterministic = isSame(first, second)
  const answer = await answerOf(first, prepared, options.output)
  return {
    seconds: Math.min(first.seconds, second.seconds),
    inputBytes: unit.input.length,
    outputBytes: 'output' in first ? first.output.length : 0,
    codeBytes: new TextEncoder().encode(prepared.code).length,
    deterministic,
    ...(deterministic ? {} : { difference: `first ${described(first)}, then ${described(second)}` }),
    ...(verify !== undefined && 'output' in first ? await verdictOf(open, verify, unit, first.output) : {}),
    console: 'output' in first ? linesOf(first.console ?? '') : [],
    ...answer,
  }
}

/** As the server asks it; absent where there is no value to ask about. */
async function verdictOf(open: OpenSandbox, code: string, unit: SandboxedUnit, output: Uint8Array) {
  if ('error' in itemOf(output)) return {}
  const sandbox = await open()
  try {
    const pairs = { code, bundle: await bundleDigest(code), input: pairsOf(unit.input, output), nativeMath: false, ...VERIFY_LIMITS }
    const outcome = await sandbox.run({ ...unit, ...pairs })
    if ('errored' in outcome) return { verified: false, refusal: printable(outcome.message) }
    const item = itemOf(outcome.output)
    return 'value' in item && item.value === true ? { verified: true } : { verified: false, refusal: described(outcome) }
  } finally {
    await sandbox.close()
  }
}

/** In two processes that have run nothing, one after the other: two at a time would be slower than one. */
async function runTwice(open: OpenSandbox, unit: SandboxedUnit): Promise<[UnitOutcome, UnitOutcome]> {
  const sandboxes = await Promise.all([open(), open()])
  try {
    return [await sandboxes[0].run(unit), await sandboxes[1].run(unit)]
  } finally {
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()))
  }
}

function isSame(first: UnitOutcome, second: UnitOutcome): boolean {
  if ('errored' in first) return 'errored' in second && first.errored === second.errored
  return 'output' in second && firstDifference(first.output, second.output) === undefined
}

/** Offset of the first byte that differs, undefined when none does. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const length = Math.max(a.length, b.length)
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at
  return undefined
}

const itemOf = (output: Uint8Array): OutputItem => decodeOutputs(output)[0]!

function described(outcome: UnitOutcome): string {
  if ('errored' in outcome) return printable(outcome.message)
  const item = itemOf(outcome.output)
  return 'error' in item ? `${printable(item.error.name)}: ${printable(item.error.message)}` : show(item.value, 80)
}

type Answer<Value> = { readonly value: Value } | { readonly error: RemoteError }

async function answerOf<Value>(
  outcome: UnitOutcome,
  { code, source, name }: PreparedWork,
  schema: OutputSchema<Value> | undefined,
): Promise<Answer<Value>> {
  if ('errored' in outcome) return { error: { name: 'UnitFailed', message: outcome.message } }
  const item = itemOf(outcome.output)
  if ('value' in item) return schema === undefined ? { value: item.value as Value } : ((await fitted(schema, item.value)) as Answer<Value>)
  const origin = { code, source: source === undefined ? undefined : { text: source, name: printable(name) } }
  const stack = outcome.stack === undefined ? undefined : await readableStack(outcome.stack, item.error, origin)
  return { error: { ...item.error, ...(stack === undefined ? {} : { stack }) } }
}
