import type { Dialect } from './dialect.ts'
import type { Ledger } from './ledger.ts'
import { isHalf, loadUnits } from './settle-units.ts'
import type { Sql } from './sql.ts'
import type { CancelledUnits, JobRecord } from './store.ts'

/** Cancels those of the job's units that are still open; their leases are revoked, late answers are kept but decide nothing. */
export async function cancelUnits(
  sql: Sql,
  dialect: Dialect,
  ledger: Ledger,
  now: number,
  job: JobRecord,
  keys: readonly string[],
): Promise<CancelledUnits> {
  const ids = await sql.json<number[]>(dialect.openUnitsByKey, JSON.stringify(keys), job.id)
  const units = (await loadUnits(sql, dialect, ids)).filter((unit) => unit.state === 'open')
  if (units.length === 0) return { cancelled: 0, revoked: [] }
  const issued = units.flatMap((unit) => unit.leases.filter((lease) => lease.state === 'issued'))
  const leases = issued.map((lease) => [lease.row, 'revoked', null, 0, now, null])
  if (leases.length > 0) await sql.run(dialect.updateLeases, JSON.stringify(leases))
  const rows = units.map((unit) => {
    const revoked = unit.leases.filter((lease) => lease.state === 'issued').length
    return [unit.id, 'cancelled', unit.live - revoked, unit.wanted, unit.errored]
  })
  await sql.run(dialect.updateUnits, JSON.stringify(rows))
  for (const unit of units) {
    ledger.unitMoved(job.id, 'open', 'cancelled')
    if (isHalf(unit)) ledger.job(job.id).half -= 1
  }
  return { cancelled: units.length, revoked: issued.map(({ lease, deviceId }) => ({ lease, deviceId })) }
}
