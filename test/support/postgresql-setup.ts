import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { type PostgresqlServer, startPostgresql } from './postgresql-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers GET with the URL of this run's PostgreSQL, started by the first who asks. */
    readonly postgresqlAt: string
  }
}

/**
 * Vitest's global set-up: one PostgreSQL for the whole run, started only when a test asks, stopped at the end. The tests run in
 * processes of their own, so they ask over loopback HTTP.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<PostgresqlServer> | undefined
  const door = createServer((_request, response) => {
    starting ??= startPostgresql()
    starting.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    )
  })
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const address = door.address()
  if (!address || typeof address !== 'object') throw new Error('Expected a loopback port, got none')
  project.provide('postgresqlAt', `http://127.0.0.1:${address.port}/`)
  return async () => {
    door.closeAllConnections()
    await new Promise((resolve) => door.close(resolve))
    const server = await starting?.catch(() => undefined)
    await server?.stop()
  }
}
