/** What a researcher may say about a job, checked before anything is sent. */
import { BatchSize } from './batch-size.ts'
import { BadArgument } from './errors.ts'
import type { Deliver } from './event-fold.ts'
import type { FilesOption } from './job-files.ts'
import type { WatchOptions } from './job-watch.ts'
import { requireKnownNames } from './known-names.ts'
import type { OutputOption } from './output-schema.ts'
import { show } from './printable.ts'
import { type Builtin, type JobSpec, LIMITS, type Redundancy, type Tolerance, type Visibility } from './protocol.ts'
import type { VerifyOption } from './verify.ts'
import type { VarsOption } from './work.ts'

/** When two outputs agree. */
export type Compare = 'exact' | Partial<Tolerance>

/** Options of every kind of job. */
export interface JobOptions<Output = unknown> extends WatchOptions, OutputOption<Output>, FilesOption {
  /** Shown to volunteers and in the portal, at most 200 characters. @default what is computed, shortened */
  readonly name?: string
  /** What the result is for, shown to volunteers, at most 200 characters. @default '' */
  readonly purpose?: string
  /** 0 to 5; each step doubles the share of the cluster. @default 2 */
  readonly priority?: number
  /** Seconds one unit may compute before it is stopped and tried elsewhere, 1 to 86400. @default 600 */
  readonly timeout?: number
  /** Megabytes one unit may use, 16 to 4096. @default 512 */
  readonly memory?: number
  /**
   * How it is decided that a result is true. `{ targetError }`, 1e-6 to 1e-2: by what the devices that agree have earned, until the probability that
   * it is wrong is below that. `{ quorum }`: by so many independent holders who agree, at most 10; of 1 is as 'none'. @default { targetError: 1e-2 }
   */
  readonly redundancy?: Redundancy
  /**
   * When two outputs agree: 'exact', with equal bytes, or with numbers that are apart by no more than max(absTol, relTol * max(|a|, |b|)), each 0 unless
   * given, relTol at most 1. Everything but numbers and arrays of floats is compared exactly; the result is one of the outputs as it came, that of
   * the device that was asked first. @default 'exact'
   */
  readonly compare?: Compare
  /**
   * Whether all copies of a unit are given to one engine and its major version, such as `chromium-140`: for code whose result depends on it. Fewer
   * devices can take part. @default false
   */
  readonly sameEngine?: boolean
  /**
   * Whether the code has the engine's own `Math` and `**`, which are faster and differ between engines in their last digits; implies `sameEngine`.
   * @default false, the same bits everywhere
   */
  readonly nativeMath?: boolean
  /**
   * Which results count for `wait`, iterating and `processResult`: 'accepted', as soon as agreement suffices, and one that is taken back is replaced; or
   * 'sealed', only what is final unless its author is caught later, which takes longer. @default 'accepted'
   */
  readonly deliver?: Deliver
  /** Whether one word of a device of your own suffices. @default true */
  readonly ownDevices?: boolean
  /** Whether the other inputs are still computed when one fails. @default 'continue' */
  readonly onError?: 'continue' | 'stop'
  /**
   * Who may read it. Title, purpose and progress are for everybody, results and errors for its owner: 'owner'. 'public' opens these too, 'unlisted'
   * leaves the job out of the lists that strangers see. @default 'owner'
   */
  readonly visibility?: Visibility
  /**
   * Reference seconds that one input takes, above 0 and at most 86400: what it earns those who compute it, up to three times what the server measures
   * and not without a measurement. @default what the server measures
   */
  readonly cost?: number
  /** The built-in function that pages draw its results as; built-in functions name themselves. @default a table */
  readonly builtin?: Builtin
}

/** Options of an expression or of statements. */
export interface EvalOptions<Output = unknown> extends JobOptions<Output>, VarsOption {}

/** Options of a map. */
export interface MapOptions<Output = unknown> extends JobOptions<Output>, VarsOption {
  /** Inputs a unit: a number from 1 to 10000, or 'auto', which measures and aims at one second of work. @default 'auto' */
  readonly batch?: 'auto' | number
  /** How the job is listed. @default 'map' */
  readonly kind?: 'map' | 'function'
}

