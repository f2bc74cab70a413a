/** What a snapshot of a job means to whoever waits for it. Pure. */
import { waitingText } from './checking-text.ts'
import { JobCancelled, JobFailed, JobPaused } from './errors.ts'
import { printable } from './printable.ts'
import { type JobSnapshot, type JobState, PAUSED_BY_OWNER } from './protocol.ts'

const endStates: ReadonlySet<JobState> = new Set(['finished', 'failed', 'cancelled', 'rejected'])

/** Whether the server will decide nothing more. */
export const isOver = ({ state }: Pick<JobSnapshot, 'state'>): boolean => endStates.has(state)

/**
 * Whether `seen` may replace `held`. Answers overtake each other, and what was asked later may have been read earlier, so the order of questions
 * says nothing: the job's own event counter does, and with the same number of events an end is never taken back.
 */
export function isNoOlder(seen: JobSnapshot, held: JobSnapshot | undefined): boolean {
  if (held === undefined || seen.events > held.events) return true
  return seen.events === held.events && (isOver(seen) || !isOver(held))
}

/** Why a job that ended gives no result, undefined when it finished. */
export function unhappyEnd({ state, reason, name: given }: JobSnapshot): JobCancelled | JobFailed | undefined {
  const name = printable(given)
  const because = reason === undefined ? '' : `: ${printable(reason)}`
  if (state === 'cancelled') return new JobCancelled(`Job ${name} was cancelled${because}`)
  if (state === 'rejected') return new JobCancelled(`Job ${name} was not approved${because}`)
  if (state !== 'failed') return undefined
  return new JobFailed({ job: given, error: { name: 'Failed', message: reason ?? 'the server gave no reason' } })
}

/** Whether the server paused it, for a reason that somebody has to mend; a person who paused a job knows why, and goes on with it when they like. */
export const isHeldUp = (snapshot: JobSnapshot | undefined): boolean =>
  snapshot?.state === 'paused' && snapshot.reason !== undefined && snapshot.reason !== PAUSED_BY_OWNER

/** What whoever waits for such a job is told. */
export const pauseOf = (snapshot: JobSnapshot): JobPaused | undefined => (isHeldUp(snapshot) ? new JobPaused(snapshot) : undefined)

/** What becomes of a job that somebody waited for in vain, and what to do. @param end what ends it */
export function goingOn(snapshot: JobSnapshot | undefined, end: string): string {
  if (snapshot?.state === 'paused') {
    const { reason } = snapshot
    const why = reason === undefined || reason === PAUSED_BY_OWNER ? (reason ?? 'paused') : `paused: ${printable(reason)}`
    return `it is ${why}; resume it and wait again, or ${end} it`
  }
  if (snapshot?.waiting) return `it waits, ${waitingText(snapshot.waiting, snapshot)}; wait again, or ${end} it`
  return `it goes on: wait again, or ${end} it`
}
