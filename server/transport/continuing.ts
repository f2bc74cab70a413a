import type { LeasedUnit } from '../../sdk/protocol.ts'
import type { Checkpoints, ComputingDevice, OfferedCheckpoint } from '../checkpoints.ts'
import type { Leased } from '../leasing.ts'

/** Leases of one socket of which it is remembered from where they may go on. */
const MOST_OFFERED = 2000

/** From where the units of one socket's device may go on; what it does not ask for before it reconnects it begins anew. */
export class Continuing {
  readonly #device: ComputingDevice
  readonly #checkpoints: Checkpoints
  readonly #offered = new Map<string, OfferedCheckpoint>()
  #isKeeping = false

  constructor(device: ComputingDevice, checkpoints: Checkpoints) {
    this.#device = device
    this.#checkpoints = checkpoints
  }

  /** One at a time: what comes meanwhile is not kept. */
  async keep(lease: string, bytes: Uint8Array): Promise<boolean> {
    if (this.#isKeeping) return false
    this.#isKeeping = true
    return this.#checkpoints.keep(this.#device, lease, bytes).finally(() => {
      this.#isKeeping = false
    })
  }

  /** Looks up the units that are being given; answers with what is said of each. */
  async offer(leased: Leased): Promise<(lease: string) => LeasedUnit['checkpoint']> {
    const offered = await this.#checkpoints.offered(this.#device, leased)
    if (this.#offered.size + offered.size > MOST_OFFERED) this.#offered.clear()
    for (const [lease, kept] of offered) this.#offered.set(lease, kept)
    return (lease) => {
      const kept = offered.get(lease)
      return kept && (kept.deviceId === this.#device.device.id ? 'here' : 'elsewhere')
    }
  }

  /** Once for each that was offered. */
  async restore(lease: string): Promise<Uint8Array | undefined> {
    const kept = this.#offered.get(lease)
    this.#offered.delete(lease)
    return kept && this.#checkpoints.read(this.#device.device, kept)
  }
}
