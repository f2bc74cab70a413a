import type { DeviceState } from '../core/lifecycle.ts'
import type { OwnFor } from '../core/own-device.ts'

/** A device as a decision needs it. */
export interface DeviceRecord {
  readonly id: number
  readonly device: string
  readonly accountId: number | null
  readonly ownFor: OwnFor
  readonly state: DeviceState
  /** Engine and major version it said it computes with, when it last said hello. */
  readonly engineClass: string
  /** Row id of what it earned in that class; 0 of one that has not said hello. */
  readonly trustId: number
}
export interface KnownDevice extends DeviceRecord {
  readonly secretHash: Uint8Array
  /** Why it is banned; null of one that is not. */
  readonly banReason: string | null
}
export interface NewDevice {
  readonly device: string
  /** SHA-256 of the secret. */
  readonly secretHash: Uint8Array
  readonly accountId: number | null
  readonly ownFor: OwnFor
  readonly kind: 'browser' | 'headless'
  readonly engine: string
  readonly name: string
}
