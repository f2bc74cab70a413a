import type { Refusal } from '../sdk/protocol.ts'
import { PlatformError } from './errors.ts'
import { isStorageFailure } from './store/storage-error.ts'

/** What the database said names files and addresses of this machine: it goes to the log, not over the wire. */
export const storageFailed = (): PlatformError =>
  new PlatformError(
    'storage-failed',
    'Expected the database to answer, but it failed: send it again in a moment; nothing is recorded twice.',
    2000,
  )

/** The refusal for anything thrown; a surprise says nothing of the inside. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof PlatformError) return error.refusal()
  if (isStorageFailure(error)) return storageFailed().refusal()
  return { code: 'internal', message: 'The server met an unexpected error; it is in its log. Nothing was recorded: try again.' }
}
