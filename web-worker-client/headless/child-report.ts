import type { UnitOutcome } from '../engine/sandbox-thread.ts'
import { readReport } from '../engine/unit-report.ts'
import type { Frame } from './frames.ts'

/** The outcome that a frame of a sandbox process reports. */
export function readChildReport({ head, body }: Frame, seconds: number): UnitOutcome {
  const { kind, reused, ...report } = (typeof head === 'object' && head !== null ? head : {}) as Record<string, unknown>
  return readReport(kind === 'report' && { ...report, ...('errored' in report ? {} : { output: body }) }, seconds, reused === true)
}
