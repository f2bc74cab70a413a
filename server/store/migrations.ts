import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StorageError } from './storage-error.ts'

/** A checked-in step of the schema, `prisma/migrations/<provider>/<name>/migration.sql`. */
export interface Migration {
  /** Begins with its timestamp: the order of names is the order of application. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, hex: Prisma's checksum. */
  readonly checksum: string
}

/** A row of Prisma's ledger `_prisma_migrations`, kept so that `prisma migrate status` and `dev` agree with what a server did. */
export interface LedgerRow {
  readonly migration_name: string
  readonly checksum: string
  readonly finished_at: unknown
  readonly rolled_back_at: unknown
}
export const READ_LEDGER = 'SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations'

/** Where the repository keeps the migrations of a provider. */
export function migrationsFolder(provider: 'sqlite' | 'postgresql'): string {
  return fileURLToPath(new URL(`../../prisma/migrations/${provider}`, import.meta.url))
}

function readMigrations(folder: string): Migration[] {
  try {
    const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    return names.sort().map((name) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
  } catch (error) {
    throw new StorageError(`Expected the migrations in ${folder}, but they cannot be read: install DSage again.`, { cause: error })
  }
}

/**
 * The migrations of `folder` that the ledger does not hold, in order.
 * @throws StorageError when the ledger holds one that failed, that was edited since, or that this version does not know.
 */
export function pendingMigrations(folder: string, ledger: readonly LedgerRow[]): Migration[] {
  const migrations = readMigrations(folder)
  const applied = new Map(ledger.filter((row) => !row.rolled_back_at).map((row) => [row.migration_name, row]))
  const known = new Set(migrations.map(({ name }) => name))
  const newer = [...applied.keys()].find((name) => !known.has(name))
  if (newer) {
    throw new StorageError(`Expected a database of this version of DSage, but migration ${newer} came from a newer one: update DSage.`)
  }
  return migrations.filter(({ name, checksum }) => {
    const row = applied.get(name)
    if (row) refuseUnsound(row, checksum)
    return !row
  })
}

function refuseUnsound(row: LedgerRow, checksum: string): void {
  const name = row.migration_name
  if (!row.finished_at) {
    throw new StorageError(`Expected migration ${name} to be finished, but it failed earlier: restore the database from a backup.`)
  }
  if (row.checksum !== checksum) {
    throw new StorageError(`Expected migration ${name} as it was applied, but its file was edited since: restore the file, add a new one.`)
  }
}

/** For a migration that the database refuses now; its transaction is rolled back, so the next start tries it again. */
export function migrationRefused(name: string, error: unknown): StorageError {
  const words = error instanceof Error ? error.message : String(error)
  return new StorageError(
    `Expected migration ${name} to apply, but the database refused it (${words}): nothing was changed; report this.`,
    {
      cause: error,
    },
  )
}
