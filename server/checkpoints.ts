import { mayContinue } from './core/continuing.ts'
import { decidesAlone } from './core/own-device.ts'
import type { Leased } from './leasing.ts'
import type { KeptCheckpoint } from './store/checkpoint-store.ts'
import type { DeviceRecord, JobRecord, Store } from './store/store.ts'

/** Written at the same time; more are left out: what was kept before still stands. */
const WRITTEN_AT_ONCE = 4
const LEAST_FREE_DISK = 0.05

export type OfferedCheckpoint = KeptCheckpoint

export interface CheckpointsOptions {
  readonly store: Pick<Store, 'checkpoints'>
  /** Share of the disk that is free, 0 to 1, as last measured. */
  readonly freeDisk: () => number
}

/** A device that asks or gives, with its engine. */
export interface ComputingDevice {
  readonly device: DeviceRecord
  readonly engine: string
}

/** Where computations of units were: kept for, and given to, whoever may go on from there. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  #writing = 0

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** Whether it is kept: a device may come back to it, and the server is not at its limits. */
  async keep({ device, engine }: ComputingDevice, lease: string, bytes: Uint8Array): Promise<boolean> {
    const { store, freeDisk } = this.#options
    if (this.#writing >= WRITTEN_AT_ONCE || freeDisk() < LEAST_FREE_DISK) return false
    this.#writing += 1
    try {
      return await store.checkpoints.keep({ lease, deviceId: device.id, engine, bytes })
    } finally {
      this.#writing -= 1
    }
  }

  /** From which of the units just given the device may go on; by lease, the newest checkpoint of each. */
  async offered({ device, engine }: ComputingDevice, { grants }: Leased): Promise<ReadonlyMap<string, KeptCheckpoint>> {
    const jobs = new Map(grants.flatMap(({ grant, job }) => (grant.again ? [[grant.lease, job] as const] : [])))
    const offered = new Map<string, KeptCheckpoint>()
    if (jobs.size === 0) return offered
    for (const kept of await this.#options.store.checkpoints.ofLeases([...jobs.keys()])) {
      const job = jobs.get(kept.lease)
      if (!job || offered.has(kept.lease)) continue
      const to = { holder: kept.asker, engine, decidesAlone: decidesAlone(device, job) }
      if (mayContinue({ ...kept, decidesAlone: keptAlone(kept, job) }, to, job)) offered.set(kept.lease, kept)
    }
    return offered
  }

  /** The bytes of one that was offered, unless the lease or the unit is over. */
  read(device: DeviceRecord, { lease, holder }: KeptCheckpoint): Promise<Uint8Array | undefined> {
    return this.#options.store.checkpoints.read(lease, device.id, holder)
  }
}

/** Row ids begin at 1. */
const EVERYBODY = 0
const keptAlone = ({ ownOf }: KeptCheckpoint, job: JobRecord): boolean => job.ownDevices && (ownOf === EVERYBODY || ownOf === job.ownerId)
