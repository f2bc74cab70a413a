import { engineClassOf } from '../core/engine-class.ts'
import { type DeviceState, deviceMoves, mayMove } from '../core/lifecycle.ts'
import type { OwnFor } from '../core/own-device.ts'
import { PlatformError } from '../errors.ts'
import type { Dialect } from './dialect.ts'
import type { Database } from './open.ts'
import { Sql } from './sql.ts'
import type { DeviceRecord, KnownDevice, NewDevice } from './store.ts'

/** Classes in which a device has no check passed, and the newest leases of one that are looked at before another takes its place. */
const UNPROVED_CLASSES = 8
const LEASES_LOOKED_AT = 1000
/** How the column `own` says whose jobs the device is own for. */
const OWN_FOR: readonly OwnFor[] = ['nobody', 'account', 'everybody']

export interface DevicesOptions {
  readonly db: Database
  readonly dialect: Dialect
  readonly clock: () => number
  readonly isRetryable: (error: unknown) => boolean
}
type DeviceColumns = { id: number; uid: string; accountId: number | null; own: number; state: string; engine: string }

const deviceOf = (row: DeviceColumns, trustId = 0): DeviceRecord => ({
  ...{ id: row.id, device: row.uid, accountId: row.accountId, ownFor: OWN_FOR[row.own] ?? 'nobody' },
  ...{ state: row.state as DeviceRecord['state'], engineClass: engineClassOf(row.engine), trustId },
})

/** Devices, their bans and the engine classes in which they are known. */
export class Devices {
  readonly #options: DevicesOptions

  constructor(options: DevicesOptions) {
    this.#options = options
  }

  get #db(): Database {
    return this.#options.db
  }

  async find(device: string): Promise<KnownDevice | undefined> {
    const row = await this.#db.device.findUnique({ where: { uid: device } })
    return row ? { ...deviceOf(row), secretHash: row.secretHash, banReason: row.banReason } : undefined
  }

  async create({ device, ownFor, secretHash, ...columns }: NewDevice): Promise<DeviceRecord> {
    const now = BigInt(this.#options.clock())
    const data = { ...columns, uid: device, own: OWN_FOR.indexOf(ownFor), secretHash: Buffer.from(secretHash), createdAt: now, seenAt: now }
    const row = await this.#db.device.create({ data })
    return deviceOf(row, await this.#makeTrust(row.id, engineClassOf(row.engine)))
  }

  async touch(id: number, accountId: number | null, ownFor: OwnFor, engine: string): Promise<DeviceRecord> {
    const trustId = await this.#trustOf(id, engineClassOf(engine))
    const data = { accountId, engine, own: OWN_FOR.indexOf(ownFor), seenAt: BigInt(this.#options.clock()) }
    return deviceOf(await this.#db.device.update({ where: { id }, data }), trustId)
  }

  /** Row id of what the device earned in the class. A class costs a row, so that one needs work in which the device says new ones without end. */
  async #trustOf(deviceId: number, engineClass: string): Promise<number> {
    const where = { deviceId_engineClass: { deviceId, engineClass } }
    const known = await this.#db.trust.findUnique({ where, select: { id: true } })
    if (known) return known.id
    const unproved = await this.#db.trust.count({ where: { deviceId, checks: 0 } })
    if (unproved >= UNPROVED_CLASSES) await this.#expectTakenOver(deviceId, engineClass)
    return this.#makeTrust(deviceId, engineClass)
  }

  /** The oldest class that means nothing any more becomes this one. @throws PlatformError `too-many-devices` */
  async #expectTakenOver(deviceId: number, engineClass: string): Promise<void> {
    const taken = await new Sql(this.#db).run(this.#options.dialect.takeOverTrust, engineClass, deviceId, LEASES_LOOKED_AT)
    if (taken > 0) return
    throw new PlatformError(
      'too-many-devices',
      `Expected at most ${UNPROVED_CLASSES} engine classes in which a device has passed no check, got ${engineClass} beside them: keep to one engine, or forget the identity to start as a new device.`,
    )
  }

  async #makeTrust(deviceId: number, engineClass: string): Promise<number> {
    const key = { deviceId, engineClass }
    const ensure = () => this.#db.trust.upsert({ where: { deviceId_engineClass: key }, create: key, update: {}, select: { id: true } })
    // Two connections of one device at once: the one that comes second finds it the second time.
    return (await ensure().catch((error: unknown) => (this.#options.isRetryable(error) ? ensure() : Promise.reject(error)))).id
  }

  async ban(id: number, reason: string): Promise<boolean> {
    const before = Object.keys(deviceMoves).filter((state) => mayMove(deviceMoves, state as DeviceState, 'banned'))
    const where = { id, state: { in: before } }
    return (await this.#db.device.updateMany({ where, data: { state: 'banned', banReason: reason } })).count > 0
  }

  async restateBan(id: number, reason: string): Promise<boolean> {
    const where = { id, state: 'banned', banReason: { not: reason } }
    return (await this.#db.device.updateMany({ where, data: { banReason: reason } })).count > 0
  }

  async appeal(id: number, text: string): Promise<void> {
    await this.#db.device.update({ where: { id }, data: { appeal: text } })
  }

  async unban(id: number): Promise<boolean> {
    const where = { id, state: 'banned' }
    return (await this.#db.device.updateMany({ where, data: { state: 'suspect', banReason: null, appeal: null } })).count > 0
  }
}
