/**
 * What does a lease earn, and what must the ledger say of it? A price times inputs, once its unit is sealed and it agreed (INTEGRITY C1–C3);
 * the ledger is only appended to, so what changes is taken back and granted anew. Amounts are whole microcredits: sums of them are exact in
 * any order, so totals equal a recomputation to the last digit. Rejected: credit for seconds or operations that devices claim, which BOINC
 * gave up because they are forged; booking what is pending, which a caught liar would have to be asked to give back.
 */
import type { LeaseState, UnitState } from '../../sdk/protocol.ts'
import { medianOf } from './median.ts'

export const MICROCREDITS = 1_000_000
/** A declared cost counts up to so many times what the server measured, and a job may give so many times the credit of the median job. */
const MOST_OVER_MEDIAN = 3
/** Units of a job that were measured, and jobs beside it, before its credit a second is compared. */
const MEASURED_UNITS = 10
const COMPARED_JOBS = 5
/** Credit of a unit from which on it is compared, ten milliseconds of the reference computer: what is less is mostly noise of the clock. */
const LEAST_COMPARED = 0.01

/**
 * Credit of one input: the median of what the server measured for single ones (reference seconds), or the declared cost, at most three
 * times that. Null where nothing was measured: a declaration alone is no price.
 */
export function priceOf(measured: readonly number[], declared: number | null): number | null {
  const calibrated = medianOf(measured)
  if (calibrated === null || declared === null) return calibrated
  return Math.min(declared, MOST_OVER_MEDIAN * calibrated)
}

/** What is known of a job whose credit is compared with others'. */
export interface Rate {
  readonly creditPerInput: number
  readonly inputsPerUnit: number
  /** Mean seconds of a unit as devices measured them: they never enter the price, only this comparison. */
  readonly unitSeconds: number
  readonly measuredUnits: number
}
/** Credit a second of CPU; null while too little was measured, or a unit's price is too small to be. The seconds, which devices claim, exempt nothing. */
export function creditPerSecond({ creditPerInput, inputsPerUnit, unitSeconds, measuredUnits }: Rate): number | null {
  const creditPerUnit = creditPerInput * inputsPerUnit
  return measuredUnits >= MEASURED_UNITS && unitSeconds > 0 && creditPerUnit >= LEAST_COMPARED ? creditPerUnit / unitSeconds : null
}

/** Whether a job gives so much more credit a second than all jobs do (`others`, itself among them) that an admin must look at it. */
export function isOverpaid(rate: number | null, others: readonly number[]): boolean {
  const median = others.length >= COMPARED_JOBS ? medianOf(others) : null
  return rate !== null && median !== null && rate > MOST_OVER_MEDIAN * median
}

export interface CreditUnit {
  readonly id: number
  readonly jobId: number
  /** The account whose job it is. */
  readonly ownerId: number
  readonly inputs: number
  readonly state: UnitState
  readonly creditPerInput: number
  /** Its job waits for an admin. */
  readonly held: boolean
  readonly leases: readonly CreditLease[]
}
export interface CreditLease {
  readonly row: number
  readonly state: LeaseState
  /** `a:<account>` or `d:<device>`. */
  readonly holder: string
  readonly deviceId: number
  /** The account the device has now. */
  readonly accountOfDevice: number | null
  /** The last entry of the lease. */
  readonly last: CreditEntry | null
}
export interface CreditEntry {
  readonly leaseRow: number
  readonly n: number
  readonly unitId: number
  readonly jobId: number
  readonly accountId: number | null
  readonly deviceId: number
  readonly teamId: number | null
  readonly kind: 'listed' | 'own'
  readonly microcredits: number
  readonly grantedAt: number
}
/** What a lease should have. */
export type Earned = Pick<CreditEntry, 'accountId' | 'deviceId' | 'kind' | 'microcredits'>

/** What the lease earned, or null: the same for whoever agreed, early, late or as an audit, and however long it took them. */
export function earnedBy(unit: Omit<CreditUnit, 'leases'>, lease: Omit<CreditLease, 'last'>): Earned | null {
  if (unit.state !== 'sealed' || lease.state !== 'agreed' || unit.held) return null
  const accountId = lease.holder.startsWith('a:') ? Number(lease.holder.slice(2)) : null
  const isOwn = accountId === unit.ownerId || lease.accountOfDevice === unit.ownerId
  // As the database rounds for first entries.
  const microcredits = Math.floor(unit.creditPerInput * unit.inputs * MICROCREDITS + 0.5)
  return { accountId, deviceId: lease.deviceId, kind: isOwn ? 'own' : 'listed', microcredits }
}

/** What must be appended for the ledger to say of the unit's leases what they earned; `teamOf` knows the team of an account. */
export function entriesDue(unit: CreditUnit, teamOf: (account: number) => number | null, now: number): CreditEntry[] {
  return unit.leases.flatMap((lease) => {
    const earned = earnedBy(unit, lease)
    const standing = lease.last && lease.last.n % 2 === 0 ? lease.last : null
    if (standing ? earned && isSame(standing, earned) : !earned) return []
    const n = (lease.last?.n ?? -1) + 1
    const reversal = standing ? [{ ...standing, n, microcredits: 0 - standing.microcredits }] : []
    if (!earned) return reversal
    const teamId = earned.accountId === null || earned.kind === 'own' ? null : teamOf(earned.accountId)
    const named = { leaseRow: lease.row, unitId: unit.id, jobId: unit.jobId, teamId }
    return [...reversal, { ...named, ...earned, n: n + reversal.length, grantedAt: now }]
  })
}

/** Of what kind a grant is stays as it was decided: a device that is claimed later changes nothing of what it earned before. */
const isSame = (standing: CreditEntry, earned: Earned): boolean =>
  standing.microcredits === earned.microcredits && standing.accountId === earned.accountId && standing.deviceId === earned.deviceId

/** Whether the ledger must look at the unit after this: it became sealed, ceased to be, or is and one of its leases changed. */
export const mayChangeCredit = (before: UnitState, after: UnitState, changedLeases: number): boolean =>
  before === 'sealed' ? after !== 'sealed' || changedLeases > 0 : after === 'sealed'
