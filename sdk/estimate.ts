/** What a map will take, told from a few of its inputs that are computed here. Nothing is submitted. */
import type { BatchSize } from './batch-size.ts'
import { type PreparedWork, prepareWork } from './dry-run.ts'
import { BadArgument } from './errors.ts'
import { batchSize, DEFAULT_REDUNDANCY, type MapOptions } from './job-options.ts'
import type { OpenSandbox } from './local-sandbox.ts'
import { chooseInputs, computeInput, emptyUnitSeconds, type PilotInput, type PilotResult } from './pilot.ts'
import type { ClusterStatus } from './protocol.ts'
import { type LocalFiles, noFiles } from './saved-file.ts'
import type { SeedOption } from './seeded.ts'
import type { VerifyOption } from './verify.ts'
import type { Work } from './work.ts'

/** Those of the map that it is an estimate of, and: */
export interface EstimateOptions<Output = unknown> extends MapOptions<Output>, SeedOption {
  /** Inputs that are computed here, 1 to 1000, by chance with `seed` (0 unless given). @default 8 */
  readonly pilot?: number
}

/** The least and the most. */
export type EstimatedRange = readonly [least: number, most: number]

export interface Estimate {
  /** Inputs there are, counted. */
  readonly inputs: number
  /** Those that were computed here, in their order: how long each took, what its output weighs, what it threw. */
  readonly pilot: readonly PilotResult[]
  /** Seconds of computing of one thread like one of this machine, each input once. */
  readonly estimatedSeconds: number
  /** Where that is with 95 % certainty if the pilot is typical; from 0 or to Infinity when one input says nothing about the others. */
  readonly estimatedSecondsRange: EstimatedRange
  /** Units the map is cut into. */
  readonly estimatedUnits: number
  readonly estimatedInputBytes: number
  readonly estimatedOutputBytes: number
  /** Threads connected to the server now. */
  readonly threads: number
  /** Seconds until all is decided on these threads, alone, with as many copies of each unit as `redundancy` says, or one with `verify`; undefined while there is no thread. */
  readonly estimatedWallSeconds?: number
  /** From one copy of each unit, as on devices of your own, to as many as `redundancy` says, shared evenly with the jobs that run now. */
  readonly estimatedWallSecondsRange?: EstimatedRange
}

const MOST_PILOT = 1000
/** Two-sided 95 % of Student's t by degrees of freedom from 1; the last for all above. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13] as const

/** What an estimate is made with. */
export interface Here {
  readonly open: OpenSandbox
  readonly status: () => Promise<ClusterStatus>
  /** Where files are read. @default nowhere */
  readonly local?: LocalFiles
}

/** @throws BundleError, BadArgument as `job.wait` of the map would, and where there is no sandbox */
export async function estimate<Input, Output, Value>(
  { open, status, local = noFiles }: Here,
  work: Work<Input, Output>,
  inputs: Iterable<Input> | AsyncIterable<Input>,
  options: EstimateOptions<Value> & VerifyOption = {},
): Promise<Estimate> {
  const { pilot: count = 8, seed = 0 } = options
  if (!(Number.isInteger(count) && count >= 1 && count <= MOST_PILOT))
    throw new BadArgument(`Expected \`pilot\` to be a whole number of inputs from 1 to ${MOST_PILOT}, got ${String(count)}.`)
  const size = batchSize(options)
  const prepared = await prepareWork(work, options, local)
  const { inputs: total, chosen } = await chooseInputs(inputs, count, seed)
  const { pilot, emptySeconds } = await computePilot(open, prepared, chosen)
  const input = meanOf(pilot)
  const estimatedUnits = unitsOf(size, total, input, emptySeconds)
  const seconds = secondsOf(pilot, total).map((each) => each + estimatedUnits * emptySeconds)
  const [estimatedSeconds, ...range] = seconds as [number, number, number]
  const computing = { estimatedSeconds, estimatedSecondsRange: range, estimatedUnits }
  return {
    ...{ inputs: total, pilot },
    ...computing,
    ...{ estimatedInputBytes: Math.round(total * input.inputBytes), estimatedOutputBytes: Math.round(total * input.outputBytes) },
    ...wallSeconds(computing, pilot, options, await status()),
  }
}

