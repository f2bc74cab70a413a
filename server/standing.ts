import { createHash } from 'node:crypto'
import { decodeOutputs } from '../sdk/codec.ts'
import type { DeviceStanding } from '../sdk/protocol.ts'
import { stateOf } from './core/trust.ts'
import { unknownDevice } from './reading.ts'
import { asText } from './shown-output.ts'
import type { Store } from './store/store.ts'

/** Outputs of more bytes are not written out. */
const SHOWN_BYTES = 64 * 1024
const SHOWN_CHARACTERS = 1000

/** What is known of a device's word, with a page of its strikes. @throws PlatformError `unknown-device` */
export async function standingOf(store: Store, device: string, after: string | undefined, limit: number): Promise<DeviceStanding> {
  const { reads } = store
  const [row, trust, strikes] = await Promise.all([reads.device(device), reads.trustOf(device), reads.strikesOf(device, after, limit)])
  if (!row) throw unknownDevice(device)
  const { state, banReason, appeal } = row
  return {
    ...{ device, state },
    ...(banReason !== undefined && { banReason }),
    ...(appeal !== undefined && { appeal }),
    trust: trust.map(({ suspect, ...of }) => ({
      ...of,
      state: stateOf({ checks: of.checks, suspect }) as Exclude<typeof state, 'banned'>,
    })),
    strikes: strikes.rows.map(({ output, accepted, ...of }) => ({ ...of, output: textOf(output), accepted: textOf(accepted) })),
    ...(strikes.next !== undefined && { next: strikes.next }),
  }
}

/** The person at a device says something against a strike or a ban, in place of what was said before. @throws PlatformError `unknown-device` */
export async function appeal(store: Store, device: string, text: string): Promise<void> {
  const known = await store.findDevice(device)
  if (!known) throw unknownDevice(device)
  await store.appeal(known.id, text)
}

/** A list of outputs for people to read. */
function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) return 'not kept any more'
  if (bytes.length > SHOWN_BYTES) return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`
  const text = decodeOutputs(bytes).map(asText).join(', ')
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
