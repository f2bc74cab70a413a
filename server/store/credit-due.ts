import { mayChangeCredit } from '../core/credit.ts'
import type { Settlement, UnitView } from '../core/settle.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'

/** Writes down which of the units that were settled the ledger must look at: one statement for all of them. */
export async function noteCreditDue(
  sql: Sql,
  dialect: Dialect,
  settled: readonly { readonly unit: UnitView; readonly settlement: Settlement }[],
): Promise<void> {
  const due = settled.filter(({ unit, settlement }) => mayChangeCredit(unit.state, settlement.unit.state, settlement.leases.length))
  if (due.length > 0) await sql.run(dialect.insertCreditDue, JSON.stringify(due.map(({ unit }) => unit.id)))
}
