/**
 * Which devices did this decision check, and how did they stand? Each lease is judged once, when its unit is first decided with an answer
 * that proves something (INTEGRITY Q13, T2). The store turns verdicts into trust; a strike goes on to undo what the device left behind (T1).
 */
import type { LeaseView } from './agreement.ts'
import { NEW_TRUST } from './trust.ts'
import { judgeVote, type Trial, type VoteVerdict } from './vote-checks.ts'

export interface TrustChange {
  readonly deviceId: number
  readonly leaseRow: number
  /** `engine` marks the job `engineSensitive`, `isolation` asks for a copy in a realm of its own; neither changes trust. */
  readonly verdict: Exclude<VoteVerdict, 'unjudged'>
}

/** `leases` as they stand after the decision, judged agreed or disagreed. */
export function judgeVotes(leases: readonly LeaseView[], ownSeals: boolean): TrustChange[] {
  const agreed = leases.filter(({ state }) => state === 'agreed')
  const winners = [...new Map(agreed.map((lease) => [lease.holder, jurorOf(lease)])).values()]
  const certain = ownSeals && agreed.some(({ own }) => own)
  const trial: Trial = { winners, certain, isolated: leases.some(({ isolated = true }) => isolated) }
  return leases.flatMap((lease): TrustChange[] => {
    if ((lease.state !== 'agreed' && lease.state !== 'disagreed') || (ownSeals && lease.own)) return []
    const verdict = judgeVote({ ...jurorOf(lease), won: lease.state === 'agreed', checked: lease.checked === true }, trial)
    return verdict === 'unjudged' ? [] : [{ deviceId: lease.deviceId, leaseRow: lease.row, verdict }]
  })
}

const jurorOf = ({ trust = NEW_TRUST, engineClass = '' }: LeaseView) => ({ engineClass, checks: trust.checks })
