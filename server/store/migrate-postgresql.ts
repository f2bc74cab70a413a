import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { type LedgerRow, type Migration, migrationRefused, migrationsFolder, pendingMigrations, READ_LEDGER } from './migrations.ts'
import { postgresqlAddress, postgresqlError } from './postgresql-error.ts'

const CREATE_LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`
const RECORD = `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
  VALUES ($1, $2, $3, now(), 1)`
/** The advisory lock Prisma's own migrations take. */
const PRISMA_LOCK = 72707369
export const CONNECT_MILLISECONDS = 10_000

async function applyMigration(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(RECORD, [randomUUID(), checksum, name])
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw migrationRefused(name, error)
  }
}

async function applyPending(client: pg.Client, folder: string): Promise<string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
  await client.query(CREATE_LEDGER)
  const { rows } = await client.query<LedgerRow>(READ_LEDGER)
  const pending = pendingMigrations(folder, rows)
  for (const migration of pending) await applyMigration(client, migration)
  return pending.map(({ name }) => name)
}

/**
 * Brings the database at `url` to the newest schema; servers that start at once wait for each other on an advisory lock, which ends
 * with the connection. Answers with the names of the migrations applied.
 * @throws StorageError
 */
export async function migratePostgresql(url: string, folder = migrationsFolder('postgresql')): Promise<string[]> {
  postgresqlAddress(url)
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MILLISECONDS })
  // A connection that breaks rejects the query under way; without a listener it would end the process as well.
  client.on('error', () => {})
  try {
    await client.connect()
    return await applyPending(client, folder)
  } catch (error) {
    throw postgresqlError(error, url)
  } finally {
    await client.end()
  }
}
