/** Runs the inputs of one unit, one after the other, and turns what they give into bytes at once, so that later inputs cannot change it. */
import { CodecError, decode, type OutputList } from '../../sdk/codec.ts'
import type { ErroredReason } from '../../sdk/protocol.ts'
import { seedNumber } from '../../sdk/seed.ts'
import type { CapturedConsole } from './captured-console.ts'
import { type Checkpoints, type Restored, readCheckpoint } from './checkpoints.ts'
import { isArray, NativeTypeError, toBigInt } from './primordials.ts'
import type { UnitProgress } from './progress.ts'
import type { SeededRandom } from './random.ts'
import { Stacks } from './stacks.ts'
import { describeThrown, isOutOfMemory, type Thrown } from './thrown.ts'

/** `work` of a bundle. */
export type Work = (input: unknown, context: unknown) => unknown

export interface UnitReport {
  output?: Uint8Array
  errored?: ErroredReason
  message?: string
  stack?: string
}

/** Without a prototype, where setters of the code could catch what is assigned. */
const emptyReport = (): UnitReport => ({ __proto__: null }) as UnitReport

/** Code and message of a unit that has no output. */
class NoOutput {
  readonly reason: ErroredReason
  readonly message: string
  constructor(reason: ErroredReason, message: string) {
    this.reason = reason
    this.message = message
  }
}

/** @throws NoOutput when the item cannot be encoded or the list grows beyond its limit */
function addOutput(outputs: OutputList, index: number, item: { readonly value: unknown } | { readonly error: Thrown }): void {
  try {
    outputs.add(item)
  } catch (error) {
    const thrown = describeThrown(error)
    if (error instanceof CodecError && error.code === 'too-large') {
      throw new NoOutput('output-too-large', `The outputs up to that of input ${index} are too large. ${thrown.message}`)
    }
    if (isOutOfMemory(thrown)) throw new NoOutput('memory', thrown.message)
    throw new NoOutput('unserialisable', `The output of input ${index} cannot travel. ${thrown.message}`)
  }
}

/** A unit as it was before any job byte ran. */
export interface Unit {
  readonly inputs: readonly unknown[]
  readonly seed: bigint
  /** Where an earlier run of it was; absent when it begins. */
  readonly restored?: Restored | undefined
}

/** @throws CodecError, RangeError, TypeError when the server's bytes are not a list of inputs and a seed */
export function readUnit(input: Uint8Array, seed: Uint8Array, checkpoint?: Uint8Array): Unit {
  const inputs = decode(input)
  if (!isArray(inputs)) throw new NativeTypeError('Expected the input of a unit to be a list, got something else.')
  const restored = readCheckpoint(checkpoint)
  return { inputs, seed: seedNumber(seed), restored: restored !== undefined && restored.input < inputs.length ? restored : undefined }
}

/** Where the outputs of a realm's units are written, one unit after the other. */
export interface Answering {
  /** Made before any job byte ran: making another would use what the code may have replaced. */
  readonly outputs: OutputList
  readonly maxBytes: number
}

/** One error for every input: what a bundle that does not load answers. */
export function answerAll(unit: Unit, error: Thrown, { outputs, maxBytes }: Answering): UnitReport {
  const report = emptyReport()
  try {
    const { length } = unit.inputs
    outputs.start(length, maxBytes)
    for (let i = 0; i < length; i++) addOutput(outputs, i, { error })
    report.output = outputs.join()
  } catch (failure) {
    noteFailure(report, failure)
  }
  return report
}

function noteFailure(report: UnitReport, failure: unknown): void {
  const own = failure instanceof NoOutput
  report.errored = own ? failure.reason : 'crashed'
  report.message = own ? failure.message : `The sandbox could not run the unit. ${describeThrown(failure).message}`
}

export interface RunSurroundings extends Answering {
  readonly random: SeededRandom
  readonly console: CapturedConsole
  readonly checkpoints: Checkpoints
  readonly progress: UnitProgress
  /** The second argument of `work`. */
  readonly context: unknown
}

/** The list of outputs, and what was printed, as far as an earlier run had come. */
function begin({ inputs, restored }: Unit, { outputs, console, maxBytes }: RunSurroundings): void {
  outputs.start(inputs.length, maxBytes)
  if (restored === undefined) return
  outputs.resume(restored.outputs, maxBytes)
  console.restore(restored.console)
}

/**
 * Runs `work` on every input that is not done, then calls `done` with a report that has either `output` or `errored`. It answers by calling back and not
 * with a promise, since the code may have replaced what `await` looks up on one.
 */
export async function runInputs(work: Work, unit: Unit, surroundings: RunSurroundings, done: (report: UnitReport) => void): Promise<void> {
  const report = emptyReport()
  try {
    const { inputs, seed, restored } = unit
    const { outputs } = surroundings
    const stacks = new Stacks()
    const first = restored === undefined ? 0 : restored.input
    begin(unit, surroundings)
    for (let i = first; i < inputs.length; i++) {
      surroundings.random.reseed(seed, toBigInt(i))
      if (restored !== undefined && i === first) surroundings.random.restore(restored.random)
      surroundings.progress.next(i, inputs.length)
      surroundings.checkpoints.open(i, i === first ? restored : undefined)
      let item: { value: unknown } | { error: Thrown }
      try {
        item = { value: await work(inputs[i], surroundings.context) }
      } catch (error) {
        item = { error: describeThrown(error) }
        if (isOutOfMemory(item.error)) throw new NoOutput('memory', item.error.message)
        stacks.add(i, inputs.length, error, item.error)
      }
      surroundings.checkpoints.close()
      addOutput(outputs, i, item)
    }
    report.output = outputs.join()
    const stack = stacks.text
    if (stack !== undefined) report.stack = stack
  } catch (failure) {
    noteFailure(report, failure)
  }
  done(report)
}
