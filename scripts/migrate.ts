// For developers, after a change of prisma/models: npm run migrate -- <name>. Writes the step from the checked-in migrations to the
// models for both databases, so that both folders get the same step. Complete the new files by hand where Prisma has no notation
// (CHECK constraints, partial indexes): SQLite rebuilds a table to change it, and the rebuilt table has neither.
// `prisma migrate diff` and not `migrate dev`: the WebAssembly engine cannot weigh the data loss of a step on SQLite.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgresql } from '../test/support/postgresql-server.ts'

type Provider = 'sqlite' | 'postgresql'

/** The SQL that leads from the migrations of `provider` to the models; undefined when there is nothing to do. */
function nextStep(provider: Provider, databaseUrl: string): string | undefined {
  const env = { ...process.env, DB_PROVIDER: provider, DATABASE_URL: databaseUrl, CHECKPOINT_DISABLE: '1' }
  const compare = ['--from-migrations', `prisma/migrations/${provider}`, '--to-schema', `prisma/.build/${provider}`]
  const words = ['node_modules/prisma/build/index.js', 'migrate', 'diff', ...compare, '--script', '--exit-code']
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
  if (status === 0) return undefined
  if (status === 2) return stdout
  throw new Error(`Expected Prisma to compare the migrations of ${provider} with the models, but it failed: ${stderr}`)
}

function write(provider: Provider, name: string, sql: string | undefined): void {
  if (sql === undefined) {
    console.log(`${provider}: the migrations agree with the models, nothing is written`)
    return
  }
  const folder = join('prisma/migrations', provider, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'migration.sql'), sql)
  console.log(`${provider}: wrote ${folder}/migration.sql; read it, and complete it by hand where Prisma has no notation`)
}

const [name = ''] = process.argv.slice(2)
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error(`Expected a name of lower-case letters, digits and _ for the migration, got "${name}": npm run migrate -- add_team`)
  process.exit(1)
}
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
const postgresql = await startPostgresql()
try {
  const steps = { sqlite: nextStep('sqlite', 'file:./prisma/.build/unused.db'), postgresql: nextStep('postgresql', postgresql.url) }
  write('sqlite', `${stamp}_${name}`, steps.sqlite)
  write('postgresql', `${stamp}_${name}`, steps.postgresql)
} finally {
  await postgresql.stop()
}
