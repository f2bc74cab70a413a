import { printable } from '../../sdk/printable.ts'
import type { DeviceRow } from '../../sdk/protocol.ts'
import { m } from '../messages/catalogue.ts'

/** How a device is called in a sentence: own ones by name, others by the beginning of their id. */
export const titleOfDevice = ({ own, name, device }: DeviceRow): string =>
  own && name !== '' ? printable(name) : m.admin.device(device.slice(0, 8))
