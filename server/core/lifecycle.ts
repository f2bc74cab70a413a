/**
 * Which state may follow which: the one table that code, CHECK constraints and SPEC.md's diagrams share (DESIGN §3).
 * A state machine as data was chosen over methods per state: the table can be printed, compared with the database and walked by a test.
 */
import type { EventKind, JobState, LeaseState, UnitState } from '../../sdk/protocol.ts'

export type { LeaseState } from '../../sdk/protocol.ts'

export type DeviceState = 'new' | 'probation' | 'trusted' | 'suspect' | 'banned'

type Moves<State extends string> = Readonly<Record<State, readonly State[]>>

export const jobMoves: Moves<JobState> = {
  'awaiting-approval': ['running', 'rejected', 'cancelled'],
  running: ['paused', 'finished', 'failed', 'cancelled'],
  paused: ['running', 'finished', 'failed', 'cancelled'],
  finished: ['running'],
  failed: [],
  cancelled: [],
  rejected: [],
}
export const unitMoves: Moves<UnitState> = {
  open: ['accepted', 'sealed', 'failed', 'cancelled'],
  accepted: ['sealed', 'open'],
  sealed: ['open'],
  failed: ['open'],
  cancelled: [],
}
export const leaseMoves: Moves<LeaseState> = {
  issued: ['pending', 'checking', 'agreed', 'disagreed', 'errored', 'expired', 'released', 'revoked'],
  errored: ['issued'],
  expired: ['issued', 'pending', 'checking', 'agreed', 'disagreed'],
  released: ['issued', 'pending', 'checking', 'agreed', 'disagreed'],
  revoked: ['issued', 'pending', 'checking', 'agreed', 'disagreed'],
  checking: ['pending', 'agreed', 'disagreed', 'voided'],
  pending: ['agreed', 'disagreed', 'voided', 'revoked'],
  agreed: ['disagreed', 'voided', 'revoked'],
  disagreed: ['agreed', 'voided', 'revoked'],
  voided: ['pending', 'agreed', 'disagreed'],
}
export const deviceMoves: Moves<DeviceState> = {
  new: ['probation', 'suspect', 'banned'],
  probation: ['trusted', 'new', 'suspect', 'banned'],
  trusted: ['new', 'suspect', 'banned'],
  suspect: ['probation', 'banned'],
  banned: ['suspect'],
}

/** The event that tells the researcher of a unit's new state; a re-opened unit is `retracted`. */
export const eventOfUnitState: Readonly<Record<UnitState, EventKind | undefined>> = {
  open: 'retracted',
  accepted: 'accepted',
  sealed: 'sealed',
  failed: 'failed',
  cancelled: undefined,
}

/** Whether `to` may follow `from` in `moves`. */
export function mayMove<State extends string>(moves: Moves<State>, from: State, to: State): boolean {
  return moves[from].includes(to)
}

/** Whether somebody may order a job from `from` to `to`: what is finished goes on only where one of its units opens again. */
export const mayOrder = (from: JobState, to: JobState): boolean => from !== 'finished' && mayMove(jobMoves, from, to)
