import BetterSqlite3 from 'better-sqlite3'
import { sqliteError } from './sqlite-error.ts'
import { StorageError } from './storage-error.ts'

/** Keeps the lock for as long as the process lives; the system takes it back however that ends. */
let held: BetterSqlite3.Database | undefined

/**
 * Makes this process the only server of the SQLite database in `file`. Two would not harm the data, but neither would hear of the other's
 * jobs. The lock is SQLite's own, on an empty file beside the database: a file that names a process was rejected, since it outlives a kill.
 * @throws StorageError when another server has it
 */
export function becomeSoleServer(file: string): void {
  try {
    held = new BetterSqlite3(`${file}.server`, { timeout: 0 })
    held.pragma('journal_mode = MEMORY') // no file beside it
    held.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    held?.close()
    held = undefined
    if (!(error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw sqliteError(error, file)
    throw new StorageError(
      `Expected to be the only server of the database ${file}, but another one runs: use that one, a program by connect(address), or stop it, or give this one another DSAGE_HOME; servers that share a database need PostgreSQL.`,
      { cause: error },
    )
  }
}
