import { openPostgresql, openSqlite } from './open.ts'
import { postgresqlDialect } from './postgresql/dialect.ts'
import { PrismaStore } from './prisma-store.ts'
import { PostgresqlReadConnection } from './read-postgresql.ts'
import { SqliteReadConnection } from './read-sqlite.ts'
import { SqlReads } from './reads.ts'
import { sqliteDialect } from './sqlite/dialect.ts'
import type { Store } from './store.ts'

export type StoreLocation =
  | { readonly database: 'sqlite'; readonly file: string; readonly synchronous: 'FULL' | 'NORMAL' }
  | { readonly database: 'postgresql'; readonly url: string; readonly poolSize: number }

/**
 * Opens the store with its reading connection and brings the database to the newest schema.
 * @throws StorageError one clear sentence
 */
export async function openStore(location: StoreLocation, clock: () => number): Promise<Store> {
  if (location.database === 'sqlite') {
    const db = await openSqlite(location)
    const reads = new SqlReads(new SqliteReadConnection(location.file))
    return new PrismaStore({ database: 'sqlite', db, dialect: sqliteDialect, reads, clock })
  }
  const db = await openPostgresql(location)
  const reads = new SqlReads(new PostgresqlReadConnection(location.url))
  return new PrismaStore({ database: 'postgresql', db, dialect: postgresqlDialect, reads, clock })
}
