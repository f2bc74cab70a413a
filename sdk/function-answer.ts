import { decodeOutputs } from './codec.ts'
import type { ProcessedUnit } from './function-steps.ts'
import type { JobEvent } from './protocol.ts'

type Answer<Output> = Omit<ProcessedUnit<unknown, Output>, 'key' | 'input'>

/** What an event says of a unit of one input. */
export function functionAnswer<Output>(event: JobEvent): Answer<Output> {
  const { kind, confidence, holders, seconds } = event
  const state = kind === 'retracted' ? {} : { state: kind }
  return { ...outputOf<Output>(event), ...state, confidence, holders, ...(seconds > 0 ? { seconds } : {}) }
}

function outputOf<Output>({ kind, output, error, stack }: JobEvent): Pick<Answer<Output>, 'output' | 'error'> {
  if (kind === 'failed') return { error: { name: 'UnitFailed', message: error ?? 'the server gave no reason' } }
  const [item] = decodeOutputs(output!)
  if (item === undefined) return { error: { name: 'NoOutput', message: 'the unit has no output' } }
  return 'error' in item ? { error: { ...item.error, ...(stack === undefined ? {} : { stack }) } } : { output: item.value as Output }
}
