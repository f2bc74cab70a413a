/** The cells of the table of figures and what each has to reach, with the worst of the behaviours. */
export interface Cell {
  readonly targetError: number
  readonly liars: number
  /** Units per device. */
  readonly units: number
  readonly mostError: number
  readonly mostWork: number
}
const cell = (targetError: number, liars: number, units: number, mostError: number, mostWork: number): Cell => ({
  ...{ targetError, liars, units, mostError, mostWork },
})

export const DEVICES = 200
export const CELLS: readonly Cell[] = [
  cell(1e-2, 0, 500, 0, 1.11),
  cell(1e-2, 0.05, 500, 1.5e-3, 1.15),
  cell(1e-2, 0.2, 500, 5e-3, 1.28),
  cell(1e-2, 0, 2000, 0, 1.08),
  cell(1e-2, 0.2, 20, 1e-2, 1.95),
  cell(1e-2, 0.2, 50, 1e-2, 1.62),
  cell(1e-2, 0.2, 100, 1e-2, 1.48),
  cell(1e-3, 0, 500, 0, 1.32),
  cell(1e-3, 0.2, 500, 1e-3, 1.6),
  cell(1e-3, 0.2, 50, 1e-3, 2.45),
  cell(1e-3, 0.2, 100, 1e-3, 2.1),
]

/** Small crowds: 200 units, target 1e-2, and the work that is expected of them. */
export const SMALL_CROWDS: readonly { readonly devices: number; readonly ownDevices: number; readonly work: number }[] = [
  { devices: 4, ownDevices: 0, work: 1.3 },
  { devices: 5, ownDevices: 0, work: 1.35 },
  { devices: 10, ownDevices: 0, work: 1.55 },
  { devices: 1, ownDevices: 1, work: 1.12 },
  { devices: 2, ownDevices: 1, work: 1.18 },
  { devices: 3, ownDevices: 1, work: 1.24 },
]
export const SMALL_CROWD_UNITS = 200

/** Sarmenta's published formula, our simulation of it at 50 units a device with q = 0.1 and blacklisting: worst error and most work. */
export const PUBLISHED: readonly { readonly liars: number; readonly targetError: number; readonly error: number; readonly work: number }[] =
  [
    { liars: 0.05, targetError: 1e-2, error: 4.0e-3, work: 1.14 },
    { liars: 0.1, targetError: 1e-2, error: 3.9e-3, work: 1.41 },
    { liars: 0.2, targetError: 1e-2, error: 2.2e-3, work: 1.97 },
    { liars: 0.35, targetError: 1e-2, error: 2.9e-4, work: 2.58 },
    { liars: 0.35, targetError: 1e-3, error: 1.8e-4, work: 2.62 },
  ]
