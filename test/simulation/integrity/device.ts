import { weightOfDevice } from '../../../server/core/acceptance.ts'
import type { Trust } from '../../../server/core/trust.ts'

/** A strike and who won against the device, so that it can be taken back. */
export interface Conviction {
  readonly loser: Device
  readonly winners: readonly Device[]
  /** Their epochs when they won. */
  readonly epochs: readonly number[]
  readonly checksBefore: number
  readonly suspectBefore: boolean
}

/** A device of the simulation: what the platform knows of it (its trust, kept by core's functions) and what it is. */
export class Device implements Trust {
  readonly id: number
  readonly liar: boolean
  readonly own: boolean
  readonly engineClass: string
  checks = 0
  returned = 0
  strikes = 0
  checked = 0
  trustEpoch = 0
  suspect = false
  auditsPassed = 0
  readonly anonymous = false
  excluded = false
  /** Log-odds of its word, as core computes them. */
  weight = 0
  /** Checks passed in its whole life. */
  passed = 0
  lies = 0
  mostChecks = 0
  /** Units it has a vote on. */
  readonly units: number[] = []
  /** Units that were accepted on its word alone. */
  singles: number[] = []
  /** Sealed units that are looked at again after its last strike: those to come, and how many differed. */
  toReaudit: number[] = []
  differing = 0
  /** Units that its closing sample speaks for, and samples that are under way. */
  readonly sampled: number[] = []
  sampling = 0
  /** Disagreements that only its engine explains. */
  apart = 0

  constructor(id: number, liar: boolean, own: boolean, engineClass = 'v8') {
    this.id = id
    this.liar = liar
    this.own = own
    this.engineClass = engineClass
    this.weight = weightOfDevice(this)
  }

  /** Takes what core says of its trust. */
  become(trust: Trust): void {
    this.checks = trust.checks
    if (this.checks > this.mostChecks) this.mostChecks = this.checks
    this.strikes = trust.strikes
    this.checked = trust.checked
    this.trustEpoch = trust.trustEpoch
    this.suspect = trust.suspect
    this.auditsPassed = trust.auditsPassed
    this.weight = weightOfDevice(this)
  }
}
