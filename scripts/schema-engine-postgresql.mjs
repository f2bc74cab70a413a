// The PostgreSQL half of schema-engine.mjs.
import { randomUUID } from 'node:crypto'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'

const quoted = (name) => `"${name.replaceAll('"', '""')}"`

function configOf(url, database) {
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    database: database ?? decodeURIComponent(pathname.slice(1)),
  }
}

async function query(config, sql) {
  const { default: pg } = await import('pg')
  const client = new pg.Client(config)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Introspection reads the catalogue's internal type "char" (18), which the adapter refuses: present it as text (25). */
function readInternalCharAsText(pg) {
  const { addFields } = pg.Result.prototype
  pg.Result.prototype.addFields = function (fields) {
    for (const field of fields) if (field.dataTypeID === 18) field.dataTypeID = 25
    return addFields.call(this, fields)
  }
}

/** Of those columns the engine wants this one as a character, and panics on text as soon as a table has a CHECK constraint. */
export function withCharacter(result) {
  const columnTypes = result.columnTypes.map((type, index) =>
    result.columnNames[index] === 'constraint_type' ? ColumnTypeEnum.Character : type,
  )
  return { ...result, columnTypes }
}

/** An adapter factory whose shadow database is its own: the adapter's would be the real one when it is given a connection string. */
export async function postgresqlFactory(url = 'postgresql://127.0.0.1/none') {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const { default: pg } = await import('pg')
  readInternalCharAsText(pg)
  const factory = new PrismaPg(configOf(url))
  factory.connectToShadowDb = async () => {
    const name = `prisma_migrate_shadow_db_${randomUUID()}`
    await query(configOf(url), `CREATE DATABASE ${quoted(name)}`)
    const adapter = await new PrismaPg(configOf(url, name)).connect()
    const dispose = adapter.dispose.bind(adapter)
    adapter.dispose = async () => {
      await dispose()
      await query(configOf(url), `DROP DATABASE IF EXISTS ${quoted(name)}`)
    }
    return adapter
  }
  return factory
}

/** Runs one of the engine's commands; rejects with Prisma's code for what is wrong. */
export async function withPostgresql(url, command) {
  const { database } = configOf(url)
  if (command === 'create-database') return query(configOf(url, 'postgres'), `CREATE DATABASE ${quoted(database)}`)
  if (command === 'drop-database') return query(configOf(url, 'postgres'), `DROP DATABASE ${quoted(database)}`)
  if (command !== 'can-connect-to-database') throw new Error(`scripts/schema-engine.mjs has no command ${command}`)
  try {
    await query(configOf(url), 'SELECT 1')
  } catch (error) {
    throw Object.assign(new Error(error.message), { code: error.code === '3D000' ? 'P1003' : 'P1001' })
  }
}
