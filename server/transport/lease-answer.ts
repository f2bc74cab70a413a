import type { JobBrief, LeaseAnswer, LeasedUnit } from '../../sdk/protocol.ts'
import { seedOfUnit } from '../../sdk/seed.ts'
import type { JobRecord } from '../coordinator.ts'
import type { Leased } from '../leasing.ts'
import { ordinalOf } from './ordinal.ts'

/** The answer to a request, with the bundles the socket has not been sent yet. */
export async function grantsToAnswer(
  leased: Leased,
  sent: ReadonlySet<string>,
  withCode: (brief: JobBrief) => Promise<JobBrief>,
): Promise<LeaseAnswer> {
  const leases = leased.grants.map(({ job, deadlineMs, grant }): LeasedUnit => {
    const seed = seedOfUnit(job.seed, ordinalOf(job, grant.key))
    return { lease: grant.lease, job: job.job, input: grant.input, seed, deadlineMs }
  })
  const jobs: JobBrief[] = []
  for (const job of new Set(leased.grants.map((grant) => grant.job))) {
    const brief = briefOf(job)
    jobs.push(sent.has(job.bundle) ? brief : await withCode(brief))
  }
  return { leases, jobs, ...(leased.reason ? { reason: leased.reason } : {}) }
}

const briefOf = (job: JobRecord): JobBrief => ({
  job: job.job,
  name: job.name,
  bundle: job.bundle,
  createdAt: job.createdAt,
  timeoutSeconds: job.timeoutSeconds,
  memoryMegabytes: job.memoryMegabytes,
})
