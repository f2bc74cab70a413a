import type { LeaseAnswer, Refusal } from '../../sdk/protocol.ts'
import type { EngineState } from './snapshot.ts'

/** What the engine's owner last wished, as far as the server agrees. */
export type Phase = { readonly name: 'new' | 'running' | 'paused' } | { readonly name: 'stopped'; readonly refusal?: Refusal }

export interface Activity {
  readonly isComputing: boolean
  readonly isConnected: boolean
  /** What the server said last when it had nothing. */
  readonly idle: Pick<LeaseAnswer, 'reason' | 'devices'>
}

/** What a person is told of an engine in that phase. */
export function stateOf(phase: Phase, { isComputing, isConnected, idle: { reason, devices } }: Activity): EngineState {
  if (phase.name === 'stopped') return { name: 'stopped', ...(phase.refusal && { refusal: phase.refusal }) }
  if (phase.name === 'paused') return { name: 'paused' }
  if (isComputing) return { name: 'computing' }
  if (!isConnected) return { name: 'connecting' }
  return { name: 'idle', ...(reason && { reason }), ...(devices && { devices }) }
}
