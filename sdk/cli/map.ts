/** `dsage map`: one function over many inputs, results as they come. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { runInNewContext } from 'node:vm'
import type { DSage } from '../dsage.ts'
import { BadArgument, DSageError } from '../errors.ts'
import type { InputResult } from '../input-result.ts'
import type { Job } from '../job.ts'
import { type MapOptions, shortName } from '../job-options.ts'
import { toJson } from '../json.ts'
import { workModule } from '../local/work-module.ts'
import { printable } from '../printable.ts'
import { within } from '../within.ts'
import { codeOf, type WorkBundle } from '../work.ts'
import { openCluster } from './cluster.ts'
import { interruption } from './interruption.ts'
import { jsonLine } from './json-line.ts'
import { mapInputs } from './map-inputs.ts'
import { ProgressLine } from './progress-line.ts'
import { valueText } from './value-text.ts'
import { tellWaiting } from './waiting-news.ts'

export interface MapCommand extends Pick<MapOptions, 'name' | 'batch' | 'priority' | 'timeout'> {
  readonly home: string
  /** A function, or a module that exports `work`. */
  readonly work: string
  readonly inputs: string
  readonly json: boolean
  readonly workers: number
  readonly url?: string
}

interface MapPlan {
  readonly work: WorkBundle<unknown>
  readonly inputs: AsyncIterable<unknown> | Iterable<unknown>
}

const MISUNDERSTOOD = 2
const STOP_SECONDS = 1

/** Exit code 0; 1 when an input failed or it was interrupted; 2 when function or inputs cannot be read, and then nothing is started. @throws what the SDK throws */
export async function mapInputsTo(command: MapCommand): Promise<number> {
  let plan: MapPlan
  try {
    plan = { work: await workOf(command.work), inputs: await mapInputs(command.inputs) }
  } catch (error) {
    if (!(error instanceof DSageError)) throw error
    process.stderr.write(`error: ${printable(error.message)}\n`)
    return MISUNDERSTOOD
  }
  const signal = interruption()
  const cluster = await openCluster(command, signal)
  if (cluster === undefined) return 1
  const name = command.name ?? shortName(existsSync(command.work) ? basename(command.work) : command.work)
  // Where results are seen as they come they are the progress.
  const line = process.stderr.isTTY && !process.stdout.isTTY ? new ProgressLine('Mapping') : undefined
  const job = submit(cluster.d, plan, { ...command, name, signal, ...shown(line) })
  const quiet = tellWaiting(job)
  try {
    return await print(job, command.json)
  } catch (error) {
    if (!signal.aborted) throw error
    // The connection must not be closed before the server has heard of it.
    await within(cluster.d.kill(job.id), STOP_SECONDS, 'not cancelled').catch(() => {})
    return 1
  } finally {
    quiet()
    line?.stop()
    await cluster.close()
  }
}

/** The bundle of a file or of the text of a function. @throws BadArgument, BundleError */
async function workOf(text: string): Promise<WorkBundle<unknown>> {
  if (!(/\.[cm]?[jt]s$/.test(text) && existsSync(text))) return { bundle: await codeOf(functionOf(text)), source: text }
  const { bundle } = workModule(text)
  return { bundle: typeof bundle === 'string' ? bundle : await bundle() }
}

/** Made in a realm of its own: what is written for a worker reaches nothing here. @throws BadArgument */
function functionOf(text: string): (input: never) => unknown {
  let made: unknown
  try {
    made = runInNewContext(`(${text}\n)`, Object.create(null), { timeout: 1000 })
  } catch (error) {
    throw new BadArgument(`Expected a function such as 'n => n * n', or a file that exports \`work\`, got ${text}: ${String(error)}.`)
  }
  if (typeof made === 'function') return made as (input: never) => unknown
  throw new BadArgument(`Expected a function such as 'n => n * n', or a file that exports \`work\`, got ${text}.`)
}

const shown = (line: ProgressLine | undefined): Pick<MapOptions, 'onProgress'> =>
  line === undefined ? {} : { onProgress: ({ fraction, inputs }) => line.update(fraction, `${inputs} inputs`) }

type Given = Pick<MapCommand, 'batch' | 'priority' | 'timeout'> & Pick<MapOptions, 'signal' | 'onProgress'> & { readonly name: string }

function submit(
  d: DSage,
  { work, inputs }: MapPlan,
  { name, batch = 'auto', priority, timeout, signal, onProgress }: Given,
): Job<unknown, unknown[]> {
  const given = { ...(priority === undefined ? {} : { priority }), ...(timeout === undefined ? {} : { timeout }) }
  return d.map(work, inputs, { name, batch, signal, onProgress, ...given })
}

async function print(job: Job<unknown, unknown[]>, json: boolean): Promise<number> {
  const failed = new Set<number>()
  for await (const result of job) {
    if (result.error === undefined) failed.delete(result.index)
    else failed.add(result.index)
    const toErrors = !json && (result.error !== undefined || result.state === 'retracted')
    const stream = toErrors ? process.stderr : process.stdout
    if (!stream.write(json ? jsonLine(recordOf(result)) : textOf(result))) await once(stream, 'drain')
  }
  return failed.size === 0 ? 0 : 1
}

const recordOf = ({ index, input, state, value, error }: InputResult<unknown, unknown>): object => ({
  ...{ index, input: toJson(input) },
  ...(state === 'retracted' ? { retracted: true } : error === undefined ? { value: toJson(value) } : { error }),
})

function textOf({ index, input, state, value, error }: InputResult<unknown, unknown>): string {
  if (error !== undefined) return `Input ${index} failed: ${printable(error.name)}: ${printable(error.message)}\n`
  if (state === 'retracted') return `The result of input ${index} was taken back; another one follows.\n`
  return `${valueText(input)}\t${valueText(value)}\n`
}