async function computePilot(open: OpenSandbox, prepared: PreparedWork, chosen: readonly PilotInput[]) {
  const sandbox = await open()
  try {
    const pilot: PilotResult[] = []
    const emptySeconds = await emptyUnitSeconds(sandbox, prepared)
    for (const input of chosen) pilot.push(await computeInput(sandbox, prepared, input, emptySeconds))
    return { pilot, emptySeconds }
  } finally {
    await sandbox.close()
  }
}

type InputMeans = Pick<PilotResult, 'seconds' | 'inputBytes' | 'outputBytes'>

function meanOf(pilot: readonly PilotResult[]): InputMeans {
  const mean = (of: (result: PilotResult) => number) => pilot.reduce((sum, result) => sum + of(result), 0) / Math.max(1, pilot.length)
  return {
    seconds: mean(({ seconds }) => seconds),
    inputBytes: mean(({ inputBytes }) => inputBytes),
    outputBytes: mean(({ outputBytes }) => outputBytes),
  }
}

/** The inputs' seconds in all, and the least and the most of them. */
function secondsOf(pilot: readonly PilotResult[], total: number): [number, number, number] {
  const { length: count } = pilot
  const { seconds: mean } = meanOf(pilot)
  const known = pilot.reduce((sum, { seconds }) => sum + seconds, 0)
  if (count === total) return [known, known, known]
  if (count === 1) return [total * mean, known, Number.POSITIVE_INFINITY]
  const variance = pilot.reduce((sum, { seconds }) => sum + (seconds - mean) ** 2, 0) / (count - 1)
  const quantile = STUDENT[Math.min(count - 1, STUDENT.length) - 1]!
  const margin = total * quantile * Math.sqrt((variance / count) * (1 - count / total))
  return [total * mean, Math.max(known, total * mean - margin), total * mean + margin]
}

/** As many units as the map's own batch size makes of inputs that all are like the mean one. */
function unitsOf(size: BatchSize, total: number, { seconds, inputBytes, outputBytes }: InputMeans, emptySeconds: number): number {
  let units = 0
  for (let left = total; left > 0; ) {
    const inputs = Math.max(1, Math.min(size.inputs, Math.floor(size.bytes / inputBytes)))
    const sent = Math.min(size.unitsAhead, Math.ceil(left / inputs))
    units += sent
    left -= sent * inputs
    const unitSeconds = emptySeconds + inputs * seconds
    size.measure({ unitSeconds, unitsSent: units, unitsDecided: units, unitInputs: inputs, outputBytes: Math.max(1, outputBytes) })
  }
  return units
}

/** Copies of a unit among devices that have earned nothing yet, for a target error of 1e-2. */
const NEW_HOLDERS = 4

function wallSeconds(
  {
    estimatedSeconds,
    estimatedSecondsRange: [least, most],
    estimatedUnits,
  }: Pick<Estimate, 'estimatedSeconds' | 'estimatedSecondsRange' | 'estimatedUnits'>,
  pilot: readonly PilotResult[],
  { redundancy = DEFAULT_REDUNDANCY, ownDevices = true, verify }: MapOptions & VerifyOption,
  { threadsConnected: threads, jobs }: ClusterStatus,
): Pick<Estimate, 'threads' | 'estimatedWallSeconds' | 'estimatedWallSecondsRange'> {
  if (threads === 0) return { threads }
  const copies = redundancy === 'none' || verify !== undefined ? 1 : 'quorum' in redundancy ? redundancy.quorum : NEW_HOLDERS
  const longest = Math.max(0, ...pilot.map(({ seconds }) => seconds))
  const wall = (seconds: number, each: number) =>
    Math.max(longest, (seconds * each) / Math.max(1, Math.min(threads, estimatedUnits * each)))
  return {
    threads,
    estimatedWallSeconds: wall(estimatedSeconds, copies),
    estimatedWallSecondsRange: [wall(least, ownDevices ? 1 : copies), wall(most, copies) * (1 + jobs.running)],
  }
}
