/**
 * Which devices did this decision check, and how did they stand? Each lease is judged once, when its unit is first decided with an answer
 * that proves something (INTEGRITY Q13, T2). The store turns verdicts into trust; a strike goes on to undo what the device left behind (T1).
 */
import { groupAnswers, isVote, type LeaseView } from './agreement.ts'
import { voicesOf } from './networks.ts'
import type { Policy } from './policy.ts'
import { confidenceIn } from './poll.ts'
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

/**
 * In a researcher's job only those who gave the same bytes check each other, whatever its tolerance says: one within which all is alike would make
 * everybody trusted. `leases` as they stand after the decision, judged agreed or disagreed; `before` as they stood when something came.
 */
export function judgeVotes(leases: readonly LeaseView[], policy: Bench, before: readonly LeaseView[] = []): TrustChange[] {
  const { ownSeals } = policy
  const agreed = leases.filter((lease) => lease.state === 'agreed' && isVote(lease) && !(ownSeals && lease.own && lease.partisan))
  const differing = leases.filter((lease) => lease.state === 'disagreed' && isVote(lease))
  const isolated = leases.some(({ isolated = true }) => isolated)
  const trialBy = (alike: readonly LeaseView[]): Trial => {
    const winners = voicesOf(alike).flatMap((voice) => voice.slice(-1).map(jurorOf))
    return { winners, certain: alike.some((lease) => isCertain(lease, policy)), belief: beliefIn(alike, differing), isolated }
  }
  const saying = (bytes: string | null | undefined) => agreed.filter(({ output }) => output === bytes)
  const isOne = !policy.partisan || agreed.every(({ output }) => output === agreed[0]?.output)
  const trial = trialBy(isOne ? agreed : saying(groupAnswers(agreed)[0]?.output))
  return leases.flatMap((lease, i): TrustChange[] => {
    if ((lease.state !== 'agreed' && lease.state !== 'disagreed') || (ownSeals && lease.own)) return []
    const won = lease.state === 'agreed'
    // What it passed by those who said the same with it is no pass once these are outvoted.
    const passedBefore = lease.checked === true && !won && before[i]?.state === 'agreed'
    const voter = { ...jurorOf(lease), won, checked: lease.checked === true && !passedBefore }
    const verdict = judgeVote(voter, isOne || !won ? trial : trialBy(saying(lease.output)))
    if (verdict === 'unjudged') return []
    return [{ deviceId: lease.deviceId, trustId: lease.trustId ?? 0, leaseRow: lease.row, verdict, ...(passedBefore && { passedBefore }) }]
  })
}

/** Whether the answer is known to be right by somebody who gains nothing by saying so. */
export const isCertain = ({ own, partisan, verified }: LeaseView, policy: Bench): boolean =>
  (policy.ownSeals && own && !partisan) || (verified === true && !policy.partisan)

export const jurorOf = ({ trust = NEW_TRUST, engineClass = '' }: LeaseView) => ({ engineClass, checks: trust.checks })

/** How likely these are right against those, by what each has earned. */
function beliefIn(agreed: readonly LeaseView[], differing: readonly LeaseView[]): number {
  if (differing.length === 0) return 1
  const winners = { output: '', leases: agreed }
  return confidenceIn(winners, [winners, ...groupAnswers(differing)])
}
