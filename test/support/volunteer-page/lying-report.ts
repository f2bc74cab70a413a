/** In place of the engine's `unit-report.ts` in a patched build: whatever the sandbox answered, this tab says something else. */
import { encodeOutputs, inspectOutputs } from '../../../sdk/codec.ts'
import type { UnitOutcome } from '../../../web-worker-client/engine/sandbox-thread.ts'

export function readReport(report: { readonly output?: Uint8Array }, seconds: number): UnitOutcome {
  const { items } = inspectOutputs(report.output!)
  return { output: encodeOutputs(Array.from({ length: items }, () => ({ value: 'a lie' }))), seconds }
}
