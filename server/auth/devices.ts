import { randomBytes } from 'node:crypto'
import type { Hello } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { DeviceRecord, Store } from '../store/store.ts'
import { deviceBanned } from './device-banned.ts'
import { hashOf, matches, newSecret } from './secrets.ts'

/** Who the home token speaks for. */
export interface HomeKey {
  readonly tokenHash: Uint8Array
  readonly accountId: number
}
export interface Identified {
  readonly record: DeviceRecord
  readonly secret: string
}

/** Knows a device by its id and secret, or makes a new one; a device that shows the home token is its owner's own. */
export type IdentifyDevice = (hello: Hello) => Promise<Identified>

export const identifyDevices =
  (store: Store, home: HomeKey): IdentifyDevice =>
  (hello) =>
    identify(store, home, hello)

async function identify(store: Store, home: HomeKey, hello: Hello): Promise<Identified> {
  const own = hello.token !== undefined
  if (hello.token !== undefined && !matches(hello.token, home.tokenHash)) {
    throw new PlatformError('unauthorised', 'Expected the token of this server’s home directory: read it from the file `token` there.')
  }
  const accountId = own ? home.accountId : null
  if (!hello.device) return createDevice(store, hello, accountId)
  const known = await store.findDevice(hello.device.id)
  if (!known) return createDevice(store, hello, accountId) // another server's identity, or a new database: start anew
  if (!matches(hello.device.secret, known.secretHash)) {
    throw new PlatformError(
      'wrong-device-secret',
      'Expected the secret this device was given: forget the identity to start as a new device.',
    )
  }
  if (known.state === 'banned') throw deviceBanned(known.banReason)
  return { record: await store.touchDevice(known.id, accountId, own), secret: hello.device.secret }
}

async function createDevice(store: Store, hello: Hello, accountId: number | null): Promise<Identified> {
  const secret = newSecret()
  const record = await store.createDevice({
    device: randomBytes(16).toString('hex'),
    secretHash: hashOf(secret),
    accountId,
    own: accountId !== null,
    kind: hello.kind,
    engine: hello.engine,
    name: hello.name ?? '',
  })
  return { record, secret }
}
