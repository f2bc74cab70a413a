import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateSqlite } from '../../server/store/migrate-sqlite.ts'

let bytes: Buffer | undefined

function migrated(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'dsage-migrated-'))
  try {
    const file = join(directory, 'migrated.db')
    migrateSqlite(file, 5)
    return readFileSync(file)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Puts a database of the newest schema into `file`: a copy of one that this process migrated, which is cheaper than to migrate each. */
export function makeMigratedSqlite(file: string): void {
  bytes ??= migrated()
  writeFileSync(file, bytes)
}
