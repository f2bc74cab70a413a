/** What was earned, as REST gives it. Credits are reference seconds; nothing but sealed results earned them. */

/** What somebody has. */
export interface CreditStanding {
  readonly credit: number
  /** The same in cobblestones, 200 for a day of a GFLOPS: an estimate, since the GFLOPS of the reference computer are one. */
  readonly cobblestones: number
  /** Credit a day, with a half-life of seven days. */
  readonly recentAverage: number
  /** Results that earned it. */
  readonly results: number
  /** Ids of badges, see `CreditRules`. */
  readonly badges: readonly string[]
}
export interface AccountCredit extends CreditStanding {
  readonly account: string
  /** Name of its team. */
  readonly team?: string
}
export interface DeviceCredit extends CreditStanding {
  readonly device: string
  readonly name: string
  readonly kind: 'browser' | 'headless'
  /** Of the server's owner. */
  readonly own: boolean
}
export interface TeamRow extends CreditStanding {
  readonly team: string
  readonly name: string
  readonly members: number
  readonly createdAt: number
}
/** What is accepted and not sealed yet, of the newest leases, at the price of their jobs. */
export interface PendingCredit {
  readonly pending: number
}
/** A row of the ledger. */
export interface LedgerRow {
  /** Rows are numbered in the order in which they were written. */
  readonly row: number
  /** Names the lease; its rows are numbered `n`: even ones grant, odd ones take back. */
  readonly lease: number
  readonly n: number
  /** Null where the job is not listed or was forgotten. */
  readonly job: string | null
  readonly device: string
  /** Null where the device was nobody's. */
  readonly account: string | null
  readonly team: string | null
  /** `own`: for a job of one's own, in no list. */
  readonly kind: 'listed' | 'own'
  /** Millionths of a credit, negative where it is taken back. */
  readonly microcredits: number
  readonly grantedAt: number
  readonly createdAt: number
}
/** A job that gives far more credit a second than others: an admin decides. */
export interface HeldJob {
  readonly job: string
  readonly name: string
  readonly owner: string
  readonly creditPerInput: number
  readonly unitSeconds: number
}
/** How credit is computed. */
export interface CreditRules {
  readonly halfLifeDays: number
  readonly referenceGflops: number
  readonly cobblestonesPerCredit: number
  readonly badges: readonly { readonly id: string; readonly name: string; readonly earnedBy: string }[]
}
