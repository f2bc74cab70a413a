import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

// Prisma takes a datasource's provider only as a literal, so the one set of models is composed with a header for each database:
// DB_PROVIDER=postgresql prisma generate. SQLite is the default, as everywhere.
const provider = process.env.DB_PROVIDER === 'postgresql' ? 'postgresql' : 'sqlite'
const root = fileURLToPath(new URL('.', import.meta.url))
const models = join(root, 'prisma/models')
const composed = join(root, 'prisma/.build', provider)

const header = `datasource db {
  provider = "${provider}"
}

generator client {
  provider               = "prisma-client"
  output                 = "../../../server/store/generated/${provider}"
  runtime                = "nodejs"
  moduleFormat           = "esm"
  generatedFileExtension = "ts"
  importFileExtension    = "ts"
}
`

// The engine binary comes from a host that builds may not reach: the stand-in runs the published WebAssembly engine instead.
// Windows cannot start a script as a program; there generating needs only a file that exists, and migrating a real engine.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.platform === 'win32' ? process.execPath : join(root, 'scripts/schema-engine.mjs')

// SQLite's INTEGER has 64 bits, and as BIGINT, which is what Prisma would declare, it would not number its rows; on PostgreSQL it has 32.
const widen = (text: string): string =>
  provider === 'sqlite' ? text : text.replaceAll(/^(\s+\w+\s+)Int\b(.*\/\/ 64 bits)$/gm, '$1BigInt$2')

mkdirSync(composed, { recursive: true })
for (const name of readdirSync(models)) writeFileSync(join(composed, name), widen(readFileSync(join(models, name), 'utf8')))
writeFileSync(join(composed, 'provider.prisma'), header)

export default defineConfig({
  schema: composed,
  migrations: { path: join(root, 'prisma/migrations', provider) },
  datasource: {
    url: process.env.DATABASE_URL ?? (provider === 'sqlite' ? 'file:./prisma/.build/developer.db' : 'postgresql://127.0.0.1/dsage'),
  },
})