/** Every option of a job; a type that has another does not compile. */
const NAMES: Readonly<Record<keyof (MapOptions & VerifyOption), true>> = {
  ...{ name: true, purpose: true, priority: true, timeout: true, memory: true, redundancy: true, compare: true, verify: true },
  ...{ sameEngine: true, nativeMath: true, deliver: true, ownDevices: true, onError: true, visibility: true, cost: true, builtin: true },
  ...{ vars: true, files: true, batch: true, kind: true, output: true, onProgress: true, signal: true },
}
/** Those that a distributed function does not read. */
const OF_MAPS: Readonly<Record<Exclude<keyof (MapOptions & VerifyOption), keyof EvalOptions>, true>> = {
  verify: true,
  batch: true,
  kind: true,
}

/** What a job asks for that says nothing. */
export const DEFAULT_REDUNDANCY: Redundancy = { targetError: 1e-2 }
const VISIBILITIES: readonly Visibility[] = ['public', 'unlisted', 'owner']
const BUILTINS: readonly Builtin[] = ['factor', 'mandelbrot']
/** Holders that a server lets a job ask for. */
const MOST_QUORUM = 10
/** Seconds, as a unit may take. */
const MOST_COST = 86_400

function requireNumber(name: string, value: number, least: number, most: number, unit: string): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw new BadArgument(`Expected \`${name}\` to be a whole number of ${unit} from ${least} to ${most}, got ${String(value)}.`)
}

function requireText(name: string, value: string): void {
  if (typeof value !== 'string') throw new BadArgument(`Expected \`${name}\` to be a text, got ${value === null ? 'null' : typeof value}.`)
  if (value.length > LIMITS.nameCharacters)
    throw new BadArgument(`Expected \`${name}\` to be a text of at most ${LIMITS.nameCharacters} characters; shorten it.`)
}

/** @throws BadArgument */
export function requireOneOf(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return
  throw new BadArgument(`Expected \`${name}\` to be ${known.map((one) => `'${one}'`).join(' or ')}, got ${show(value)}.`)
}

function requireRedundancy(redundancy: Redundancy): void {
  const { quorum, targetError } = Object(redundancy) as { readonly quorum?: number; readonly targetError?: number }
  const byQuorum = targetError === undefined && quorum !== undefined && Number.isInteger(quorum) && quorum >= 1 && quorum <= MOST_QUORUM
  const byTrust = quorum === undefined && typeof targetError === 'number' && targetError >= 1e-6 && targetError <= 1e-2
  if (Object(redundancy) === redundancy) requireKnownNames('`redundancy`', redundancy as object, ['quorum', 'targetError'])
  if (redundancy === 'none' || byQuorum || byTrust) return
  const ways = `'none', { quorum: 1 to ${MOST_QUORUM} } or { targetError: 1e-6 to 1e-2 }`
  throw new BadArgument(`Expected \`redundancy\` to be ${ways}, got ${show(redundancy)}.`)
}

/** What is called or listened to later, when a mistake would surface far from where it was made. */
function requireKinds({ ownDevices, sameEngine, nativeMath, onProgress, signal, output }: JobOptions): void {
  const wrong = (name: string, expected: string, got: unknown) =>
    new BadArgument(`Expected \`${name}\` to be ${expected}, got ${got === null ? 'null' : typeof got}.`)
  for (const [name, flag] of Object.entries({ ownDevices, sameEngine, nativeMath }))
    if (flag !== undefined && typeof flag !== 'boolean') throw wrong(name, 'true or false', flag)
  if (nativeMath && sameEngine === false)
    throw new BadArgument('Expected `sameEngine` to be left out or true where `nativeMath` is true, got false; engines would differ.')
  if (onProgress !== undefined && typeof onProgress !== 'function') throw wrong('onProgress', 'a function', onProgress)
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') throw wrong('signal', 'an AbortSignal', signal)
  if (output !== undefined && typeof output?.['~standard']?.validate !== 'function')
    throw wrong('output', 'a schema that keeps to Standard Schema, such as one of Zod, Valibot or ArkType', output)
}

/** @throws BadArgument */
function costOf(cost: number | undefined): { readonly cost?: number } {
  if (cost === undefined) return {}
  if (typeof cost === 'number' && cost > 0 && cost <= MOST_COST) return { cost }
  throw new BadArgument(`Expected \`cost\` to be seconds of one input, above 0 and at most ${MOST_COST}, got ${String(cost)}.`)
}

