import { printable } from '../../sdk/printable.ts'
import type { VolunteerSnapshot, VolunteerTrouble } from '../../web-worker-client/index.ts'
import type { Catalogue } from '../messages/catalogue.ts'

export interface Situation {
  /** What this browser lacks, if anything. */
  readonly missing: readonly VolunteerTrouble[]
  /** Why the engine could not be started. */
  readonly failure: string | undefined
  /** Undefined until the engine was started. */
  readonly snapshot: VolunteerSnapshot | undefined
  /** Whether a unit was finished a moment ago: short ones follow each other with gaps that are nobody's concern. */
  readonly hasJustComputed: boolean
  /** Whether the person has paused it. */
  readonly isPaused: boolean
}

/** The one sentence that says what this tab does, or why it does nothing. */
export function whatHappens({ missing, failure, snapshot, hasJustComputed, isPaused }: Situation, words: Catalogue['volunteer']): string {
  if (missing[0] !== undefined) return words.trouble[missing[0]]
  if (failure !== undefined) return words.startFailed(failure)
  if (isPaused) return words.state.paused
  if (snapshot === undefined) return words.starting
  const { state, trouble, connected } = snapshot
  if (state.name === 'stopped') return whyStopped(state.refusal, words)
  if (state.name === 'computing' || (hasJustComputed && connected && trouble === undefined)) return words.computing(connected)
  if (trouble !== undefined) return words.trouble[trouble]
  if (state.name !== 'idle' || state.reason === undefined) return words.state[state.name]
  return state.devices ? words.needsMoreDevices(state.devices.needed, state.devices.present) : words.idle[state.reason]
}

function whyStopped(refusal: Extract<VolunteerSnapshot['state'], { name: 'stopped' }>['refusal'], words: Catalogue['volunteer']): string {
  if (refusal === undefined) return words.state.stopped
  return words.stopped[refusal.code] ?? words.refused(printable(refusal.message))
}
