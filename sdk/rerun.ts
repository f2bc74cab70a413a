/** The same work again under a new id: from what its submitter still has, or from what the server was given. */
import { decode } from './codec.ts'
import type { Connection } from './connection.ts'
import { BadArgument } from './errors.ts'
import type { JobChannel } from './job-channel.ts'
import type { JobPlan } from './job-plan.ts'
import { newJobId } from './new-job-id.ts'
import { printable } from './printable.ts'
import { LIMITS, type StoredUnit, type UnitSpec } from './protocol.ts'
import type { UnitStream } from './unit-stream.ts'

/** A job as it was submitted here. */
interface Submitted<Input> {
  readonly name: string
  /** Both absent where it could not even be described. */
  readonly channel: JobChannel | undefined
  readonly stream: UnitStream<Input> | undefined
}

/** The plan of a job that does the same again. */
export function planAgain<Input>(plan: JobPlan<Input>, submitted: Submitted<Input>): JobPlan<Input> {
  const { signal, ...options } = plan.options
  const again = { ...plan, options: { ...options, name: submitted.name, ...(signal?.aborted === false ? { signal } : {}) } }
  return Array.isArray(plan.inputs) || submitted.channel === undefined ? again : { ...again, inputs: storedInputs<Input>(submitted) }
}

/** The inputs of a job in their order, once the server has them all, a page at a time. @throws BadArgument when they never came to an end, JobPaused */
async function* storedInputs<Input>({ name, channel, stream }: Submitted<Input>): AsyncGenerator<Input, void, void> {
  await channel!.comesTo(() => channel!.ended || channel!.snapshot?.inputsComplete === true)
  requireAll(channel!, name)
  const { starts } = stream!
  for (let from = 0; from < starts.length; from += LIMITS.itemsPerMessage) {
    const wanted = starts.slice(from, from + LIMITS.itemsPerMessage).map(String)
    for await (const { input } of inOrder(channel!, wanted)) yield* decode(input) as Input[]
  }
}

/** The units with these keys in the order of the keys; the server answers as many at a time as it likes, in any order. */
async function* inOrder(channel: JobChannel, keys: readonly string[]): AsyncGenerator<StoredUnit, void, void> {
  const early = new Map<string, StoredUnit>()
  for (let at = 0; at < keys.length; ) {
    const units = await channel.inputs(keys.slice(at).filter((key) => !early.has(key)))
    if (units.length === 0)
      throw new BadArgument(`Expected the inputs of job ${channel.job}, the server has them no more; submit them anew.`)
    for (const unit of units) early.set(unit.key, unit)
    for (let unit = early.get(keys[at]!); unit !== undefined; unit = early.get(keys[at] ?? '')) {
      early.delete(unit.key)
      at += 1
      yield unit
    }
  }
}

function requireAll({ snapshot }: JobChannel, name: string): void {
  const { inputsComplete, inputs, state } = snapshot!
  if (inputsComplete) return
  throw new BadArgument(
    `Expected all inputs of job ${printable(name)} to be at the server, it is ${state} after ${inputs} of them; submit them anew.`,
  )
}

/** Copies an own job with its units, as they were submitted; gives the id of the new one. @throws BadArgument, Refused, NotConnected */
export async function copyJob(connection: Connection, channel: JobChannel): Promise<string> {
  const { kind, name } = channel.snapshot!
  if (kind === 'function')
    throw new BadArgument(`Expected a map or an expression, got the distributed function ${printable(name)}; start one of its class anew.`)
  requireAll(channel, name)
  const { spec, code } = await connection.request('manifest', { job: channel.job })
  const job = newJobId()
  await connection.request('submit', { spec: { ...spec, job }, code, units: [], inputsComplete: false })
  try {
    for await (const page of channel.units()) await connection.request('add', { job, units: page.map(asSubmitted), inputsComplete: false })
    await connection.request('add', { job, units: [], inputsComplete: true })
  } catch (error) {
    await connection.request('control', { job, action: 'cancel' }).catch(() => {})
    throw error
  }
  return job
}

const asSubmitted = ({ key, input, inputs }: StoredUnit): UnitSpec => ({ key, input, inputs })
