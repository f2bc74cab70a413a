import type { Coordinator, DeviceRecord } from './coordinator.ts'
import type { Live } from './live.ts'
import type { Timers } from './timers.ts'

export interface DeparturesOptions {
  readonly coordinator: Coordinator
  readonly live: Live
  readonly timers: Timers
  /** How long a device may be away before its leases are given to others, seconds. */
  readonly graceSeconds: number
  readonly onFailure: (error: unknown) => void
}

/**
 * Gives away the leases of devices that went and did not come back, at once those of one that said so: whoever closes a tab computes nothing
 * any more, and whoever loses the network does. A server that dies meanwhile leaves them to their deadlines.
 */
export class Departures {
  readonly #options: DeparturesOptions
  readonly #leaving = new Map<number, () => void>()

  constructor(options: DeparturesOptions) {
    this.#options = options
  }

  /** The device's socket is gone; `wentAway` when it said so. */
  left(device: DeviceRecord, wentAway: boolean): void {
    this.#leaving.get(device.id)?.()
    const { timers, live, coordinator, graceSeconds, onFailure } = this.#options
    const cancel = timers.after(wentAway ? 0 : graceSeconds * 1000, () => {
      this.#leaving.delete(device.id)
      if (!live.isConnected(device.id)) coordinator.releaseAll(device).catch(onFailure)
    })
    this.#leaving.set(device.id, cancel)
  }

  /** The device is at another server now, which decides about its leases. */
  forget(device: number): void {
    this.#leaving.get(device)?.()
    this.#leaving.delete(device)
  }

  stop(): void {
    for (const cancel of this.#leaving.values()) cancel()
    this.#leaving.clear()
  }
}
