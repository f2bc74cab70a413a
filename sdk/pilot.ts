/** A few inputs of many, computed here, to tell what all of them will take. */
import { decodeOutputs, encodeItem, ItemList } from './codec.ts'
import type { PreparedWork } from './dry-run.ts'
import { BadArgument, type RemoteError } from './errors.ts'
import { InputSource } from './input-source.ts'
import type { LocalSandbox } from './local-sandbox.ts'
import { Reservoir, seededFractions } from './seeded.ts'

/** An input is repeated in its unit until the unit takes this long: what a unit costs beside its inputs would hide it. */
const LONG_ENOUGH_SECONDS = 0.05
const MOST_REPEATS = 1024
/** Bytes of inputs or outputs of such a unit. */
const UNIT_BYTES = 256 * 1024
const GROWTH = 4
const EMPTY_UNITS = 3

export interface PilotInput {
  /** Position among all inputs, from 0. */
  readonly index: number
  /** As it stands in the list of a unit. */
  readonly encoded: Uint8Array
}

export interface ChosenInputs {
  /** How many there are in all. */
  readonly inputs: number
  /** In their order. */
  readonly chosen: readonly PilotInput[]
}

/** What computing an input here told. */
export interface PilotResult {
  readonly index: number
  readonly seconds: number
  readonly inputBytes: number
  readonly outputBytes: number
  /** What it threw, or why it was ended. */
  readonly error?: RemoteError
}

/** Reads all inputs, and keeps `count` of them. @throws BadArgument, and what the source throws */
export async function chooseInputs(inputs: Iterable<unknown> | AsyncIterable<unknown>, count: number, seed: number): Promise<ChosenInputs> {
  const source = new InputSource(inputs)
  const reservoir = new Reservoir<PilotInput>(count, seededFractions(seed))
  try {
    for (let index = 0; ; index++) {
      const next = source.next()
      const step = next instanceof Promise ? await next : next
      if (step.done === true) break
      // Encoded at once: a source may change the object it gave and give it again.
      reservoir.offer(() => ({ index, encoded: encodedAt(index, step.value) }))
    }
  } finally {
    await source.close()
  }
  return { inputs: reservoir.seen, chosen: reservoir.kept.toSorted((a, b) => a.index - b.index) }
}

function encodedAt(index: number, input: unknown): Uint8Array {
  try {
    return encodeItem(input)
  } catch (error) {
    throw new BadArgument(`Input ${index} cannot be sent: ${(error as Error).message}`, error)
  }
}

function listOf(encoded: Uint8Array, repeats: number): Uint8Array {
  const list = new ItemList()
  for (let i = 0; i < repeats; i++) list.add(encoded)
  return list.join()
}

/** Seconds that a unit takes beside its inputs: a new realm, and the top level of the code. */
export async function emptyUnitSeconds(sandbox: LocalSandbox, prepared: PreparedWork): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < EMPTY_UNITS; i++) least = Math.min(least, (await sandbox.run(prepared.unit(new ItemList().join()))).seconds)
  return least
}

/** Computes one input, again and again in one unit while it is short. */
export async function computeInput(
  sandbox: LocalSandbox,
  prepared: PreparedWork,
  { index, encoded }: PilotInput,
  emptySeconds: number,
): Promise<PilotResult> {
  const measured = (outputBytes: number, unitSeconds: number, repeats: number): PilotResult => ({
    index,
    seconds: Math.max(0, unitSeconds - emptySeconds) / repeats,
    inputBytes: encoded.length,
    outputBytes: outputBytes / repeats,
  })
  let result: PilotResult | undefined
  for (let repeats = 1; ; repeats *= GROWTH) {
    const outcome = await sandbox.run(prepared.unit(listOf(encoded, repeats)))
    if ('errored' in outcome)
      return result ?? { ...measured(0, outcome.seconds, 1), error: { name: 'UnitFailed', message: outcome.message } }
    const item = decodeOutputs(outcome.output)[0]!
    result = { ...measured(outcome.output.length, outcome.seconds, repeats), ...('error' in item ? { error: item.error } : {}) }
    const bytes = Math.max(encoded.length * repeats, outcome.output.length)
    if (outcome.seconds - emptySeconds >= LONG_ENOUGH_SECONDS || repeats * GROWTH > MOST_REPEATS || bytes * GROWTH > UNIT_BYTES)
      return result
  }
}
