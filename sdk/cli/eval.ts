/** `dsage eval`: one expression, in JavaScript or in the usual notation, computed on a worker. */
import { BundleError, bundleNotation, bundleSource } from '../bundle.ts'
import type { DSage } from '../dsage.ts'
import { DSageError, TimedOut } from '../errors.ts'
import { toJson } from '../json.ts'
import { ExpressionError } from '../math.ts'
import { printable } from '../printable.ts'
import { within } from '../within.ts'
import { openCluster } from './cluster.ts'
import { aborted, interruption } from './interruption.ts'
import { jsonLine } from './json-line.ts'
import { valueText } from './value-text.ts'
import { tellWaiting } from './waiting-news.ts'

export interface EvalCommand {
  readonly home: string
  readonly expression: string
  /** The usual notation, `2^61-1`, in place of JavaScript. */
  readonly math: boolean
  readonly json: boolean
  readonly workers: number
  /** Seconds. */
  readonly timeout?: number
  readonly url?: string
}

const MISUNDERSTOOD = 2
const STOP_SECONDS = 1

/** Exit code 0; 1 when it was late or interrupted, and then the job is cancelled: nobody else would see its value; 2 when the expression cannot be read, and then nothing is started. @throws what the SDK throws */
export async function evaluate(command: EvalCommand, signal = interruption()): Promise<number> {
  const complaint = complaintOf(command)
  if (complaint !== undefined) {
    process.stderr.write(`error: ${printable(complaint)}\n`)
    return MISUNDERSTOOD
  }
  const cluster = await openCluster(command, signal)
  if (cluster === undefined) return 1
  try {
    const answer = await answerOf(cluster.d, command, signal)
    if (answer === undefined) return 1
    process.stdout.write(command.json ? jsonLine({ value: toJson(answer.value) }) : `${valueText(answer.value)}\n`)
    return 0
  } finally {
    await cluster.close()
  }
}

function complaintOf({ expression, math }: EvalCommand): string | undefined {
  try {
    if (math) bundleNotation(expression)
    else bundleSource(expression)
    return undefined
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.message}.`
    if (error instanceof BundleError && error.code === 'notation') return `${error.message} Here: dsage eval --math '${expression}'.`
    if (error instanceof DSageError) return error.message
    throw error
  }
}

/** Undefined when it was interrupted or late. @throws what the SDK throws */
async function answerOf(
  d: DSage,
  { expression, math, timeout }: EvalCommand,
  signal: AbortSignal,
): Promise<{ readonly value: unknown } | undefined> {
  const job = math ? d.math(expression) : d(expression)
  const quiet = tellWaiting(job)
  const waiting = job.wait(timeout === undefined ? {} : { timeout }).then((value) => ({ value }))
  const asked = Promise.race([waiting, aborted(signal)]).finally(quiet)
  const answer = await asked.catch((error: unknown) => {
    if (!(error instanceof TimedOut)) throw error
    const why = job.status?.waiting === undefined ? 'give more with --timeout' : 'it waited for more devices'
    process.stderr.write(`Expected a value within ${timeout} s, there was none; the job was cancelled: ${why}.\n`)
  })
  if (answer !== undefined) return answer
  waiting.catch(() => {})
  await within(job.kill(), STOP_SECONDS, 'not cancelled').catch(() => {})
}
