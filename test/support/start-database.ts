// A server's start as far as its database, as a process of its own: node start-database.ts <file or URL> [user id]
// Says what it applied, or the error, as JSON.
import { migratePostgresql } from '../../server/store/migrate-postgresql.ts'
import { migrateSqlite } from '../../server/store/migrate-sqlite.ts'

const [where = '', userId] = process.argv.slice(2)
if (userId) process.setuid?.(Number(userId))
try {
  const applied = where.startsWith('postgresql:') ? await migratePostgresql(where) : migrateSqlite(where, 5)
  console.log(JSON.stringify({ applied }))
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
}
