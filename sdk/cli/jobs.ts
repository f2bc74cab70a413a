/** `dsage jobs`: one's own jobs. */
import { jobTable } from './job-table.ts'
import { jsonLine } from './json-line.ts'
import { type ServerWish, withServer } from './own-connection.ts'
import { showSights } from './watching.ts'

export interface JobsCommand extends ServerWish {
  readonly active: boolean
  readonly name?: string
  readonly limit: number
  readonly json: boolean
  readonly watch: boolean
}

/** Exit code 0, also at Ctrl-C. @throws what the SDK throws */
export const listJobs = ({ active, name, limit, json, watch, ...wish }: JobsCommand): Promise<number> =>
  withServer(wish, async (d) => {
    const which = { limit, ...(active ? { active } : {}), ...(name === undefined ? {} : { name }) }
    const look = async () => {
      const jobs = await d.getMyJobs(which)
      return { text: json ? jsonLine(jobs) : `${jobs.length === 0 ? 'You have no such jobs.' : jobTable(jobs, 'Job')}\n`, over: false }
    }
    await showSights(look, { again: watch, inPlace: !json })
    return 0
  })
