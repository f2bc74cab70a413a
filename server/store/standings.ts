import { isExcluded } from '../core/exclusion.ts'
import { isEstranged } from '../core/exemption.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { Standing } from './store.ts'
import { type TrustRow, trustOf } from './trust-ledger.ts'

type StruckIn = [trustId: number, jobId: number, standing: number, ofEngine: number]

/**
 * What devices earned, by row id of their trust; who failed too many checks is kept from the jobs where it failed them (INTEGRITY T3), and who
 * differs by its engine from the jobs where it does (T2a).
 */
export async function standings(sql: Sql, dialect: Dialect, trustIds: readonly number[]): Promise<Map<number, Standing>> {
  if (trustIds.length === 0) return new Map()
  const rows = await sql.json<TrustRow[]>(dialect.trusts, JSON.stringify(trustIds))
  const known = rows.map((row) => ({ id: row[0], trust: trustOf(row) }))
  const struck = await sql.json<StruckIn[]>(dialect.strikingJobs, JSON.stringify(trustIds))
  const of = Map.groupBy(struck, ([id]) => id)
  return new Map(
    known.map(({ id, trust }) => {
      const isOut = isExcluded(trust)
      const jobs = (of.get(id) ?? []).filter(([, , standing, ofEngine]) => (isOut && standing > 0) || isEstranged(ofEngine))
      return [id, { trust, excludedFrom: new Set(jobs.map(([, job]) => job)) }]
    }),
  )
}
