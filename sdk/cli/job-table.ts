import type { JobSnapshot } from '../protocol.ts'
import { unitsDecided } from '../units-decided.ts'
import { coloured, reasonOf } from './job-state.ts'
import { table } from './table.ts'

/** A line a job, the same wherever jobs are listed. @param heading over their ids */
export function jobTable(jobs: readonly JobSnapshot[], heading: string): string {
  const rows = jobs.map((job) => {
    const { decided, all } = unitsDecided(job.units)
    return [job.job, job.name, job.state, decided, all, job.failedInputs, reasonOf(job)]
  })
  const [head, ...lines] = table([[heading, 'Name', 'State', 'Decided', 'Units', 'Failed', 'Why'], ...rows]).split('\n')
  return [head, ...lines.map((line, i) => coloured(line, jobs[i]!.state))].join('\n')
}
