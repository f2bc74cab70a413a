import type { LeaseState } from '../../server/core/lifecycle.ts'

const live: ReadonlySet<LeaseState> = new Set<LeaseState>(['issued', 'checking', 'pending', 'agreed', 'disagreed'])

/** Whether a lease in this state occupies its unit: it may still answer, or has. */
export const isLive = (state: LeaseState): boolean => live.has(state)
