import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { ROLE_WITH_PASSWORD } from './postgresql-server.ts'

/** Runs one statement in the database `postgres` of this run's server, as its superuser; answers with that database's URL. */
async function asSuperuser(sql: string): Promise<string> {
  const response = await fetch(inject('postgresqlAt'))
  const url = await response.text()
  if (!response.ok) throw new Error(url)
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
  return url
}

/**
 * URL of a fresh, empty database; it goes with the server at the end of the run.
 * @throws when PostgreSQL is not installed: the error names the Debian package.
 */
export async function freshPostgresql(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = new URL(await asSuperuser(`CREATE DATABASE ${name}`))
  url.pathname = `/${name}`
  return url.toString()
}

/** The same database for a role that, unlike everybody else, is asked for its password, which is `right`. */
export async function withPassword(url: string, password: string): Promise<string> {
  await asSuperuser(`DO $$ BEGIN CREATE ROLE ${ROLE_WITH_PASSWORD} LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN END $$`)
  const protectedUrl = new URL(url)
  protectedUrl.username = ROLE_WITH_PASSWORD
  protectedUrl.password = password
  return protectedUrl.toString()
}
