import type { ErrorCode } from '../../sdk/protocol.ts'

/** The database cannot be opened, migrated or written. `message` is one sentence: what was expected, what came, what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code = 'storage-failed' satisfies ErrorCode
}

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
