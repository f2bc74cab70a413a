import type { Isolation, JobBrief, LeaseAnswer, LeasedUnit } from '../../sdk/protocol.ts'
import { seedOfUnit } from '../../sdk/seed.ts'
import type { JobRecord } from '../coordinator.ts'
import type { Leased } from '../leasing.ts'
import { ordinalOf } from '../ordinal.ts'

/** What an answer needs to know beside the leases. */
export interface BriefSources {
  /** Name of the account of that id. */
  readonly owner: (accountId: number) => Promise<string>
  /** The brief with the bundle in it, where it may travel with a lease. */
  readonly withCode: (brief: JobBrief) => Promise<JobBrief>
  /** Where an earlier run of the unit was kept, from which the device may go on. */
  readonly checkpointOf: (lease: string) => LeasedUnit['checkpoint']
}

/** The answer to a request, with the bundles the socket has not been sent yet. */
export async function grantsToAnswer(
  leased: Leased,
  sent: ReadonlySet<string>,
  { owner, withCode, checkpointOf }: BriefSources,
): Promise<LeaseAnswer> {
  const leases = leased.grants.map(({ job, deadlineMs, grant }): LeasedUnit => {
    const seed = seedOfUnit(job.seed, ordinalOf(job, grant.key))
    const checkpoint = checkpointOf(grant.lease)
    return { lease: grant.lease, job: job.job, input: grant.input, seed, deadlineMs, ...(checkpoint && { checkpoint }) }
  })
  const jobs: JobBrief[] = []
  for (const [job, isolation] of new Map(leased.grants.map((grant) => [grant.job, grant.isolation]))) {
    const brief = briefOf(job, isolation, await owner(job.ownerId))
    jobs.push(sent.has(job.bundle) ? brief : await withCode(brief))
  }
  return { leases, jobs, ...whyOf(leased) }
}

const whyOf = ({ reason, devices, engineClass }: Leased) => ({
  ...(reason && { reason }),
  ...(devices && { devices }),
  ...(engineClass !== undefined && { engineClass }),
})

const briefOf = (job: JobRecord, isolation: Isolation, owner: string): JobBrief => ({
  job: job.job,
  name: job.name,
  purpose: job.purpose,
  owner,
  bundle: job.bundle,
  createdAt: job.createdAt,
  timeoutSeconds: job.timeoutSeconds,
  memoryMegabytes: job.memoryMegabytes,
  ...(job.files && { files: job.files }),
  ...(job.nativeMath && { nativeMath: true }),
  ...(isolation === 'job' && { isolation }),
})
