import { inspectOutputs } from '../../sdk/codec.ts'
import type { ReturnedUnit } from '../../sdk/protocol.ts'
import type { LeaseReport } from '../coordinator.ts'
import { PlatformError } from '../errors.ts'

/** What a device returned, checked: its output must be a canonical list of outputs. */
export function reportOf(result: ReturnedUnit, deviceId: number): LeaseReport | PlatformError {
  if ('errored' in result) {
    return { lease: result.lease, by: deviceId, report: { kind: 'errored', reason: result.errored, message: result.message } }
  }
  try {
    const { items, errors } = inspectOutputs(result.output)
    const { output, seconds, console, stack, reused } = result
    return { lease: result.lease, by: deviceId, report: { kind: 'output', output, items, errors, seconds, console, stack, reused } }
  } catch (error) {
    return new PlatformError('bad-output', `Expected a canonical list of outputs: ${(error as Error).message}`)
  }
}
