import { isExcluded } from '../core/exclusion.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { Standing } from './store.ts'
import { type TrustRow, trustOf } from './trust-ledger.ts'

/** What devices earned, by row id of their trust; who failed too many checks is kept from the jobs where it failed them (INTEGRITY T3). */
export async function standings(sql: Sql, dialect: Dialect, trustIds: readonly number[]): Promise<Map<number, Standing>> {
  if (trustIds.length === 0) return new Map()
  const rows = await sql.json<TrustRow[]>(dialect.trusts, JSON.stringify(trustIds))
  const known = rows.map((row) => ({ id: row[0], trust: trustOf(row) }))
  const excluded = known.filter(({ trust }) => isExcluded(trust)).map(({ id }) => id)
  const jobs = excluded.length > 0 ? await sql.json<[number, number][]>(dialect.strikingJobs, JSON.stringify(excluded)) : []
  const jobsOf = Map.groupBy(jobs, ([id]) => id)
  return new Map(known.map(({ id, trust }) => [id, { trust, excludedFrom: new Set(jobsOf.get(id)?.map(([, job]) => job)) }]))
}
