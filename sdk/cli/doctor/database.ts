import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StartFailed } from '../../errors.ts'
import { server } from '../../local/server.ts'
import { readStatus } from '../rest.ts'
import type { Check } from './finding.ts'

/** Asks the server, or starts one for a moment: only a server opens a database as a server does, and brings it to the newest schema. */
export const checkDatabase: Check = async ({ home, url }) => {
  if (url !== undefined) {
    const status = await readStatus(url).catch(() => undefined)
    if (status === undefined) return { state: 'note', says: 'It is not known while the server does not answer.' }
    const failing = status.queueAgeMs > 10_000
    if (!failing) return { state: 'ok', says: `The server at ${url} has its ${status.database} database open and up to date.` }
    const seconds = (status.queueAgeMs / 1000).toFixed(0)
    return {
      state: 'broken',
      says: `The ${status.database} database has not answered for ${seconds} s.`,
      mend: 'See server.log in its home.',
    }
  }
  const databaseUrl = process.env.DATABASE_URL
  const file = await stat(join(home, 'db', 'dsage.db')).catch(() => undefined)
  if (databaseUrl === undefined && file === undefined)
    return { state: 'note', says: 'There is no database yet.', mend: 'dsage start makes it.' }
  try {
    const running = await server({ home, port: 0, ...(databaseUrl === undefined ? {} : { databaseUrl }) })
    await running.stop()
    return { state: 'ok', says: `${databaseUrl === undefined ? join(home, 'db', 'dsage.db') : 'DATABASE_URL'} opens and is up to date.` }
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error
    return { state: 'broken', says: error.message, mend: 'The sentence says what to do; server.log in the home may say more.' }
  }
}
