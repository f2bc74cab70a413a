/**
 * What has a device earned, and what does a check change? (INTEGRITY T1, T4; DESIGN §3 "Device".) Trust is kept per device and engine
 * class. It grows by one with each check passed and falls to nothing with a strike: then every answer is checked until twenty audits in a
 * row were passed. Rejected: a sliding average, which lets a liar of 5 % stay trusted for ever.
 */
import type { DeviceState } from './lifecycle.ts'

export interface Trust {
  /** k: checks passed since the last strike. */
  readonly checks: number
  /** n_h: all leases returned, audits included. */
  readonly returned: number
  /** Strikes since registration, without those taken back. */
  readonly strikes: number
  /** Checks since registration, passed or not. */
  readonly checked: number
  /** Raised by every strike; a vote that was voided was given in an earlier epoch. */
  readonly trustEpoch: number
  /** Whether a strike was not worked off yet. */
  readonly suspect: boolean
  /** Audits passed while suspect. */
  readonly auditsPassed: number
  /** Without an account: a ban could not be enforced. */
  readonly anonymous: boolean
}

export const NEW_TRUST: Trust = {
  ...{ checks: 0, returned: 0, strikes: 0, checked: 0, trustEpoch: 0 },
  ...{ suspect: false, auditsPassed: 0, anonymous: false },
}

const PROBATION = 3
const TRUSTED = 10
/** Audits that end suspicion. */
export const AUDITS_TO_CLEAR = 20

export const isTrusted = ({ checks, suspect }: Pick<Trust, 'checks' | 'suspect'>): boolean => !suspect && checks >= TRUSTED

/** The state a device that is not banned has. */
export function stateOf({ checks, suspect }: Pick<Trust, 'checks' | 'suspect'>): DeviceState {
  if (suspect) return 'suspect'
  return checks >= TRUSTED ? 'trusted' : checks >= PROBATION ? 'probation' : 'new'
}

/** After a check that was passed; a suspect's counts only towards its clearance. */
export function afterPass(trust: Trust): Trust {
  const checked = trust.checked + 1
  if (!trust.suspect) return { ...trust, checked, checks: trust.checks + 1 }
  const auditsPassed = trust.auditsPassed + 1
  if (auditsPassed < AUDITS_TO_CLEAR) return { ...trust, checked, auditsPassed }
  return { ...trust, checked, auditsPassed: 0, suspect: false, checks: PROBATION }
}

/** After an answer that differs from all others, which only the engine explains that it says it has: no failure, and believed like a newcomer. */
export const afterUnsupported = (trust: Trust): Trust => (trust.checks === 0 ? trust : { ...trust, checks: 0 })

/** After a check that was failed; `passedBefore` where the same one was taken to be passed. */
export function afterStrike(trust: Trust, passedBefore = false): Trust {
  const { strikes, trustEpoch } = trust
  const checked = trust.checked + (passedBefore ? 0 : 1)
  return { ...trust, checks: 0, strikes: strikes + 1, checked, trustEpoch: trustEpoch + 1, suspect: true, auditsPassed: 0 }
}

/**
 * After a strike was taken back (T3): with no other standing it is as it was before, and so it is where this was the `newest` that stands. An
 * older one leaves what the newer ones made of it.
 */
export function afterRevertedStrike(trust: Trust, checksBefore: number, suspectBefore: boolean, newest = false): Trust {
  const strikes = Math.max(0, trust.strikes - 1)
  const isCleared = strikes === 0 || (newest && !suspectBefore)
  return { ...trust, strikes, ...(isCleared ? { suspect: false, auditsPassed: 0, checks: Math.max(trust.checks, checksBefore) } : {}) }
}

/** Whether a rise of k is worth looking at the device's undecided units again (T4); others wait until they are touched. */
export const crossesThreshold = (before: number, after: number): boolean =>
  (before < PROBATION && after >= PROBATION) || (before < TRUSTED && after >= TRUSTED)
