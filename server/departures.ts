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

/** Gives away the leases of devices that went and did not come back; a server that dies meanwhile leaves them to their deadlines. */
export class Departures {
  readonly #options: DeparturesOptions
  readonly #leaving = new Map<number, () => void>()

  constructor(options: DeparturesOptions) {
    this.#options = options
  }

  /** The device's socket is gone. */
  left(device: DeviceRecord): void {
    this.#leaving.get(device.id)?.()
    const cancel = this.#options.timers.after(this.#options.graceSeconds * 1000, () => {
      this.#leaving.delete(device.id)
      if (!this.#options.live.isConnected(device.id)) this.#options.coordinator.releaseAll(device).catch(this.#options.onFailure)
    })
    this.#leaving.set(device.id, cancel)
  }

  stop(): void {
    for (const cancel of this.#leaving.values()) cancel()
    this.#leaving.clear()
  }
}
