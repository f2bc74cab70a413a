import type { RecordedUnit } from '../../sdk/protocol.ts'

/** A unit with its result and who gave it; its seed is made from its job's. */
export type UnitRecord = Omit<RecordedUnit, 'seed'>
/** Where a lease of a device belongs. */
export interface LeasePlace {
  readonly lease: string
  readonly job: string
  readonly key: string
  readonly inputs: number
}
/** What an input took an own device. */
export interface OwnSeconds {
  readonly secondsPerInput: number
  /** Reference seconds a second of it; 0 while unknown. */
  readonly speed: number
}
export interface UnitRecords {
  readonly units: readonly UnitRecord[]
  readonly next?: string
}
