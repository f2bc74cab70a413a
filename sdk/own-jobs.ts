/** Finding one's jobs again, whichever process submitted them. */
import type { Connection } from './connection.ts'
import { BadArgument, Refused } from './errors.ts'
import { KnownJob, type KnownJobOptions, type Reach } from './known-job.ts'
import type { JobSnapshot, JobsRequest, Page } from './protocol.ts'

/** Jobs asked for at a time. */
const JOBS_PER_PAGE = 200

export interface MyJobsOptions {
  /** True: only jobs that are not over; false: only those that are. @default both */
  readonly active?: boolean
  /** Only jobs of exactly this name. @default any */
  readonly name?: string
  /** At most so many, from 1. @default 100 */
  readonly limit?: number
}

export interface OwnJobs {
  /**
   * Takes up a job of your own by its id, from any process or machine with a key of the same account.
   * @throws BadArgument, Refused `unknown-job` when it is not yours or does not exist, NotConnected
   */
  job<Output = unknown, Input = unknown>(id: string, options?: KnownJobOptions): Promise<KnownJob<Output, Input>>
  /** Your jobs, newest first; give the `job` of one to `d.job` or `d.kill`. @throws BadArgument, Refused, NotConnected */
  getMyJobs(options?: MyJobsOptions): Promise<JobSnapshot[]>
  /** Cancels all your jobs that are not over; gives their number. @throws Refused, NotConnected */
  killAll(): Promise<number>
}

export const ownJobs = ({ connection, files }: Reach): OwnJobs => ({
  job: (id, options = {}) => KnownJob.take({ connection, files }, id, options),
  getMyJobs: async ({ limit = 100, ...which } = {}) => {
    if (!(Number.isInteger(limit) && limit >= 1))
      throw new BadArgument(`Expected \`limit\` to be a whole number of jobs from 1, got ${String(limit)}.`)
    const found: JobSnapshot[] = []
    for await (const page of pages(connection, which, limit)) found.push(...page)
    return found.slice(0, limit)
  },
  killAll: async () => {
    let killed = 0
    for await (const page of pages(connection, { active: true })) {
      const over = await Promise.all(page.map(({ job }) => kill(connection, job)))
      killed += over.filter(Boolean).length
    }
    return killed
  },
})

async function* pages(connection: Connection, which: Omit<JobsRequest, 'after' | 'limit'>, most = Number.POSITIVE_INFINITY) {
  let left = most
  for (let after: string | undefined, more = true; more && left > 0; ) {
    const page: Page<JobSnapshot> = await connection.request('jobs', { ...which, after, limit: Math.min(left, JOBS_PER_PAGE) })
    yield page.rows
    left -= page.rows.length
    after = page.next
    more = after !== undefined
  }
}

/** Whether it was not over already. */
async function kill(connection: Connection, job: string): Promise<boolean> {
  try {
    await connection.request('control', { job, action: 'cancel' })
    return true
  } catch (error) {
    if (error instanceof Refused && (error.code === 'bad-transition' || error.code === 'job-closed' || error.code === 'unknown-job'))
      return false
    throw error
  }
}
