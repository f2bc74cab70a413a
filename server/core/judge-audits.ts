/**
 * What do answers mean that come for a decided unit: audits, samples, second looks and late copies? Each checks its device, and the author of
 * a single word (INTEGRITY Q12, Q15, T1, T2); whether they dispute the unit is said to `review`, which decides.
 */
import { hasAnswer, isVote, type LeaseView } from './agreement.ts'
import { judgeAudit } from './audit-verdict.ts'
import { isExempt } from './exemption.ts'
import { isCertain, jurorOf, type TrustChange } from './judge-votes.ts'
import { independentHolders, isSame } from './networks.ts'
import type { Policy } from './policy.ts'
import type { LeaseChange, UnitView } from './settle.ts'
import { NEW_TRUST } from './trust.ts'

export interface Audited {
  readonly trust: readonly TrustChange[]
  /** Lease rows whose answers re-open the unit; they are votes then, whoever gave them. */
  readonly disputing: readonly number[]
}

/** `leases` as they were recorded; `unit` as it was before. */
export function judgeAudits(unit: UnitView, leases: readonly LeaseChange[], policy: Policy): Audited {
  const accepted = unit.leases.find(({ state }) => state === 'agreed')?.output
  const trust: TrustChange[] = []
  const disputing: number[] = []
  if (accepted === undefined || accepted === null) return { trust, disputing }
  for (const [i, lease] of leases.entries()) {
    const before = unit.leases[i]
    const isNew = hasAnswer(lease) && before !== undefined && !hasAnswer(before) && lease.state !== 'checking'
    if (!isNew || lease.checked || (policy.ownSeals && lease.own)) continue
    const agrees = lease.output === accepted || unit.alike?.(accepted, lease.output ?? '') === true
    const heard = hear(lease, agrees, unit.leases, policy)
    trust.push(...heard.trust)
    disputing.push(...heard.disputing)
  }
  return { trust, disputing }
}

function hear(lease: LeaseView, agrees: boolean, leases: readonly LeaseView[], policy: Policy): Audited {
  const agreed = leases.filter((one) => one.state === 'agreed' && isVote(one))
  const winners = agreed.filter((one) => !isSame(one, lease))
  // Nobody passes a check by its own word, whoever it was when it gave it.
  if (agrees && winners.length === 0 && agreed.length > 0) return { trust: [], disputing: [] }
  const strangers = winners.filter(({ own, trust = NEW_TRUST }) => !(policy.ownSeals && own) && !trust.suspect)
  const behind = independentHolders(strangers)
  const certain = winners.some((winner) => isCertain(winner, policy))
  if (!certain && behind < 2 && winners.some(({ own, verified }) => (policy.ownSeals && own) || verified))
    return { trust: [], disputing: [] }
  // Where `verify` judges several answers may be right, and where one word was asked for another changes nothing.
  const mayDispute = policy.targetError !== undefined && !policy.verify
  if (!agrees && (policy.verify || (!mayDispute && behind < 2 && !certain))) return { trust: [], disputing: [] }
  const suspect = lease.trust?.suspect === true
  const verdict = judgeAudit({ agrees, behind, certain, suspect, again: lease.kind === 'again' })
  const trust: TrustChange[] = []
  if (verdict.auditor === 'passed') trust.push(changeOf(lease, 'passed'))
  if (verdict.auditor === 'struck') trust.push(changeOf(lease, isExempt(jurorOf(lease), winners.map(jurorOf), true) ?? 'struck'))
  const [author] = strangers
  if (verdict.author === 'passed' && author && !author.checked) trust.push(changeOf(author, 'passed'))
  return { trust, disputing: verdict.unit === 'retract' ? [lease.row] : [] }
}

const changeOf = ({ deviceId, trustId = 0, row }: LeaseView, verdict: TrustChange['verdict']): TrustChange => ({
  ...{ deviceId, trustId, leaseRow: row, verdict },
})
