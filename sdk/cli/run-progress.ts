import type { DSage } from '../dsage.ts'
import { isOver } from '../job-outcome.ts'
import type { KnownJob } from '../known-job.ts'
import { runningText } from '../running-units.ts'
import { unitsDecided } from '../units-decided.ts'
import { ProgressLine } from './progress-line.ts'

const LOOK_MS = 500
/** Jobs of which the progress is told. */
const JOBS_LOOKED_AT = 200

/** On a terminal, and nowhere else, tells how far those jobs are that were submitted since; returns what takes that off the screen. */
export async function showJobs(d: DSage): Promise<() => void> {
  if (!process.stderr.isTTY) return () => {}
  const before = new Set((await d.getMyJobs({ active: true, limit: JOBS_LOOKED_AT })).map(({ job }) => job))
  const line = new ProgressLine('Running')
  let looking = false
  const followed = new Map<string, KnownJob>()
  const look = async () => {
    const jobs = (await d.getMyJobs({ active: true, limit: JOBS_LOOKED_AT })).filter((job) => !before.has(job.job) && !isOver(job))
    const counts = jobs.map(({ units }) => unitsDecided(units))
    const [decided, all] = [counts.reduce((sum, each) => sum + each.decided, 0), counts.reduce((sum, each) => sum + each.all, 0)]
    const [job] = jobs
    if (job && !followed.has(job.job)) followed.set(job.job, await d.job(job.job))
    const [longest] = (job && followed.get(job.job)?.status.running) ?? []
    const running = longest ? `; ${runningText(longest)}` : ''
    line.update(all === 0 ? 0 : decided / all, `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}, ${decided} of ${all} units${running}`)
  }
  // A server that is away for a moment is the program's affair.
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look()
      .catch(() => {})
      .finally(() => {
        looking = false
      })
  }, LOOK_MS)
  const showAgain = keepOffLine(line)
  return () => {
    clearInterval(timer)
    showAgain()
    line.stop()
  }
}

/** What the program prints on the same terminal stands on lines of its own; returns the undo. */
function keepOffLine(line: ProgressLine): () => void {
  if (!process.stdout.isTTY) return () => {}
  const { write } = process.stdout
  process.stdout.write = ((...words: Parameters<typeof write>) => {
    line.clear()
    return write.apply(process.stdout, words)
  }) as typeof write
  return () => {
    process.stdout.write = write
  }
}
