import { randomUUID } from 'node:crypto'
import BetterSqlite3 from 'better-sqlite3'
import { type LedgerRow, migrationRefused, migrationsFolder, pendingMigrations, READ_LEDGER } from './migrations.ts'
import { sqliteError } from './sqlite-error.ts'

const CREATE_LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT,
  "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`
const RECORD = `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
  VALUES (?, ?, ?, ?, ?, 1)`

/** As Prisma writes an instant into SQLite. */
const instant = () => new Date().toISOString().replace('Z', '+00:00')

function applyPending(db: BetterSqlite3.Database, folder: string): string[] {
  db.exec(CREATE_LEDGER)
  const pending = pendingMigrations(folder, db.prepare(READ_LEDGER).all() as LedgerRow[])
  const record = db.prepare(RECORD)
  for (const { name, sql, checksum } of pending) {
    const startedAt = instant()
    try {
      db.exec(sql)
      const orphans = db.pragma('foreign_key_check') as unknown[]
      if (orphans.length > 0) throw new Error(`${orphans.length} rows would refer to rows that do not exist`)
    } catch (error) {
      throw migrationRefused(name, error)
    }
    record.run(randomUUID(), checksum, name, startedAt, instant())
  }
  return pending.map(({ name }) => name)
}

/**
 * Brings the database in `file` (made when missing) to the newest schema, in one transaction; servers that start at once wait for
 * each other. Answers with the names of the migrations applied.
 * @param lockSeconds how long to wait for another program's lock
 * @throws StorageError
 */
export function migrateSqlite(file: string, lockSeconds: number, folder = migrationsFolder('sqlite')): string[] {
  let db: BetterSqlite3.Database | undefined
  try {
    db = new BetterSqlite3(file, { timeout: lockSeconds * 1000 })
    enterWal(db, lockSeconds)
    // Before the transaction: inside one, the pragmas of migrations that rebuild tables do nothing.
    db.pragma('foreign_keys = OFF')
    const run = db.transaction(applyPending)
    return run.immediate(db, folder)
  } catch (error) {
    throw sqliteError(error, file)
  } finally {
    db?.close()
  }
}

/** SQLite does not wait for the lock of this change when two want it at once: whoever loses asks again. */
function enterWal(db: BetterSqlite3.Database, lockSeconds: number): void {
  const deadline = performance.now() + lockSeconds * 1000
  for (;;) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      const busy = error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')
      if (!busy || performance.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
