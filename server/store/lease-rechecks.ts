import { randomInt } from 'node:crypto'
import type { LeaseKind } from '../core/agreement.ts'
import { AUDIT_CANDIDATES, AUDIT_POOL, rankOf } from '../core/audit-plan.ts'
import { auditsAmong } from '../core/lease-plan.ts'
import type { LeaseState } from '../core/lifecycle.ts'
import { independentHolders, isSame } from '../core/networks.ts'
import type { Dialect } from './dialect.ts'
import type { Former, Pick } from './lease-units.ts'
import type { Sql } from './sql.ts'
import type { LeaseWish } from './store.ts'

type FormerLease = [holder: string, state: LeaseState, votes: 0 | 1, network: string | null, deviceId: number]
type Candidate = [id: number, key: string, input: string, inputs: number, leases: FormerLease[] | null]
type Due = [kind: LeaseKind, dueAt: number, unit: Candidate]

/** Units looked at that wait to be computed once more. */
const LOOKED_AT = 200
/** Audits of a job in one batch; the rest of the requests gets copies. */
const MOST_AUDITS = 64
/** How long a closing sample and a second look wait for a trusted device, milliseconds. */
const TRUSTED_FIRST_MS = { sample: 5000, again: 30_000 } as const
const givenUp: ReadonlySet<LeaseState> = new Set(['released', 'expired', 'errored', 'revoked'])

interface Rechecks {
  readonly picks: readonly Pick[]
  /** Units that are due, for others than these or for a trusted device first. */
  readonly left: number
}

/** Decided units that are to be computed once more: closing samples and second looks, to holders that have not had them. */
export async function assignRechecks(sql: Sql, dialect: Dialect, now: number, wishes: readonly LeaseWish[]): Promise<Rechecks> {
  const asking = wishes.filter(({ checking }) => checking !== undefined && checking.recheck !== 'never')
  const [first] = asking
  if (!first?.checking?.unitsToRecheck) return { picks: [], left: 0 }
  const due = await sql.json<Due[]>(dialect.unitsToRecheck, first.job.id, now, LOOKED_AT)
  const given = new Map<LeaseWish, number>()
  const picks = due.flatMap(([kind, dueAt, [id, key, input, inputs, leases]]): Pick[] => {
    const mayHave = (wish: LeaseWish): boolean => {
      const waited = now - dueAt >= TRUSTED_FIRST_MS[kind === 'again' ? 'again' : 'sample']
      const had = leases?.some((lease) => isVoiceOf(wish, lease) && !givenUp.has(lease[1]))
      return !had && (wish.checking?.recheck === 'now' || waited) && (given.get(wish) ?? 0) < wish.count
    }
    const wish = asking.find(mayHave)
    if (!wish) return []
    given.set(wish, (given.get(wish) ?? 0) + 1)
    const former = (leases ?? []).map(([holder, state, , network, deviceId]): Former => [holder, !givenUp.has(state), network, 0, deviceId])
    return [{ wish, unit: [id, key, input, inputs, 1, 0, former], wanted: 1, kind }]
  })
  return { picks, left: due.length - picks.length }
}

/** Audits in place of fresh units, drawn at random from the last decided units of the job (INTEGRITY Q11) that are not given out already. */
export async function assignAudits(sql: Sql, dialect: Dialect, fresh: readonly Pick[], already: readonly Pick[]): Promise<Pick[]> {
  const asked = [...Map.groupBy(fresh, ({ wish }) => wish)].map(([wish, picks]) => ({
    wish,
    count: auditsAmong(picks.length, wish.checking?.audits ?? 0, wish.count, randomInt),
  }))
  const total = Math.min(
    MOST_AUDITS,
    asked.reduce((sum, { count }) => sum + count, 0),
  )
  const [first] = asked
  if (!first || total === 0) return []
  const numbers = drawEvents(first.wish.checking?.events ?? 0, AUDIT_CANDIDATES + 3 * total)
  const candidates = await sql.json<Candidate[]>(dialect.auditCandidates, JSON.stringify(numbers), first.wish.job.id)
  const given = new Set(already.map(({ unit: [id] }) => id))
  const free = new Set(candidates.filter(([id]) => !given.has(id)))
  const picks: Pick[] = []
  for (const { wish, count } of asked)
    for (let i = 0; i < count && picks.length < total; i++) {
      const target = bestTarget(free, wish)
      if (!target) break
      free.delete(target)
      const [id, key, input, inputs] = target
      picks.push({ wish, unit: [id, key, input, inputs, 1, 0, null], wanted: 1, kind: 'audit' })
    }
  return picks
}

/** Nobody checks its own word, whoever it was when it gave it, nor that of its network (INTEGRITY Q7). */
const isVoiceOf = (wish: LeaseWish, [holder, , , network, deviceId]: FormerLease): boolean =>
  isSame(wish, { holder, deviceId }) || (wish.network !== undefined && wish.network === network)

/** Numbers of events among the last of a job, each at most once. */
function drawEvents(events: number, count: number): number[] {
  const size = Math.min(events, AUDIT_POOL)
  if (size === 0) return []
  const drawn = new Set<number>()
  for (let i = 0; i < count; i++) drawn.add(events - randomInt(size))
  return [...drawn]
}

function bestTarget(candidates: ReadonlySet<Candidate>, wish: LeaseWish): Candidate | undefined {
  let second: Candidate | undefined
  for (const candidate of candidates) {
    const rank = rankOf(targetOf(candidate, wish), wish.checking?.suspect === true)
    if (rank === 2) return candidate
    if (rank === 1) second ??= candidate
  }
  return second
}

function targetOf([, , , , leases]: Candidate, wish: LeaseWish) {
  const rows = leases ?? []
  return {
    leases: rows.length,
    inFlight: rows.filter(([, state]) => state === 'issued').length,
    standsOn: independentHolders(
      rows.flatMap(([holder, state, votes, network, deviceId]) =>
        state === 'agreed' && votes === 1 ? [{ holder, network, deviceId }] : [],
      ),
    ),
    excluded: rows.some((lease) => isVoiceOf(wish, lease)),
  }
}

/** `fresh` without as many of each wish's last units as it got audits for. */
export function withoutReplaced(fresh: readonly Pick[], audits: readonly Pick[]): Pick[] {
  const replaced = new Map<LeaseWish, number>()
  for (const { wish } of audits) replaced.set(wish, (replaced.get(wish) ?? 0) + 1)
  return fresh
    .toReversed()
    .filter(({ wish }) => {
      const left = replaced.get(wish) ?? 0
      if (left > 0) replaced.set(wish, left - 1)
      return left === 0
    })
    .toReversed()
}

/** A unit that was given to be computed once more is not given to another before its lease is over. */
export async function takeRechecks(sql: Sql, dialect: Dialect, now: number, picks: readonly Pick[]): Promise<void> {
  const taken = picks.filter(({ kind }) => kind === 'sample' || kind === 'again')
  if (taken.length === 0) return
  const until = Math.round(now + Math.max(...taken.map(({ wish }) => wish.deadlineMs)))
  await sql.run(dialect.moveRechecks, until, JSON.stringify(taken.map(({ unit: [id] }) => id)))
}
