/** What an event says of each input of its unit. */
import { eachOutput } from './codec.ts'
import type { InputResult } from './input-result.ts'
import type { JobEvent } from './protocol.ts'

/** The inputs of a unit. */
export interface UnitInputs<Input> {
  /** How many there are, where no output says so. */
  readonly count: () => number
  /** The input at this index of the job. */
  readonly at: (index: number) => Input | undefined
}

/** @param stacks readable, by the position of their input in the unit */
export function* resultsOfEvent<Output, Input>(
  { kind, key, output, error, verified, confidence, holders }: JobEvent,
  inputs: UnitInputs<Input>,
  stacks: ReadonlyMap<number, string> = new Map(),
): Generator<InputResult<Output, Input>> {
  const start = Number(key)
  if (kind === 'accepted' || kind === 'sealed') {
    let index = start
    for (const item of eachOutput(output!)) {
      const about = { index, input: inputs.at(index), state: kind, confidence, holders }
      if ('error' in item) {
        const stack = stacks.get(index - start)
        yield { ...about, error: { ...item.error, ...(stack === undefined ? {} : { stack }) } }
      } else yield { ...about, value: item.value as Output, ...(verified && { verified }) }
      index += 1
    }
    return
  }
  const count = inputs.count()
  for (let index = start; index < start + count; index++) {
    const about = { index, input: inputs.at(index) }
    if (kind === 'retracted') yield { ...about, state: kind }
    else yield { ...about, state: kind, confidence, holders, error: { name: 'UnitFailed', message: error ?? 'the server gave no reason' } }
  }
}
