import type { UnitSpec } from '../../sdk/protocol.ts'
import { firstWanted } from '../core/policy.ts'
import { PlatformError } from '../errors.ts'
import type { Dialect } from './dialect.ts'
import type { Ledger } from './ledger.ts'
import { refOf } from './payload-ref.ts'
import { type Referred, writePayloads } from './payloads.ts'
import type { Sql } from './sql.ts'
import type { JobRecord } from './store.ts'

/** Whether the job takes new units. */
export type TakesUnits = (job: JobRecord) => Promise<boolean>

/** Adds units whose keys are new; the others stay as they are. */
export async function addUnits(
  sql: Sql,
  dialect: Dialect,
  ledger: Ledger,
  now: number,
  job: JobRecord,
  units: readonly UnitSpec[],
  takesUnits: TakesUnits,
): Promise<{ added: number; existing: number }> {
  const byKey = new Map(units.map((unit) => [unit.key, unit]))
  const existing = await sql.json<string[]>(dialect.existingKeys, JSON.stringify([...byKey.keys()]), job.id)
  for (const key of existing) byKey.delete(key)
  const fresh = [...byKey.values()]
  if (fresh.length > 0) {
    if (!(await takesUnits(job))) {
      throw new PlatformError('job-closed', `Expected a job that takes units, got ${job.job}, which is over or complete: start a new job.`)
    }
    const inputs = fresh.map(({ input }): Referred => [refOf(input), input])
    await writePayloads(sql, dialect, inputs, now)
    const rows = fresh.map((unit, i) => [unit.key, inputs[i]?.[0], unit.inputs])
    await sql.run(dialect.insertUnits, job.id, job.requirement, firstWanted(job), JSON.stringify(rows))
    const delta = ledger.job(job.id)
    delta.open += fresh.length
    delta.offered += fresh.length
    delta.inputs += fresh.reduce((sum, unit) => sum + unit.inputs, 0)
  }
  return { added: fresh.length, existing: units.length - fresh.length }
}
