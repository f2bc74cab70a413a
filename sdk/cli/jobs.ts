/** `dsage jobs`: one's own jobs. */
import type { JobSnapshot } from '../protocol.ts'
import { unitsDecided } from '../units-decided.ts'
import { coloured, reasonOf } from './job-state.ts'
import { jsonLine } from './json-line.ts'
import { type ServerWish, withServer } from './own-connection.ts'
import { table } from './table.ts'
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
      return { text: json ? jsonLine(jobs) : `${tableOf(jobs)}\n`, over: false }
    }
    await showSights(look, { again: watch, inPlace: !json })
    return 0
  })

function tableOf(jobs: readonly JobSnapshot[]): string {
  if (jobs.length === 0) return 'You have no such jobs.'
  const rows = jobs.map((job) => {
    const { decided, all } = unitsDecided(job.units)
    return [job.job, job.name, job.state, decided, all, job.failedInputs, reasonOf(job)]
  })
  const [head, ...lines] = table([['Job', 'Name', 'State', 'Decided', 'Units', 'Failed', 'Why'], ...rows]).split('\n')
  return [head, ...lines.map((line, i) => coloured(line, jobs[i]!.state))].join('\n')
}
