/**
 * What do the votes say? The one place where a fixed quorum and a target error differ (INTEGRITY Q5): both name the best group and how many
 * agreeing answers are missing. For a target error always one: the next answer is waited for before another copy is paid.
 */
import { believed, heaviest, isAccepted, type Weighed, weightOfDevice } from './acceptance.ts'
import { type Group, holdersOf, type LeaseView } from './agreement.ts'
import { independentHolders, isSame, voicesOf } from './networks.ts'
import type { Policy } from './policy.ts'
import { sealedBy } from './sealing.ts'
import { NEW_TRUST } from './trust.ts'

export interface Poll {
  readonly best: Group | undefined
  /** Agreeing answers that would decide it; 0 when it is decided. */
  readonly missing: number
  readonly sealed: boolean
}

export const poll = (groups: readonly Group[], policy: Policy): Poll =>
  policy.targetError === undefined ? byQuorum(groups, policy.quorum) : byTrust(groups, policy.targetError)

/** Probability, 0 to 1, that `group` is right, when no own device says so: by what its holders earned, also where a fixed quorum decides. */
export const confidenceIn = (group: Group, groups: readonly Group[]): number =>
  believed(
    groups.map(weigh),
    groups.findIndex(({ output }) => output === group.output),
  )

function byQuorum(groups: readonly Group[], quorum: number): Poll {
  const best = groups[0]
  const needed = Math.max(quorum, groups.length > 1 ? 2 : 1)
  const independent = best ? independentHolders(best.leases) : 0
  return { best, missing: Math.max(0, needed - (best ? holdersOf(best) : 0)), sealed: needed > 1 && independent >= needed }
}

function byTrust(groups: readonly Group[], targetError: number): Poll {
  const scales = groups.map(weigh)
  const index = heaviest(scales)
  const best = groups[index]
  if (!best || !isAccepted(scales, index, targetError)) return { best, missing: 1, sealed: false }
  const firm = { ...best, leases: best.leases.filter(({ trust = NEW_TRUST }) => !trust.suspect) }
  const standing = {
    own: false,
    verified: false,
    holders: independentHolders(firm.leases),
    anySuspect: false,
    checksSince: 0,
    sampled: false,
  }
  return { best, missing: 0, sealed: sealedBy(standing, targetError) !== undefined }
}

/** A holder is one voice, that of its most credible device, and so is a device. */
function weigh({ leases }: Group): Weighed {
  const voices = voicesOf(leases, isSame)
  return { holders: voices.length, weight: voices.reduce((sum, voice) => sum + Math.max(...voice.map(weightOf)), 0) }
}

const weightOf = ({ trust = NEW_TRUST }: LeaseView): number => weightOfDevice(trust)
