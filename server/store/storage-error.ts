import type { ErrorCode } from '../../sdk/protocol.ts'

/** The database cannot be opened, migrated or written. `message` is one sentence: what was expected, what came, what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code = 'storage-failed' satisfies ErrorCode
}

/** A full, read-only, locked or damaged file; a PostgreSQL that is full, closing or away; a system that refuses; Prisma's own waits. */
const STORAGE_CODES =
  /^(SQLITE_(FULL|READONLY|IOERR|BUSY|LOCKED|CANTOPEN|CORRUPT|NOTADB)|53\d{3}|57P0\d|08\w{3}|E[A-Z]{3,}|P10\d\d|P202[48])/

/** What pg says without a code of a connection that is gone. */
const DRIVER_LOST = /timeout exceeded|terminated unexpectedly|connection error and is not queryable|connection terminated/i

/** Whether the database, not what was asked of it, is at fault: the same may succeed a moment later. */
export const isStorageFailure = (error: unknown): boolean =>
  error instanceof StorageError || STORAGE_CODES.test(driverWords(error).code ?? '') || DRIVER_LOST.test(String(error))

interface DriverWords {
  /** SQLite's result code (`SQLITE_FULL`), PostgreSQL's SQLSTATE (`53100`) or the system's (`ECONNREFUSED`). */
  readonly code: string | undefined
  readonly message: string
}

/** What the driver said, out of the layers Prisma wraps it in. */
export function driverWords(error: unknown): DriverWords {
  for (let at: unknown = error, depth = 0; at instanceof Object && depth < 8; depth++) {
    const layer = at as { code?: unknown; message?: unknown; originalCode?: unknown; originalMessage?: unknown } & Layers
    if (typeof layer.originalCode === 'string') return { code: layer.originalCode, message: String(layer.originalMessage) }
    const inner = layer.meta?.driverAdapterError ?? layer.errors?.[0] ?? layer.cause
    if (!inner) return { code: typeof layer.code === 'string' ? layer.code : undefined, message: String(layer.message ?? error) }
    at = inner
  }
  return { code: undefined, message: String(error) }
}
interface Layers {
  readonly cause?: unknown
  readonly meta?: { readonly driverAdapterError?: unknown }
  /** A connection tried at several addresses fails with all their errors. */
  readonly errors?: readonly unknown[]
}
