/**
 * What one input costs where a unit is over sooner than can be timed: inputs are given again and again in one unit, the more the shorter they are.
 * Without it a job whose tried units hold one short input would be paid for what a realm costs, for each input of larger units to come.
 */
import { decode, encodeItem, ItemList } from '../../sdk/codec.ts'
import type { CheckedOutcome } from './check-thread.ts'

/** Beside this the few milliseconds of a realm do not count. */
const LONG_ENOUGH_SECONDS = 0.05
const MOST_INPUTS = 10_000
const MOST_BYTES = 256 * 1024
const GROWTH = 4

/** Seconds of one input beside `emptySeconds`; undefined when not even all of them together can be run in one unit. */
export async function weigh(
  inputs: readonly Uint8Array[],
  emptySeconds: number,
  run: (input: Uint8Array) => Promise<CheckedOutcome | undefined>,
): Promise<number | undefined> {
  const items = inputs.flatMap((input) => decode(input) as unknown[]).map((item) => encodeItem(item))
  const bytes = items.reduce((sum, { length }) => sum + length, 0)
  let seconds: number | undefined
  for (let repeats = 1; ; repeats *= GROWTH) {
    const list = new ItemList()
    for (let i = 0; i < repeats; i++) for (const item of items) list.add(item)
    const outcome = await run(list.join())
    if (!outcome || 'errored' in outcome) return seconds
    const beside = Math.max(0, outcome.seconds - emptySeconds)
    seconds = beside / (repeats * items.length)
    const next = repeats * GROWTH
    const isTooLarge = next * items.length > MOST_INPUTS || next * bytes > MOST_BYTES || next * outcome.output.length > repeats * MOST_BYTES
    if (beside >= LONG_ENOUGH_SECONDS || isTooLarge) return seconds
  }
}
