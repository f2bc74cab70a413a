/** Who had a unit when its computation was kept: as a decision needs it. */
export interface KeptCheckpoint {
  /** The lease that asks, 32 hex digits, and for whom it counts. */
  readonly lease: string
  readonly asker: string
  /** For whom the lease counted whose device kept it, that device and its engine. */
  readonly holder: string
  readonly deviceId: number
  readonly engine: string
  /** The account for whose jobs that device is own; 0 for everybody's, null for nobody's. */
  readonly ownOf: number | null
  readonly keptAt: number
}
export interface NewCheckpoint {
  readonly lease: string
  readonly deviceId: number
  readonly engine: string
  readonly bytes: Uint8Array
}

/** Where computations of open units were, one a unit and holder. */
export interface CheckpointStore {
  /** Keeps it in place of the older one; false when the lease is not the device's any more, or 64 of the device are kept already. */
  keep(checkpoint: NewCheckpoint): Promise<boolean>
  /** What is kept of the units of these leases, of those that are out, whoever kept it; the newest first. */
  ofLeases(leases: readonly string[]): Promise<readonly KeptCheckpoint[]>
  /** The bytes that this holder's device kept of the unit of the lease, as long as that is the device's. */
  read(lease: string, deviceId: number, holder: string): Promise<Uint8Array | undefined>
  /** Looks at some hundred and deletes those whose units are decided or gone; answers with how many. */
  deleteSpent(): Promise<number>
}
