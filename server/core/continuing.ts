/**
 * Who may go on where another's computation was (INTEGRITY T9)? A checkpoint holds outputs that nobody has compared: whoever goes on from it
 * gives its word for them. So it stays with the holder, whose word is one word on whatever device; own devices, each of which decides alone anyway,
 * take over from each other, but never from a stranger, whose claim they would seal. Among strangers it moves only where the word of one
 * decides, or where every result is verified. Never between engines: half of one and half of another is what no engine gives.
 */

/** A lease of a device, as a decision needs it. */
export interface Continuing {
  readonly holder: string
  readonly engine: string
  /** Whether its one word seals. */
  readonly decidesAlone: boolean
}

/** What matters of a job. */
interface ContinuedJob {
  readonly quorum: number
  /** Present where results are verified. */
  readonly verify?: string | undefined
}

/** Whether strangers may go on from each other's checkpoints: a wrong one costs no more than a wrong result does, or shows in the result. */
export const strangersMayContinue = ({ quorum, verify }: ContinuedJob): boolean => quorum === 1 || verify !== undefined

export function mayContinue(from: Continuing, to: Continuing, job: ContinuedJob): boolean {
  if (from.engine !== to.engine) return false
  return from.holder === to.holder || (from.decidesAlone && to.decidesAlone) || strangersMayContinue(job)
}
