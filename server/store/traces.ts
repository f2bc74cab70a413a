import type { Dialect } from './dialect.ts'
import { hexOf } from './payload-ref.ts'
import type { Sql } from './sql.ts'
import type { LeaseReport } from './store.ts'

/** What code said beside its output, as bytes: PostgreSQL's text has no character 0. */
type TraceRow = readonly [leaseRow: number, console: string | null, stack: string | null]

const hexOfText = (text: string | undefined): string | null => (text ? hexOf(new TextEncoder().encode(text)) : null)

/** No row where nothing was said: jobs that print nothing pay nothing. */
export function tracesOf({ report }: LeaseReport, leaseRow: number): TraceRow[] {
  if (report.kind !== 'output' || (!report.console && !report.stack)) return []
  return [[leaseRow, hexOfText(report.console), hexOfText(report.stack)]]
}

export async function writeTraces(sql: Sql, dialect: Dialect, traces: readonly TraceRow[]): Promise<void> {
  if (traces.length > 0) await sql.run(dialect.writeTraces, JSON.stringify(traces))
}
