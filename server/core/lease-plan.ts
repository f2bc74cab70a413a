/**
 * What is a device given of a job? Trust decides how many copies a fresh unit wants when it asks (INTEGRITY Q5), how many of its units are
 * audits instead (Q11), and whether it may compute decided units once more (Q15, T1).
 */
import { wantedAtFirst } from './acceptance.ts'
import { auditProbability } from './audit-plan.ts'
import { type Demand, firstWanted } from './policy.ts'
import { isTrusted, type Trust } from './trust.ts'

export interface LeasePlan {
  /** Copies of a fresh unit that it is the first to get. */
  readonly wanted: number
  /** Of the units it is to get, had it all of them as fresh ones; see `auditsAmong`. */
  readonly audits: number
  readonly recheck: 'now' | 'later' | 'never'
}
type PlannedJob = Demand & { readonly verify?: unknown }

/**
 * @param alone whether its word decides alone
 * @param count units it is to get
 * @param random numbers in [0, 1)
 */
export function planFor(trust: Trust, job: PlannedJob, alone: boolean, count: number, random: () => number): LeasePlan {
  if (alone) return { wanted: 1, audits: 0, recheck: 'now' }
  const { targetError } = job
  if (targetError === undefined || job.verify !== undefined) return { wanted: firstWanted(job), audits: 0, recheck: 'never' }
  return {
    wanted: wantedAtFirst(trust, targetError),
    audits: hits(count, auditProbability(trust, targetError), random),
    recheck: trust.suspect ? 'never' : isTrusted(trust) ? 'now' : 'later',
  }
}

/**
 * Audits in place of `fresh` units, of a device that wished for `count` and of which `audits` were drawn: those that are drawn for the places it
 * gets, so that each fresh unit is replaced with the same probability whether it gets all it wished for or the last unit of a job. Whoever took
 * them for all it wished would be given nothing but audits at the end of a job.
 * @param below whole numbers from 0 to below the argument
 */
export function auditsAmong(fresh: number, audits: number, count: number, below: (end: number) => number): number {
  if (fresh >= count || audits === 0) return Math.min(audits, fresh)
  let drawn = 0
  for (let place = 0; place < fresh; place++) drawn += Number(below(count - place) < audits - drawn)
  return drawn
}

/** How many of `count` trials succeed. */
function hits(count: number, probability: number, random: () => number): number {
  if (probability === 0) return 0
  let sum = 0
  for (let i = 0; i < count; i++) sum += Number(random() < probability)
  return sum
}
