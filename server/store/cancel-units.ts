import type { Dialect } from './dialect.ts'
import type { Ledger } from './ledger.ts'
import { isHalf, type LoadedUnit, loadUnits, standing } from './load-units.ts'
import type { Sql } from './sql.ts'
import type { CancelledUnits, JobRecord, RevokedLease } from './store.ts'

/**
 * Cancels those of the job's units that are still open; their leases are revoked, late answers are kept but decide nothing. A lease that expired
 * stays so, but the device has not heard of it and may compute until the job's own limit: it is told too.
 */
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
  const leases = issued.map((lease) => [lease.row, 'revoked', null, 0, now, null, ...standing(lease)])
  if (leases.length > 0) await sql.run(dialect.updateLeases, JSON.stringify(leases))
  const rows = units.map((unit) => {
    const revoked = unit.leases.filter((lease) => lease.state === 'issued').length
    return [unit.id, 'cancelled', unit.live - revoked, unit.wanted, unit.errored, unit.copies]
  })
  await sql.run(dialect.updateUnits, JSON.stringify(rows))
  for (const unit of units) {
    ledger.unitMoved(job.id, 'open', 'cancelled')
    if (isHalf(unit)) ledger.job(job.id).half -= 1
  }
  const current = units.flatMap((unit) => unit.leases.filter(({ state }) => state === 'issued' || state === 'expired'))
  return { cancelled: units.length, revoked: [...current.map(revokedOf), ...(await pastOf(sql, dialect, units))] }
}

const revokedOf = ({ lease, deviceId }: RevokedLease): RevokedLease => ({ lease, deviceId })

/** A unit that comes back to its holder, whose devices may be several, has a new lease. */
async function pastOf(sql: Sql, dialect: Dialect, units: readonly LoadedUnit[]): Promise<RevokedLease[]> {
  const rows = units.flatMap((unit) => unit.leases.map(({ row }) => row))
  const past = await sql.json<[lease: string, deviceId: number][]>(dialect.pastLeases, JSON.stringify(rows))
  return past.map(([lease, deviceId]) => ({ lease, deviceId }))
}
