import type { PrismaClient } from './generated/sqlite/client.ts'
import { CONNECT_MILLISECONDS, migratePostgresql } from './migrate-postgresql.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { postgresqlError } from './postgresql-error.ts'
import { SerialSqlite } from './serial-sqlite.ts'
import { sqliteError } from './sqlite-error.ts'
import { StorageError } from './storage-error.ts'

/** Both databases, through the narrower of the two generated clients. `$disconnect()` closes it. */
export type Database = PrismaClient

/** What the callback of `$transaction` gets. Use nothing else inside: on SQLite the outer client waits for the transaction's end. */
export type Tx = Omit<Database, '$connect' | '$disconnect' | '$on' | '$use' | '$extends' | '$transaction'>

export interface SqliteOptions {
  /** The database file; made when missing, in a directory that exists. */
  readonly file: string
  /** `FULL`: an acknowledged write survives a power cut. `NORMAL`: it survives the process, a power cut may lose the last ones. */
  readonly synchronous: 'FULL' | 'NORMAL'
  /** Seconds to wait for another program's lock. The process stands still meanwhile. @default 5 */
  readonly lockSeconds?: number
}

export interface PostgresqlOptions {
  /** `postgresql://user:password@host:5432/database`; the database exists. */
  readonly url: string
  /** Connections of this server at most, 1 or more; all servers together stay below PostgreSQL's `max_connections`. */
  readonly poolSize: number
}

/** Prisma's defaults, 2 s to get a connection and 5 s to finish, are shorter than a queue of batches may last. */
const transactionOptions = { maxWait: 30_000, timeout: 30_000 }
const CACHE_KIBIBYTES = 32 * 1024
/** Pages of 4 KiB the write-ahead log gathers before it is copied into the file. */
const CHECKPOINT_PAGES = 1000

/**
 * Opens the embedded database and brings it to the newest schema.
 * @throws StorageError
 */
export async function openSqlite({ file, synchronous, lockSeconds = 5 }: SqliteOptions): Promise<Database> {
  if (file === '' || file === ':memory:') {
    throw new StorageError(`Expected the path of a database file, got "${file}": name a file; every connection needs the same one.`)
  }
  migrateSqlite(file, lockSeconds)
  const pragmas = [
    `busy_timeout = ${lockSeconds * 1000}`,
    'journal_mode = WAL',
    `synchronous = ${synchronous}`,
    'foreign_keys = ON',
    `cache_size = -${CACHE_KIBIBYTES}`,
    `wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    'temp_store = MEMORY',
  ]
  const { PrismaClient } = await import('./generated/sqlite/client.ts')
  const database = new PrismaClient({ adapter: new SerialSqlite({ url: file }, pragmas), transactionOptions })
  return connected(database, (error) => sqliteError(error, file))
}

/**
 * Opens a PostgreSQL that any number of servers may share, and brings it to the newest schema.
 * @throws StorageError
 */
export async function openPostgresql({ url, poolSize }: PostgresqlOptions): Promise<Database> {
  if (!Number.isInteger(poolSize) || poolSize < 1) {
    throw new StorageError(`Expected the pool size to be an integer of 1 or more, got ${poolSize}: correct it.`)
  }
  await migratePostgresql(url)
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { PrismaClient } = await import('./generated/postgresql/client.ts')
  const adapter = new PrismaPg({ connectionString: url, max: poolSize, connectionTimeoutMillis: CONNECT_MILLISECONDS })
  const database = new PrismaClient({ adapter, transactionOptions })
  // The two clients differ in what SQLite lacks (isolation levels, skipDuplicates); everybody writes against the narrower.
  return connected(database as unknown as Database, (error) => postgresqlError(error, url))
}

async function connected(database: Database, explain: (error: unknown) => StorageError): Promise<Database> {
  try {
    await database.$connect()
    await database.$queryRaw`SELECT 1`
    return database
  } catch (error) {
    await database.$disconnect()
    throw explain(error)
  }
}
