import { randomBytes } from 'node:crypto'
import type { Hello } from '../../sdk/protocol.ts'
import { PlatformError } from '../errors.ts'
import type { DeviceRecord, Store } from '../store/store.ts'
import { deviceBanned } from './device-banned.ts'
import type { ExpectPatience } from './device-pace.ts'
import { hashOf, matches, newSecret } from './secrets.ts'
import type { Identity, Sessions } from './sessions.ts'

/** Who the home token speaks for: the operator. */
export interface HomeKey {
  readonly tokenHash: Uint8Array
  readonly accountId: number
}
export interface Identified {
  readonly record: DeviceRecord
  readonly secret: string
  /** As whom it logged in; undefined for an anonymous device. */
  readonly identity: Identity | undefined
  /** The device whose secret was shown while its own socket answers: this is another one. */
  readonly copyOf?: string
}
type Owner = Pick<DeviceRecord, 'accountId' | 'ownFor'>

/** What is asked about the connection that says hello. */
export interface Greeter {
  /** Whether somebody else speaks for the device. */
  readonly isSpokenFor: (device: number) => Promise<boolean>
  /** Called before a new device is made. */
  readonly expectPatience: ExpectPatience
}

/**
 * Knows a device by its id and secret, or makes a new one; one that shows a session belongs to the session's account. Who shows the secret
 * of a device for which somebody else speaks is a new one, with nothing of what the other has earned.
 * @throws PlatformError `wrong-device-secret`, `device-banned`, `too-many-devices`, or that of the session
 */
export type IdentifyDevice = (hello: Hello, greeter: Greeter) => Promise<Identified>

/** Whether a device with this id has this secret and is not banned. */
export type IsDevice = (id: string, secret: string) => Promise<boolean>

export const isDeviceOf =
  (store: Store): IsDevice =>
  async (id, secret) => {
    const known = await store.findDevice(id)
    return known !== undefined && known.state !== 'banned' && matches(secret, known.secretHash)
  }

/** The same of one that may be banned. */
export const knowsDeviceOf =
  (store: Store): IsDevice =>
  async (id, secret) => {
    const known = await store.findDevice(id)
    return known !== undefined && matches(secret, known.secretHash)
  }

export const identifyDevices =
  (store: Store, sessions: Sessions, home: HomeKey): IdentifyDevice =>
  async (hello, greeter) => {
    const identity = hello.session === undefined ? undefined : await sessions.identityOf(hello.session)
    const isOperator = identity?.accountId === home.accountId
    const owner: Owner = { accountId: identity?.accountId ?? null, ownFor: isOperator ? 'everybody' : identity ? 'account' : 'nobody' }
    return { ...(await identify(store, hello, owner, greeter)), identity }
  }

async function identify(
  store: Store,
  hello: Hello,
  owner: Owner,
  { isSpokenFor, expectPatience }: Greeter,
): Promise<Omit<Identified, 'identity'>> {
  const makeNew = () => createDevice(store, hello, owner, expectPatience)
  if (!hello.device) return makeNew()
  const known = await store.findDevice(hello.device.id)
  if (!known) return makeNew() // another server's identity, or a new database: start anew
  if (!matches(hello.device.secret, known.secretHash)) {
    throw new PlatformError(
      'wrong-device-secret',
      'Expected the secret this device was given: forget the identity to start as a new device.',
    )
  }
  if (known.state === 'banned') throw deviceBanned(known.banReason)
  if (await isSpokenFor(known.id)) return { ...(await makeNew()), copyOf: known.device }
  const record = await store.touchDevice(known.id, owner.accountId, owner.ownFor, hello.engine)
  return { record, secret: hello.device.secret }
}

async function createDevice(
  store: Store,
  hello: Hello,
  owner: Owner,
  expectPatience: ExpectPatience,
): Promise<Omit<Identified, 'identity'>> {
  expectPatience()
  const secret = newSecret()
  const record = await store.createDevice({
    device: randomBytes(16).toString('hex'),
    secretHash: hashOf(secret),
    ...owner,
    kind: hello.kind,
    engine: hello.engine,
    name: hello.name ?? '',
  })
  return { record, secret }
}
