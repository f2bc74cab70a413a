import { execFile } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { migratePostgresql } from '../../server/store/migrate-postgresql.ts'
import { migrateSqlite } from '../../server/store/migrate-sqlite.ts'
import { type Database, openPostgresql, openSqlite } from '../../server/store/open.ts'
import { freshPostgresql } from '../support/postgresql.ts'
import { startProcess } from '../support/start-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'dsage-migrations-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let made = 0
const freshPath = () => join(directory, `${made++}`)

interface Provider {
  readonly name: 'sqlite' | 'postgresql'
  /** File or URL of an empty database. */
  fresh(): Promise<string>
  migrate(where: string, folder?: string): Promise<string[]>
  open(where: string): Promise<Database>
  /** Runs SQL without migrating anything. */
  run(where: string, sql: string): Promise<void>
}
const PROVIDERS: readonly Provider[] = [
  {
    name: 'sqlite',
    fresh: async () => `${freshPath()}.db`,
    migrate: async (file, folder) => migrateSqlite(file, 5, folder),
    open: (file) => openSqlite({ file, synchronous: 'NORMAL' }),
    run: async (file, sql) => void new BetterSqlite3(file).exec(sql).close(),
  },
  {
    name: 'postgresql',
    fresh: freshPostgresql,
    migrate: migratePostgresql,
    open: (url) => openPostgresql({ url, poolSize: 2 }),
    run: async (url, sql) => {
      const client = new pg.Client(url)
      await client.connect()
      await client.query(sql).finally(() => client.end())
    },
  },
]

const checkedIn = (provider: Provider) => join(root, 'prisma/migrations', provider.name)

const namesOf = (provider: Provider) =>
  readdirSync(checkedIn(provider), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .sort()

/** A copy of the checked-in migrations that a test may spoil. */
function copyOf(provider: Provider): string {
  const folder = freshPath()
  cpSync(checkedIn(provider), folder, { recursive: true })
  return folder
}
function addMigration(folder: string, name: string, sql: string): void {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'migration.sql'), sql)
}

/** Runs Prisma's command line as a developer would; answers with its exit code and words. */
function prisma(provider: Provider, databaseUrl: string, ...words: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, DB_PROVIDER: provider.name, DATABASE_URL: databaseUrl, CHECKPOINT_DISABLE: '1', NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, ['node_modules/prisma/build/index.js', ...words], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, said: stdout + stderr }),
    )
  })
}
const asUrl = (provider: Provider, where: string) => (provider.name === 'sqlite' ? `file:${where}` : where)

