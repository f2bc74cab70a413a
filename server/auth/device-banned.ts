import { PlatformError } from '../errors.ts'

/** What a banned device is told, when it comes and when it is banned while it is here. */
export const deviceBanned = (reason: string | null): PlatformError =>
  new PlatformError('device-banned', `An admin of this server has banned this device${reason ? `: ${reason}` : ''}; ask them to un-ban it.`)
