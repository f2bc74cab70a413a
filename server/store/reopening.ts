import type { Dialect } from './dialect.ts'
import type { Sql } from './sql.ts'
import type { Answers, ReopenedOf } from './trust-verbs.ts'

/** Leases of a device looked at in one piece, and units of a job. */
const LEASES = 500
const UNITS = 100
const CURSOR = /^(\d{1,10}):(.*)$/s

/**
 * Answers that stand, given since an instant, of jobs that may go on; a piece at a time, in the order of indexes. What was re-opened stands no more, so
 * asking from the start again finds what is left (INTEGRITY T5).
 */
export async function answersToReopen(sql: Sql, dialect: Dialect, of: ReopenedOf, since: number, after: string): Promise<Answers> {
  const [, place = '0', rest = ''] = CURSOR.exec(after) ?? []
  return 'deviceId' in of
    ? ofDevice(sql, dialect, of.deviceId, since, Number(place), Number(rest) || 0)
    : ofBundle(sql, dialect, of.bundle, since, Number(place), rest)
}

/** By what it earned in each engine class; 0 of leases from before that was noted. */
async function ofDevice(sql: Sql, dialect: Dialect, deviceId: number, since: number, from: number, after: number): Promise<Answers> {
  const trusts = [0, ...(await sql.json<number[]>(dialect.trustsOfDevice, deviceId))].filter((id) => id >= from).sort((a, b) => a - b)
  const [trustId, following] = trusts
  if (trustId === undefined) return { leases: [] }
  const start = trustId === from ? after : 0
  const rows = await sql.json<[row: number, lease: string][]>(dialect.answersOfTrust, trustId, deviceId, start, since, LEASES)
  const leases = rows.map(([, lease]) => lease)
  if (rows.length === LEASES) return { leases, next: `${trustId}:${rows.at(-1)![0]}` }
  return following === undefined ? { leases } : { leases, next: `${following}:` }
}

async function ofBundle(sql: Sql, dialect: Dialect, bundle: string, since: number, from: number, after: string): Promise<Answers> {
  const [jobId, following] = await sql.json<number[]>(dialect.jobsOfBundle, bundle, from)
  if (jobId === undefined) return { leases: [] }
  const start = jobId === from ? after : ''
  const rows = await sql.json<[key: string, lease: string | null][]>(dialect.answersOfUnits, jobId, start, UNITS, since)
  const leases = rows.flatMap(([, lease]) => lease ?? [])
  if (new Set(rows.map(([key]) => key)).size === UNITS) return { leases, next: `${jobId}:${rows.at(-1)![0]}` }
  return following === undefined ? { leases } : { leases, next: `${following}:` }
}
