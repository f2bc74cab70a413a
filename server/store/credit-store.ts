import type { DeviceCredit, HeldJob, LedgerRow, Page } from '../../sdk/protocol.ts'
import type { JobRecord } from './store.ts'

/** The ledger of credit. What it should say is in `core/credit.ts`; a settlement names the units it must look at. */
export interface CreditStore {
  /**
   * Fixes the credit of one input of the job: the median of what was measured of single inputs, in reference seconds, or what its researcher
   * declared, at most three times that. Answers with it. Without a price nothing of the job is booked.
   * @throws PlatformError `bad-transition` when a stranger was given a unit at another price
   */
  setPrice(job: JobRecord, measuredSeconds: readonly number[]): Promise<number>
  /**
   * Compares the ledger with some hundred units, appends what differs and adds it to the totals, all or nothing; then holds jobs that give far
   * more credit a second than others. False when nothing is due, or another server is at it.
   */
  sweep(): Promise<boolean>
  /** Lets a job that waits for an admin give its credit after all; false when it does not wait. */
  release(job: string): Promise<boolean>
}

/** A sum of the ledger as it was when something was last added to it. */
export interface StoredTotal {
  readonly microcredits: number
  readonly results: number
  /** Microcredits a day at `recentAt`. */
  readonly recent: number
  readonly recentAt: number
}
/** Whose total it is, as they are named on the wire. */
export type Earner =
  | { readonly earner: 'account'; readonly account: string; readonly team: string | null }
  | ({ readonly earner: 'device' } & Pick<DeviceCredit, 'device' | 'name' | 'kind' | 'own'>)
  | { readonly earner: 'team'; readonly team: string; readonly name: string; readonly members: number; readonly createdAt: number }
export type EarnerKind = Earner['earner']
export type EarnerTotal<Kind extends EarnerKind = EarnerKind> = StoredTotal & Extract<Earner, { earner: Kind }>

/** Reads of the ledger and its totals. */
export interface CreditReads {
  /** Those with credit, the most first, without banned devices. */
  leaders<Kind extends EarnerKind>(kind: Kind, after: string | undefined, limit: number): Promise<Page<EarnerTotal<Kind>>>
  /** Of an account by its row id, of a device or team by its id on the wire; undefined when it is not there. */
  account(id: number): Promise<EarnerTotal<'account'> | undefined>
  device(device: string): Promise<EarnerTotal<'device'> | undefined>
  team(team: string): Promise<EarnerTotal<'team'> | undefined>
  /** All teams, newest first. */
  teams(after: string | undefined, limit: number): Promise<Page<EarnerTotal<'team'>>>
  /** Credit that the newest leases of the account's devices, or of the device, would earn if their units were sealed and booked now. */
  pendingOfAccount(id: number): Promise<number>
  pendingOfDevice(device: string): Promise<number>
  /** Rows of the ledger in their order. */
  ledger(after: string | undefined, limit: number): Promise<Page<LedgerRow>>
  /** Jobs that wait for an admin, newest first. */
  held(after: string | undefined, limit: number): Promise<Page<HeldJob>>
  /** Microcredits of all work. */
  allWork(): Promise<number>
}
