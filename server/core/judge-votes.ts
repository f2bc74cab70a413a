/**
 * Which devices did this decision check, and how did they stand? Each lease is judged once, when its unit is first decided with an answer
 * that proves something (INTEGRITY Q13, T2). The store turns verdicts into trust; a strike goes on to undo what the device left behind (T1).
 */
import { isVote, type LeaseView } from './agreement.ts'
import { voicesOf } from './networks.ts'
import type { Policy } from './policy.ts'
import { NEW_TRUST } from './trust.ts'
import { judgeVote, type Trial, type VoteVerdict } from './vote-checks.ts'

/** Whose word checks others in a job. */
export type Bench = Pick<Policy, 'ownSeals' | 'partisan'>

export interface TrustChange {
  readonly deviceId: number
  /** Of the device in the engine class that it computed with; 0 where nothing is kept. */
  readonly trustId: number
  readonly leaseRow: number
  /**
   * `engine` marks the job `engineSensitive`, `isolation` asks for a copy in a realm of its own; neither changes trust. `reverted`: it was struck
   * for an answer that is accepted now (T3).
   */
  readonly verdict: Exclude<VoteVerdict, 'unjudged'> | 'reverted'
  /** The same check was passed before. @default false */
  readonly passedBefore?: boolean
}

/** `leases` as they stand after the decision, judged agreed or disagreed; `before` as they stood when something came. */
export function judgeVotes(leases: readonly LeaseView[], policy: Bench, before: readonly LeaseView[] = []): TrustChange[] {
  const { ownSeals } = policy
  const agreed = leases.filter((lease) => lease.state === 'agreed' && isVote(lease) && !(ownSeals && lease.own && lease.partisan))
  const winners = voicesOf(agreed).flatMap((voice) => voice.slice(-1).map(jurorOf))
  const certain = agreed.some((lease) => isCertain(lease, policy))
  const trial: Trial = { winners, certain, isolated: leases.some(({ isolated = true }) => isolated) }
  return leases.flatMap((lease, i): TrustChange[] => {
    if ((lease.state !== 'agreed' && lease.state !== 'disagreed') || (ownSeals && lease.own)) return []
    const won = lease.state === 'agreed'
    // What it passed by those who said the same with it is no pass once these are outvoted.
    const passedBefore = lease.checked === true && !won && before[i]?.state === 'agreed'
    const verdict = judgeVote({ ...jurorOf(lease), won, checked: lease.checked === true && !passedBefore }, trial)
    if (verdict === 'unjudged') return []
    return [{ deviceId: lease.deviceId, trustId: lease.trustId ?? 0, leaseRow: lease.row, verdict, ...(passedBefore && { passedBefore }) }]
  })
}

/** Whether the answer is known to be right by somebody who gains nothing by saying so. */
export const isCertain = ({ own, partisan, verified }: LeaseView, policy: Bench): boolean =>
  (policy.ownSeals && own && !partisan) || (verified === true && !policy.partisan)

export const jurorOf = ({ trust = NEW_TRUST, engineClass = '' }: LeaseView) => ({ engineClass, checks: trust.checks })
