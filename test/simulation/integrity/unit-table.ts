/** Votes a unit may have unless more are asked for; one that needs more fails. */
export const VOTES = 16

export const VOTE = { none: 0, inFlight: 1, live: 2, voided: 3, silent: 4 } as const
export const UNIT = { open: 0, accepted: 1, failed: 2 } as const
export const NOBODY = -1

/** Units and their votes in columns: a million units fit in memory and nothing is allocated per vote. */
export class UnitTable {
  readonly size: number
  readonly capacity: number
  readonly state: Uint8Array
  readonly wanted: Uint8Array
  /** Leases that have answered or still may. */
  readonly live: Uint8Array
  readonly inFlight: Uint8Array
  /** Copies that count towards the limit. */
  readonly copies: Uint8Array
  /** All leases there ever were. */
  readonly votes: Uint8Array
  readonly answer: Int32Array
  /** Who the unit stands on alone, and how many checks that device had passed by then. */
  readonly author: Int32Array
  readonly authorPassed: Int32Array
  /** 1: sealed by agreement, sample or own device. */
  readonly sealed: Uint8Array
  readonly queued: Uint8Array
  /** 1: only a second voice seals it. */
  readonly held: Uint8Array
  readonly reaudited: Uint8Array
  /** Whose closing sample the unit is. */
  readonly sampleOf: Int32Array
  readonly voteDevice: Int32Array
  readonly voteAnswer: Int32Array
  readonly voteState: Uint8Array
  readonly voteEpoch: Uint16Array
  /** Disagreements that only its engine explains, of the voter's until then. */
  readonly voteApart: Uint8Array
  /** Whether the unit was a check for the voter already. */
  readonly voteChecked: Uint8Array

  constructor(size: number, capacity = VOTES) {
    this.size = size
    this.capacity = capacity
    const bytes = () => new Uint8Array(size)
    this.state = bytes()
    this.wanted = bytes()
    this.live = bytes()
    this.inFlight = bytes()
    this.copies = bytes()
    this.votes = bytes()
    this.sealed = bytes()
    this.queued = bytes()
    this.held = bytes()
    this.reaudited = bytes()
    this.answer = new Int32Array(size)
    this.author = new Int32Array(size).fill(NOBODY)
    this.authorPassed = new Int32Array(size)
    this.sampleOf = new Int32Array(size).fill(NOBODY)
    this.voteDevice = new Int32Array(size * capacity)
    this.voteAnswer = new Int32Array(size * capacity)
    this.voteState = new Uint8Array(size * capacity)
    this.voteEpoch = new Uint16Array(size * capacity)
    this.voteApart = new Uint8Array(size * capacity)
    this.voteChecked = new Uint8Array(size * capacity)
  }

  /** The vote slot of a new lease. */
  lease(unit: number, device: number): number {
    const vote = unit * this.capacity + (this.votes[unit] as number)
    this.votes[unit] = (this.votes[unit] as number) + 1
    this.inFlight[unit] = (this.inFlight[unit] as number) + 1
    this.voteDevice[vote] = device
    this.voteState[vote] = VOTE.inFlight
    return vote
  }

  /** Whether the device had the unit, whatever became of it; a full unit is nobody's any more. */
  had(unit: number, device: number): boolean {
    const first = unit * this.capacity
    const count = this.votes[unit] as number
    if (count >= this.capacity) return true
    for (let vote = first; vote < first + count; vote++) if (this.voteDevice[vote] === device) return true
    return false
  }

  needsCopy(unit: number): boolean {
    return this.state[unit] === UNIT.open && (this.live[unit] as number) < (this.wanted[unit] as number)
  }
}
