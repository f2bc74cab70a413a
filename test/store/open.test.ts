import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import { openPostgresql, openSqlite } from '../../server/store/open.ts'
import { sqliteError } from '../../server/store/sqlite-error.ts'
import { StorageError } from '../../server/store/storage-error.ts'
import { freshPostgresql, withPassword } from '../support/postgresql.ts'
import { startProcess } from '../support/start-process.ts'

const NOBODY = 65534
const directory = mkdtempSync(join(tmpdir(), 'dsage-open-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function failure(opening: Promise<unknown>): Promise<StorageError> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StorageError)
  const { code, message } = error as StorageError
  expect(code).toBe('storage-failed')
  expect(message).toMatch(/^Expected [^\n]*\.$/)
  return error as StorageError
}
const sqlite = (file: string) => openSqlite({ file, synchronous: 'FULL', lockSeconds: 0.05 })

describe('S1 opening SQLite', () => {
  test('S1 sets the connection as documented', async () => {
    const database = await openSqlite({ file: join(directory, 'pragmas.db'), synchronous: 'FULL', lockSeconds: 7 })
    const pragma = async (name: string) => {
      const rows = await database.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`)
      return String(Object.values(rows[0] ?? {})[0])
    }
    const names = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys', 'cache_size', 'temp_store']
    expect(await Promise.all(names.map(pragma))).toEqual(['wal', '2', '7000', '1', '-32768', '2'])
    await database.$disconnect()
  })

  test('S1 a missing directory is named', async () => {
    const error = await failure(sqlite(join(directory, 'missing/a.db')))
    expect(error.message).toContain(`the directory ${join(directory, 'missing')}`)
  })

  test('S1 a directory in the place of the file is named', async () => {
    expect((await failure(sqlite(directory))).message).toContain(directory)
  })

  test('S1 a path in memory is refused', async () => {
    expect((await failure(sqlite(':memory:'))).message).toContain(':memory:')
  })

  test('S1 a file of another kind is not overwritten', async () => {
    const file = join(directory, 'letter.db')
    writeFileSync(file, 'Dear reader, this is no database. '.repeat(100))
    expect((await failure(sqlite(file))).message).toContain('another kind of file')
  })

  test('S1 a lock held by another program is named', async () => {
    const file = join(directory, 'locked.db')
    const other = new BetterSqlite3(file)
    other.pragma('journal_mode = WAL')
    other.exec('BEGIN IMMEDIATE')
    expect((await failure(sqlite(file))).message).toContain('another program holds its lock')
    other.close()
  })

  test.runIf(process.getuid?.() === 0)('S1 a file that this user may not write is named', async () => {
    const readable = join(directory, 'readable')
    mkdirSync(readable)
    chmodSync(directory, 0o755)
    const file = join(readable, 'a.db')
    new BetterSqlite3(file).exec('CREATE TABLE t (a)').close()
    const { error } = await startProcess(file, NOBODY)
    expect(error).toContain('to be writable')
    const { error: unmade } = await startProcess(join(readable, 'new.db'), NOBODY)
    expect(unmade).toContain('may create and write')
  })

  test('S1 a full disk is named, and what was acknowledged before is kept', async () => {
    const file = join(directory, 'full.db')
    const database = await sqlite(file)
    const [pages] = await database.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count')
    await database.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(pages?.page_count) + 2}`)
    await database.account.create({ data: { name: 'kept', createdAt: 0n } })
    const filling = database.$transaction((tx) =>
      tx.payload.create({ data: { sha256: new Uint8Array(32), size: 1 << 20, bytes: new Uint8Array(1 << 20), createdAt: 0n } }),
    )
    const error = await filling.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(sqliteError(error, file).message).toContain('it is full')
    expect(await database.account.count()).toBe(1)
    await database.$disconnect()
  })
})

describe('S1 opening PostgreSQL', () => {
  const open = (url: string) => openPostgresql({ url, poolSize: 2 })

  test('S1 an answering server opens, with the right password too', async () => {
    const url = await freshPostgresql()
    const database = await open(url)
    expect(await database.account.count()).toBe(0)
    await database.$disconnect()
    const refused = await failure(open(await withPassword(url, 'right')))
    expect(refused.message).toContain('to be allowed')
  })

  test('S1 a wrong password is named and not repeated', async () => {
    const error = await failure(open(await withPassword(await freshPostgresql(), 'hunter2')))
    expect(error.message).toContain('correct user or password')
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('hunter2')
  })

  test('S1 a database that does not exist is named', async () => {
    const url = new URL(await freshPostgresql())
    url.pathname = '/nowhere'
    expect((await failure(open(url.toString()))).message).toContain('createdb nowhere')
  })

  test('S1 a server that is away is named', async () => {
    const reserved = createServer()
    await new Promise<void>((resolve) => reserved.listen(0, '127.0.0.1', resolve))
    const address = reserved.address()
    const port = address && typeof address === 'object' ? address.port : 0
    await new Promise((resolve) => reserved.close(resolve))
    const error = await failure(open(`postgresql://someone:hunter2@127.0.0.1:${port}/dsage`))
    expect(error.message).toContain(`127.0.0.1:${port}, but nothing does`)
    expect(error.message).not.toContain('hunter2')
  })

  test.each([
    ['hunter2 is my password', 'no URL'],
    ['mysql://root:hunter2@127.0.0.1/dsage', 'mysql:'],
    ['postgresql://root:hunter2@127.0.0.1:port/dsage', 'no URL'],
    ['', 'no URL'],
  ])('S1 the URL %s is refused without repeating it', async (url, says) => {
    const error = await failure(open(url))
    expect(error.message).toContain(says)
    expect(JSON.stringify([error.message, error.stack])).not.toContain('hunter2')
  })

  test('S1 an impossible pool size is refused', async () => {
    const url = await freshPostgresql()
    expect((await failure(openPostgresql({ url, poolSize: 0 }))).message).toContain('got 0')
  })
})
