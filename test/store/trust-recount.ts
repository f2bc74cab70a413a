import { expect } from 'vitest'
import { isVote } from '../../server/core/agreement.ts'
import { checksToSeal } from '../../server/core/sealing.ts'
import { NEW_TRUST } from '../../server/core/trust.ts'
import { decideUnit } from '../../server/engine-batch.ts'
import type { Decide } from '../../server/store/store.ts'
import type { StoreKit } from '../support/store-kit.ts'

const number = (value: unknown): number => Number(value ?? 0)

/** What sealed units in a history, to see that it met everything. */
export type SealedBy = 'own device' | 'agreement' | 'sample' | 'later checks'

/** Decides as the engine does, and looks whether whatever it seals has something behind it by the rules' own words. */
export function sealingWatched(seen: Map<SealedBy, number>): Decide {
  return (unit, arrivals, job) => {
    const settlement = decideUnit(unit, arrivals, job)
    const seals = settlement.events.some(({ kind }) => kind === 'sealed')
    if (!seals) return settlement
    const changed = new Map(settlement.leases.map((lease) => [lease.row, lease]))
    const agreed = unit.leases.map((lease) => changed.get(lease.row) ?? lease).filter((lease) => lease.state === 'agreed' && isVote(lease))
    const firm = agreed.filter(({ trust = NEW_TRUST, epoch = 0, own }) => own || (!trust.suspect && epoch === trust.trustEpoch))
    const [author] = firm
    const since = author ? (author.trust ?? NEW_TRUST).checks - (author.checksThen ?? 0) : 0
    const by: SealedBy | undefined =
      job.ownDevices && agreed.some(({ own }) => own)
        ? 'own device'
        : new Set(firm.map(({ holder }) => holder)).size >= 2
          ? 'agreement'
          : firm.length === 1 && unit.sampled
            ? 'sample'
            : firm.length === 1 && since >= checksToSeal(job.targetError ?? 1)
              ? 'later checks'
              : undefined
    expect(by, `what stands behind unit ${unit.id}: ${JSON.stringify(agreed)}`).toBeDefined()
    seen.set(by as SealedBy, (seen.get(by as SealedBy) ?? 0) + 1)
    return settlement
  }
}

/** Of a unit that was sealed as proven: its author passed enough since, and is no suspect. */
export async function expectProven({ rows }: Pick<StoreKit, 'rows'>, job: number, after: number): Promise<number> {
  const sealed = await rows(`SELECT l.epoch, l.checks AS "checksThen", t.epoch AS "epochNow", t.checks, t.suspect, j."targetError"
    FROM "Event" e JOIN "Lease" l ON l."row" = e."leaseRow" JOIN "Trust" t ON t.id = l."trustId" JOIN "Job" j ON j.id = e."jobId"
    WHERE e.kind = 'sealed' AND e."jobId" = ${job} AND e.n > ${after}`)
  for (const row of sealed) {
    expect(number(row.checks) - number(row.checksThen), 'checks since').toBeGreaterThanOrEqual(checksToSeal(number(row.targetError)))
    expect([number(row.suspect), number(row.epoch)], 'no suspect').toEqual([0, number(row.epochNow)])
  }
  return sealed.length
}

/** Of what every device had earned before. */
export interface Start {
  readonly trustId: number
  readonly checks: number
  readonly returned: number
}

/** Trust against the rows it came from. */
export async function expectTrustToEqualRows({ rows }: Pick<StoreKit, 'rows'>, starts: readonly Start[]): Promise<void> {
  const ids = starts.map(({ trustId }) => trustId).join(', ')
  const kept = await rows(`SELECT t.id, t.checks, t.strikes, t.checked, t.returned, t.epoch, t.suspect,
      (SELECT count(*) FROM "Strike" s WHERE s."trustId" = t.id AND s.reverted = 0) AS standing,
      (SELECT count(*) FROM "Strike" s WHERE s."trustId" = t.id) AS given,
      (SELECT count(*) FROM "Lease" l WHERE l."trustId" = t.id AND l.checked = 1) AS "checkedLeases",
      (SELECT count(*) FROM "Lease" l WHERE l."trustId" = t.id AND l.output IS NOT NULL) AS answers
    FROM "Trust" t WHERE t.id IN (${ids})`)
  const before = new Map(starts.map((start) => [start.trustId, start]))
  for (const row of kept) {
    const had = before.get(number(row.id))!
    const of = (columns: readonly string[]) => columns.map((column) => number(row[column]))
    expect(of(['strikes', 'epoch']), 'strikes that stand, and all').toEqual(of(['standing', 'given']))
    expect(number(row.checked) - had.checks, 'leases that were checks').toBe(number(row.checkedLeases))
    expect(number(row.returned) - had.returned, 'leases returned').toBe(number(row.answers))
    if (number(row.given) === 0) expect([number(row.checks), number(row.suspect)], 'never struck').toEqual([number(row.checked), 0])
  }
}

/** A word that stands alone is that of the author of an accepted unit. */
export async function expectWordsToStandAlone({ rows }: Pick<StoreKit, 'rows'>): Promise<void> {
  const wrong = await rows(`SELECT s."unitId", u.state FROM "SingleWord" s LEFT JOIN "WorkUnit" u ON u.id = s."unitId"
    WHERE u.state IS NULL OR u.state <> 'accepted' OR NOT EXISTS (
      SELECT 1 FROM "Lease" l WHERE l."unitId" = s."unitId" AND l."trustId" = s."trustId" AND l.state = 'agreed' AND l.votes = 1)`)
  expect(wrong, 'single words of units that do not stand on them').toEqual([])
  const rechecked = await rows(`SELECT c."unitId", u.state FROM "Recheck" c LEFT JOIN "WorkUnit" u ON u.id = c."unitId"
    WHERE u.state IS NULL OR u.state NOT IN ('accepted', 'sealed')`)
  expect(rechecked, 'units that are looked at again and are not decided').toEqual([])
}

/** INTEGRITY invariant 4, once all strikes are undone. */
export async function expectNothingOnVoidedVotes({ rows }: Pick<StoreKit, 'rows'>): Promise<void> {
  const standing =
    await rows(`SELECT l."unitId", l."row", u.state, l.state AS "leaseState" FROM "Lease" l JOIN "WorkUnit" u ON u.id = l."unitId"
    JOIN "Trust" t ON t.id = l."trustId" JOIN "Job" j ON j.id = l."jobId" JOIN "Device" d ON d.id = l."deviceId"
    WHERE u.state IN ('open', 'accepted') AND l.state IN ('pending', 'agreed') AND l.epoch < t.epoch AND j.state IN ('running', 'paused', 'finished')
      AND NOT (j."ownDevices" = 1 AND d.own = 2)`)
  expect(standing, 'votes of an earlier epoch in units that are not sealed').toEqual([])
}