/** @throws BadArgument */
function toleranceOf(compare: Compare): { readonly compare?: Tolerance } {
  if (compare === 'exact') return {}
  const isObject = typeof compare === 'object' && compare !== null && !Array.isArray(compare)
  if (isObject) requireKnownNames('`compare`', compare, ['relTol', 'absTol'])
  const { relTol = 0, absTol = 0 } = Object(compare) as Partial<Tolerance>
  const areNumbers = typeof relTol === 'number' && typeof absTol === 'number'
  const isTolerance = areNumbers && relTol >= 0 && relTol <= 1 && absTol >= 0 && Number.isFinite(absTol)
  if (isObject && isTolerance) return { compare: { relTol, absTol } }
  throw new BadArgument(
    `Expected \`compare\` to be 'exact' or { relTol: 0 to 1, absTol: 0 or more }, got ${show(compare)}; { relTol: 1e-9 } suits most floats.`,
  )
}

function requireOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return
  throw new BadArgument(`Expected options such as { name: 'squares' }, got ${String(options)}.`)
}

const engineOf = ({ sameEngine, nativeMath }: JobOptions): Pick<JobSpec, 'sameEngine' | 'nativeMath'> => ({
  ...(sameEngine || nativeMath ? { sameEngine: true } : {}),
  ...(nativeMath ? { nativeMath: true } : {}),
})

/** `text` on one line, cut to what a name may hold. */
export function shortName(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`
}

/**
 * The specification of a job, defaults filled in.
 * @param more names that the caller reads beside these; undefined where the names were looked at before
 * @throws BadArgument naming the option, its bounds and what came
 */
export function jobSpec(
  job: string,
  kind: JobSpec['kind'],
  defaultName: string,
  options: JobOptions,
  more?: readonly string[],
): Omit<JobSpec, 'bundle'> {
  requireOptions(options)
  if (more !== undefined) requireKnownNames('options', options, [...Object.keys(NAMES), ...more])
  const { name = shortName(defaultName), purpose = '', priority = 2, timeout = 600, memory = 512 } = options
  const {
    redundancy = DEFAULT_REDUNDANCY,
    ownDevices = true,
    onError = 'continue',
    visibility = 'owner',
    builtin,
    compare = 'exact',
    deliver = 'accepted',
  } = options
  requireKinds(options)
  requireText('name', name)
  requireText('purpose', purpose)
  requireNumber('priority', priority, 0, 5, 'steps')
  requireNumber('timeout', timeout, 1, 86_400, 'seconds')
  requireNumber('memory', memory, 16, 4096, 'megabytes')
  requireRedundancy(redundancy)
  requireOneOf('onError', onError, ['continue', 'stop'])
  requireOneOf('visibility', visibility, VISIBILITIES)
  requireOneOf('deliver', deliver, ['accepted', 'sealed'])
  if (builtin !== undefined) requireOneOf('builtin', builtin, BUILTINS)
  const told = { ...toleranceOf(compare), ...engineOf(options), ...costOf(options.cost) }
  const shown = { visibility, ...(builtin === undefined ? {} : { builtin }), ...told }
  return { job, name, purpose, kind, redundancy, ownDevices, onError, priority, timeoutSeconds: timeout, memoryMegabytes: memory, ...shown }
}

/**
 * The names of what a distributed function is told, looked at when it is made.
 * @param own those that its class reads beside the ones of every distributed function
 * @throws BadArgument naming the known ones, and what to do
 */
export function requireFunctionNames(options: object, own: readonly string[]): void {
  requireOptions(options)
  const wayOut = (wrong: string) =>
    wrong === 'verify'
      ? 'make it a field of the class'
      : 'leave it out or, where your class reads it, name it in the third argument of `super`'
  const common = Object.keys(NAMES).filter((name) => !Object.hasOwn(OF_MAPS, name))
  requireKnownNames('options', options, [...common, 'concurrent', ...own], wayOut)
}

/** The batch size of a map. @throws BadArgument */
export function batchSize(options: MapOptions): BatchSize {
  return new BatchSize(options.batch ?? 'auto')
}