describe.each(PROVIDERS)('S2 $name', (provider) => {
  test('S2 migrating again applies nothing', async () => {
    const where = await provider.fresh()
    expect(await provider.migrate(where)).toEqual(namesOf(provider))
    expect(await provider.migrate(where)).toEqual([])
  })

  test('S2 of three servers that start at once one applies and the others wait for it', async () => {
    const where = await provider.fresh()
    const starts = await Promise.all([1, 2, 3].map(() => startProcess(where)))
    expect(starts.flatMap(({ error }) => error ?? [])).toEqual([])
    expect(starts.flatMap(({ applied }) => applied ?? [])).toEqual(namesOf(provider))
  })

  test('S2 a database of the first version keeps its rows through all later migrations, and numbers on', async () => {
    const where = await provider.fresh()
    const folder = copyOf(provider)
    for (const name of namesOf(provider).slice(1)) rmSync(join(folder, name), { recursive: true })
    await provider.migrate(where, folder)
    const bytes = provider.name === 'sqlite' ? "x'00'" : "'\\x00'::bytea"
    await provider.run(
      where,
      `INSERT INTO "WorkUnit" ("jobId", "key", input, inputs, wanted) VALUES (7, 'a', ${bytes}, 1, 2), (7, 'b', ${bytes}, 1, 2);
       INSERT INTO "Lease" (id, "unitId", "jobId", holder, "deviceId", "issuedAt", deadline) VALUES (${bytes}, 2, 7, 'd:1', 1, 5, 6);
       INSERT INTO "PastLease" (id, "row", "deviceId") VALUES (${bytes}, 1, 1);
       INSERT INTO "Event" ("jobId", n, kind, "unitId", "unitKey", "leaseRow", confidence, holders, "createdAt")
         VALUES (7, 1, 'accepted', 2, 'b', 1, 0.5, 1, 9);
       INSERT INTO "Device" (uid, "secretHash", "accountId", own, kind, engine, name, "createdAt", "seenAt")
         VALUES ('a', ${bytes}, 1, 1, 'headless', 'v8', 'own', 1, 1), ('b', ${bytes}, NULL, 0, 'headless', 'v8', 'a stranger', 1, 1)`,
    )
    expect(await provider.migrate(where)).toEqual(namesOf(provider).slice(1))
    const database = await provider.open(where)
    const numbers = async (sql: string) => Object.values((await database.$queryRawUnsafe<object[]>(sql))[0] ?? {}).map(Number)
    expect(await numbers('SELECT count(*), max(id) FROM "WorkUnit"')).toEqual([2, 2])
    expect(await numbers('SELECT l."row", l."unitId", p."row" AS past FROM "Lease" l JOIN "PastLease" p ON p."row" = l."row"')).toEqual([
      1, 2, 1,
    ])
    expect(await numbers('SELECT n, "unitId", "leaseRow" FROM "Event"')).toEqual([1, 2, 1])
    // Own devices were the operator's, and theirs are own for everybody.
    expect(await numbers('SELECT max(own), min(own) FROM "Device"')).toEqual([2, 0])
    const added = await database.workUnit.create({ data: { jobId: 7, key: 'c', input: new Uint8Array(1), inputs: 1, wanted: 2 } })
    expect(Number(added.id)).toBe(3)
    await database.$disconnect()
  })

  test('S2 a migration edited after it was applied is refused by name', async () => {
    const where = await provider.fresh()
    const folder = copyOf(provider)
    await provider.migrate(where, folder)
    appendFileSync(join(folder, '20261120000000_initial/migration.sql'), '\n-- one more thought\n')
    await expect(provider.migrate(where, folder)).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(/20261120000000_initial.*edited/),
    })
  })

  test('S2 a migration that fails changes nothing, is named, and is tried again', async () => {
    const where = await provider.fresh()
    const folder = copyOf(provider)
    addMigration(folder, '20270101000000_broken', 'CREATE TABLE "Half" ("id" INTEGER); CREATE TABLE "Half" ("id" INTEGER);')
    await expect(provider.migrate(where, folder)).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(/20270101000000_broken.*already exists/),
    })
    writeFileSync(join(folder, '20270101000000_broken/migration.sql'), 'CREATE TABLE "Half" ("id" INTEGER);')
    expect(await provider.migrate(where, folder)).toContain('20270101000000_broken')
  })

  test('S2 a migration that Prisma began and did not finish is refused', async () => {
    const where = await provider.fresh()
    const database = await provider.open(where)
    await database.$executeRawUnsafe('UPDATE _prisma_migrations SET finished_at = NULL')
    await database.$disconnect()
    await expect(provider.migrate(where)).rejects.toThrow(/20261120000000_initial.*failed earlier/)
  })

  test('S2 a database newer than the code is refused', async () => {
    const where = await provider.fresh()
    const folder = copyOf(provider)
    addMigration(folder, '20270101000000_later', 'CREATE TABLE "Later" ("id" INTEGER);')
    await provider.migrate(where, folder)
    await expect(provider.migrate(where)).rejects.toThrow(/20270101000000_later came from a newer one: update DSage/)
  })

  test('S2 the models and the migrations describe the same schema', async () => {
    const shadow = asUrl(provider, await provider.fresh())
    const compare = (folder: string) =>
      prisma(
        provider,
        shadow,
        'migrate',
        'diff',
        '--from-migrations',
        folder,
        '--to-schema',
        `prisma/.build/${provider.name}`,
        '--exit-code',
      )
    expect(await compare(checkedIn(provider))).toMatchObject({ code: 0, said: expect.stringContaining('No difference') })
    const drifted = copyOf(provider)
    addMigration(drifted, '20270101000000_drift', 'ALTER TABLE "Account" ADD COLUMN "shoeSize" INTEGER;')
    expect(await compare(drifted)).toMatchObject({ code: 2, said: expect.stringContaining('Account') })
  })

  test("S2 Prisma's own status agrees with what the server applied", async () => {
    const where = await provider.fresh()
    await provider.migrate(where)
    expect(await prisma(provider, asUrl(provider, where), 'migrate', 'status')).toMatchObject({
      code: 0,
      said: expect.stringContaining('up to date'),
    })
  })
})

test('S2 both databases have the same constraints and indexes', () => {
  const [sqlite = [], postgresql = []] = PROVIDERS.map((provider) => {
    const sql = namesOf(provider).map((name) => readFileSync(join(checkedIn(provider), name, 'migration.sql'), 'utf8'))
    const statements = sql.join('\n').matchAll(/CONSTRAINT "\w+" CHECK .*|CREATE (?:UNIQUE )?INDEX .*/g)
    return [...statements].map(([statement]) => statement.replace(/[,;]$/, '').replace("'\\x01'::bytea", "x'01'")).sort()
  })
  expect(sqlite).toEqual(postgresql)
  expect(sqlite.filter((statement) => statement.includes('CHECK'))).toHaveLength(29)
})
