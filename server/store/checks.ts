import type { UnitState } from '../../sdk/protocol.ts'
import type { Dialect } from './dialect.ts'
import { readPayloads } from './payloads.ts'
import type { Sql } from './sql.ts'
import type { Check, JobRecord } from './store.ts'

type DueRow = [row: number, lease: string, key: string, state: UnitState, input: string, output: string]

/** Results of the job that wait for its `verify`, and until when they are the asker's; the claim of one that was killed lapses. */
export async function claimChecks(
  sql: Sql,
  dialect: Dialect,
  job: JobRecord,
  limit: number,
  now: number,
  claimMs: number,
): Promise<Check[]> {
  const due = await sql.json<DueRow[]>(dialect.checksDue, job.id, now, limit)
  if (due.length === 0) return []
  await sql.run(dialect.claimChecks, now + claimMs, JSON.stringify(due.map(([row]) => row)))
  const bytes = await readPayloads(
    sql,
    dialect,
    due.flatMap(([, , , , input, output]) => [input, output]),
  )
  return due.map(([, lease, key, state], i) => ({
    ...{ lease, key, isWanted: state === 'open' },
    ...{ input: bytes[2 * i] as Uint8Array, output: bytes[2 * i + 1] as Uint8Array },
  }))
}
