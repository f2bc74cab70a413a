#!/usr/bin/env node
// Stands in for Prisma's schema-engine binary, whose download host a build may not reach: the same newline-delimited JSON-RPC on
// stdin and stdout, answered by the published WebAssembly build of that engine over a JavaScript driver. Made for generate, migrate
// deploy, status and diff; `migrate dev` only where no step is left to weigh (on SQLite the engine cannot): see scripts/migrate.ts.
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import { postgresqlFactory, withCharacter, withPostgresql } from './schema-engine-postgresql.mjs'

const LEDGER = {
  sqlite: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL,
    "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`,
  postgres: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" ("id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ, "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`,
}

const { values, positionals } = parseArgs({
  options: {
    datamodels: { type: 'string', multiple: true, default: [] },
    datasource: { type: 'string' },
    version: { type: 'boolean', short: 'V' },
  },
  allowPositionals: true,
  strict: false,
})
const datamodels = values.datamodels.map((path) => [path, readFileSync(path, 'utf8')])
const url = values.datasource ? JSON.parse(values.datasource).url : undefined

function isPostgresql() {
  if (url) return /^postgres(ql)?:/.test(url)
  return datamodels.some(([, text]) => /datasource\s+\w+\s*\{[^}]*provider\s*=\s*"postgresql"/.test(text))
}
const sqliteFile = () => url.replace(/^file:/, '').split('?')[0]

async function sqliteFactory() {
  const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
  return new PrismaBetterSqlite3({ url: url ?? ':memory:' }, { shadowDatabaseUrl: ':memory:' })
}

/** The engine asks for a partial index as `name = "…"`; this driver's SQLite takes double quotes for identifiers only. */
const withStringLiteral = (sql) => sql.replace(/(FROM sqlite_master WHERE .* name = )"([^"]*)"/, "$1'$2'")

/** The WebAssembly engine reports a missing ledger where the binary creates it, and sends whole migrations as one statement. */
function adapt(adapter) {
  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (asked) => {
    const query = { ...asked, sql: withStringLiteral(asked.sql) }
    try {
      return withCharacter(await queryRaw(query))
    } catch (error) {
      if (error?.cause?.kind !== 'TableDoesNotExist' || !query.sql.includes('_prisma_migrations')) throw error
      await adapter.executeScript(LEDGER[adapter.provider])
      return queryRaw(query)
    }
  }
  if (adapter.provider === 'sqlite') {
    const executeRaw = adapter.executeRaw.bind(adapter)
    adapter.executeRaw = async (query) => {
      if (query.args.length > 0) return executeRaw(query)
      await adapter.executeScript(query.sql)
      return 0
    }
  }
  return adapter
}

/** Keeps the words of a panic, without which the engine would only be said to have met an unreachable instruction. */
let panic
globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message: (message) => {
    panic = message
  },
}

async function makeEngine() {
  const require = createRequire(import.meta.url)
  const wasm = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm')
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm), { './schema_engine_bg.js': engineModule })
  engineModule.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  const factory = isPostgresql() ? await postgresqlFactory(url) : await sqliteFactory()
  const connect = factory.connect.bind(factory)
  const connectToShadowDb = factory.connectToShadowDb.bind(factory)
  factory.connect = async () => adapt(await connect())
  factory.connectToShadowDb = async () => adapt(await connectToShadowDb())
  const options = { datamodels: datamodels.length > 0 ? datamodels : undefined }
  return engineModule.SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(factory))
}

/** `cli can-connect-to-database | create-database`: the part of the binary that is not JSON-RPC. */
async function runCommand(command) {
  if (isPostgresql()) return withPostgresql(url, command)
  const exists = existsSync(sqliteFile())
  if (command === 'can-connect-to-database') {
    if (!exists) throw Object.assign(new Error(`Database ${sqliteFile()} does not exist`), { code: 'P1003' })
  } else if (command === 'create-database') writeFileSync(sqliteFile(), '', { flag: 'a' })
  else if (command === 'drop-database')
    for (const end of ['', '-wal', '-shm']) existsSync(sqliteFile() + end) && unlinkSync(sqliteFile() + end)
  else throw new Error(`scripts/schema-engine.mjs has no command ${command}`)
}

/** Prisma drops the first line of stderr and parses every other one as JSON. */
function logError(message, code) {
  const record = {
    timestamp: new Date().toISOString(),
    level: 'ERROR',
    fields: { message, error_code: code },
    target: 'schema_engine::logger',
  }
  process.stderr.write(`schema-engine\n${JSON.stringify(record)}`)
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

async function answer(request, engine) {
  const method = request.method === 'getDatabaseVersion' ? 'version' : request.method
  if (typeof engine[method] !== 'function' || (method === 'reset' && !isPostgresql())) {
    throw new Error(`scripts/schema-engine.mjs cannot do "${method}" here; delete the developer's database file to begin anew`)
  }
  const result = await engine[method](request.params)
  if (method === 'diff' && result?.stdout != null) {
    send({ method: 'print', id: 100_000 + request.id, params: { content: result.stdout } })
  }
  return result ?? {}
}

function sendError(id, error) {
  const data = { is_panic: false, message: panic ?? String(error?.message ?? error), meta: null, error_code: error?.code ?? 'P0000' }
  send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
}

async function serve() {
  let engine
  let underWay
  // A panic can escape the engine's promise, and the command line takes an end without an answer for success.
  process.on('uncaughtException', (error) => {
    sendError(underWay, error)
    process.exitCode = 1
  })
  for await (const line of createInterface({ input: process.stdin })) {
    const request = line.trim() === '' ? {} : JSON.parse(line)
    if (!request.method) continue
    underWay = request.id
    try {
      engine ??= await makeEngine()
      send({ id: request.id, result: await answer(request, engine) })
    } catch (error) {
      sendError(request.id, error)
    }
  }
}

if (values.version) console.log('schema-engine-cli webassembly')
else if (positionals[0] === 'cli') {
  try {
    await runCommand(positionals[1])
  } catch (error) {
    logError(String(error?.message ?? error), error?.code ?? 'P1000')
    process.exitCode = 1
  }
} else await serve()
process.exit()
