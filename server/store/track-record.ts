/** How a device has done. */
export interface TrackRecord {
  readonly deviceId: number
  /** As a multiple of the average device; 0 while unknown. */
  readonly speed: number
  readonly returned: number
  readonly expired: number
  /** In each engine class in which it earned something. */
  readonly trust: readonly { readonly engineClass: string; readonly checks: number; readonly suspect: boolean }[]
}
