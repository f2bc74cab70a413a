/** `dsage job`: one of one's own jobs. */
import { certaintyText, engineText, overheadText, redundancyText } from '../checking-text.ts'
import type { DSage } from '../dsage.ts'
import { isHeldUp, isOver, pauseOf } from '../job-outcome.ts'
import type { JobEvent, JobSnapshot } from '../protocol.ts'
import { runningText } from '../running-units.ts'
import { unitsDecided } from '../units-decided.ts'
import { differingText, isNonDeterministic } from './differing-text.ts'
import { coloured, reasonOf } from './job-state.ts'
import { jsonLine } from './json-line.ts'
import { type ServerWish, withServer } from './own-connection.ts'
import { table } from './table.ts'
import { showSights } from './watching.ts'

export interface JobCommand extends ServerWish {
  readonly id: string
  readonly json: boolean
  readonly watch: boolean
  /** The newest results to show, at most 1000. @default 0 */
  readonly results?: number
}

/** Exit code 0; with `watch` 1 unless the job finished without a failed input. @throws with `watch` JobPaused, and what the SDK throws */
export const showJob = ({ id, json, watch, results = 0, ...wish }: JobCommand): Promise<number> =>
  withServer(wish, async (d) => {
    const job = await d.job(id)
    const look = async () => {
      const newest = results > 0 ? await newestOf(d, job.status, results) : []
      const differing = isNonDeterministic(job.status) ? await job.differences() : undefined
      const over = isOver(job.status) || isHeldUp(job.status)
      const more = { ...(differing && { differing }), ...(results > 0 && { results: newest.map(certaintyOf) }) }
      if (json) return { text: jsonLine({ ...job.status, ...more }), over }
      const parts = [sheetOf(job.status), ...(differing ? [differingText(differing)] : []), ...(results > 0 ? [resultsTable(newest)] : [])]
      return { text: `${parts.join('\n\n')}\n`, over }
    }
    await showSights(look, { again: watch, inPlace: !json })
    const pause = watch ? pauseOf(job.status) : undefined
    if (pause !== undefined) throw pause
    const { state, failedInputs } = job.status
    return !watch || (state === 'finished' && failedInputs === 0) ? 0 : 1
  })

const CREDIT_HELD = 'far more a second than other jobs give, so none is booked until an admin of the server has looked at it'
/** Units that run, of which it is said how far they are. */
const RUNNING_SHOWN = 20

const instant = (at: number): string => new Date(at).toISOString()

const said = (term: string, text: string): [string, string][] => (text === '' ? [] : [[term, text]])

async function newestOf(d: DSage, { job, events }: JobSnapshot, count: number): Promise<readonly JobEvent[]> {
  return (await d.connection.request('events', { job, after: Math.max(0, events - count), limit: count })).events
}

const certaintyOf = ({ key, kind, confidence, holders, verified }: JobEvent) => ({ unit: key, what: kind, confidence, holders, verified })

/** What happened to units, the newest last, and how sure that is. */
function resultsTable(events: readonly JobEvent[]): string {
  const rows = events.map(({ key, kind, confidence, holders, verified }) => {
    const isResult = kind === 'accepted' || kind === 'sealed'
    return [key, kind, isResult ? confidence.toFixed(4) : '', isResult ? holders : '', verified ? 'yes' : '']
  })
  return rows.length === 0 ? 'Nothing is decided yet.' : table([['Unit', 'What', 'Confidence', 'Holders', 'Verified'], ...rows])
}

/** What is known of a job, a line each. */
export function sheetOf(job: JobSnapshot): string {
  const { decided, all } = unitsDecided(job.units)
  const why = reasonOf(job)
  const lines: [string, string][] = [
    ['Job', job.job],
    ['Name', job.name],
    ['State', why === '' ? job.state : `${job.state}: ${why}`],
    ['Units', `${decided} of ${all} decided${job.inputsComplete ? '' : ', more may come'}`],
    ['Results', certaintyText(job)],
    ['Checked', redundancyText(job)],
    ...said('Paid', overheadText(job)),
    ...said('Engine', engineText(job)),
    ...(job.running ?? []).slice(0, RUNNING_SHOWN).map((unit): [string, string] => ['Running', runningText(unit)]),
    ['Inputs', `${job.inputs}, of which ${job.failedInputs} failed`],
    ['A unit', job.unitSeconds > 0 ? `${job.unitSeconds.toPrecision(3)} s` : 'not measured yet'],
    ...said('Credit', job.creditHeld ? CREDIT_HELD : ''),
    ['Kind', job.kind],
    ['Priority', `${job.priority} of 5`],
    ['Submitted', instant(job.createdAt)],
    ...(job.finishedAt === undefined ? [] : [['Ended', instant(job.finishedAt)] as [string, string]]),
  ]
  return table(lines)
    .split('\n')
    .map((line) => (line.startsWith('State') ? coloured(line, job.state) : line))
    .join('\n')
}
