/**
 * What do entries of the ledger add to totals? Whose credit it is, the device's, the team's at that time; a job's and everybody's totals hold
 * what is earned for one's own jobs too. Recent average credit halves every seven days without work, as BOINC's `update_average`
 * (lib/util.cpp) does in its limit of short intervals: each credit adds ln 2 / 7 days and fades from then on. BOINC's own form, which divides
 * by the time since the last update, was rejected: it depends on when sweeps happen, and could not be recomputed from the ledger.
 */
import type { CreditEntry } from './credit.ts'

export const DAY_MS = 86_400_000
export const HALF_LIFE_MS = 7 * DAY_MS

export type Subject = 'account' | 'device' | 'team' | 'job' | 'all'
/** Differences to one total. */
export interface TotalDelta {
  readonly kind: Subject
  readonly subject: number
  microcredits: number
  /** Grants that stand. */
  results: number
  /** Microcredits a day at `now`. */
  recent: number
}

/** What is left after so long of what had no work since. */
export const faded = (recent: number, elapsedMs: number): number => recent * 2 ** (-Math.max(0, elapsedMs) / HALF_LIFE_MS)

/** Microcredits a day that a credit granted then adds now; taken back, it takes with it just what is left of it. */
export const recentOf = (entry: Pick<CreditEntry, 'microcredits' | 'grantedAt'>, now: number): number =>
  faded((entry.microcredits * Math.LN2 * DAY_MS) / HALF_LIFE_MS, now - entry.grantedAt)

/** Entries of one kind that name the same and were granted at the same time: their sum, and how many grants more stand by them. */
export interface Earning extends Pick<CreditEntry, 'kind' | 'accountId' | 'deviceId' | 'teamId' | 'jobId' | 'microcredits' | 'grantedAt'> {
  readonly results: number
}

/** Sums what entries add, one delta a total, in the order in which they are locked. */
export function totalsOf(earnings: readonly Earning[], now: number): TotalDelta[] {
  const totals = new Map<string, TotalDelta>()
  for (const earning of earnings) {
    for (const [kind, subject] of subjectsOf(earning)) {
      const key = `${kind} ${subject}`
      const total = totals.get(key) ?? { kind, subject, microcredits: 0, results: 0, recent: 0 }
      total.microcredits += earning.microcredits
      total.results += earning.results
      total.recent += recentOf(earning, now)
      totals.set(key, total)
    }
  }
  return [...totals.values()]
}

function subjectsOf({ kind, accountId, deviceId, teamId, jobId }: Earning): [Subject, number][] {
  const work: [Subject, number][] = [
    ['job', jobId],
    ['all', 0],
  ]
  if (kind === 'own') return work
  const of = (subject: Subject, id: number | null): [Subject, number][] => (id === null ? [] : [[subject, id]])
  return [...of('account', accountId), ...of('device', deviceId), ...of('team', teamId), ...work]
}
