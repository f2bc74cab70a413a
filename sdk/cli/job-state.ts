import { styleText } from 'node:util'
import { waitingText } from '../checking-text.ts'
import type { JobSnapshot, JobState } from '../protocol.ts'

const COLOURS: Readonly<Partial<Record<JobState, 'green' | 'red' | 'yellow' | 'dim'>>> = {
  running: 'green',
  paused: 'yellow',
  failed: 'red',
  rejected: 'red',
  cancelled: 'dim',
}

/** The line in the colour of a state, on a terminal that shows colours. */
export function coloured(line: string, state: JobState): string {
  const colour = COLOURS[state]
  return colour === undefined ? line : styleText(colour, line, { stream: process.stdout })
}

/** Why it is as it is, where that has to be said. */
export function reasonOf(job: JobSnapshot): string {
  const { reason, state, pilot, pilotNote, waiting, waitingSince, closingSince, unitsAlone } = job
  if (reason !== undefined) return pilotNote === undefined ? reason : `${reason}; ${pilotNote}`
  if (pilot === 'running' && state === 'running') return 'some of its units are tried out before strangers are given any'
  if (waiting !== undefined) return waitingText(waiting, job)
  if (closingSince !== undefined)
    return `closing since ${instant(closingSince)}: what stands on one word waits for another device to compute it once more`
  if (state === 'finished' && unitsAlone > 0)
    return 'nobody came to compute once more what stands on one word; it is sealed when somebody does'
  return waitingSince === undefined ? '' : `waits for more inputs of its client since ${instant(waitingSince)}`
}

const instant = (at: number): string => new Date(at).toISOString()
