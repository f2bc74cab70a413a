import { type Hello, LIMITS, type ReturnedUnit } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import type { DeviceLogin } from './connection.ts'
import type { FileFolder } from './files.ts'
import type { IdentityStore } from './identity.ts'
import type { Log } from './log.ts'
import type { ByteFolder, OutboxStore } from './outbox-store.ts'
import type { HeldUnit } from './pool.ts'
import type { SpawnThread } from './sandbox-thread.ts'

export interface EngineOptions {
  /** Origin of the server, for example `https://dsage.example:8081`. */
  readonly url: string
  readonly spawn: SpawnThread
  /** Units computed at the same time, 1 to 1024. */
  readonly threads: number
  readonly identity: IdentityStore
  readonly outbox: OutboxStore
  /** Where units that did not end are kept, to go on from. @default in memory */
  readonly checkpoints?: ByteFolder
  /** Where files of jobs are kept. @default in memory */
  readonly files?: FileFolder
  readonly kind: Hello['kind']
  /** JavaScript engine and its major version, for example `v8-13`. */
  readonly engine: string
  /** Shown in lists of devices, at most 200 characters. */
  readonly name?: string
  /** Makes this a device of the account that logs in. @default anonymous */
  readonly login?: DeviceLogin
  /** PEM of a certificate to trust beside the system's; Node only. */
  readonly certificate?: string
  /** Told of every result of this device as it goes to the server; whether it was right is decided later. */
  readonly onResult?: (unit: HeldUnit, result: ReturnedUnit, seconds: number) => void
  readonly log: Log
  /** @default the system's */
  readonly clock?: Clock
  /** 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number
}

/** @throws RangeError unless it is a number of threads a device may have */
export function expectThreads(threads: number): void {
  if (Number.isInteger(threads) && threads >= 1 && threads <= LIMITS.threads) return
  throw new RangeError(`Expected \`threads\` to be an integer from 1 to ${LIMITS.threads}, got ${threads}.`)
}
