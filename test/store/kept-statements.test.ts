import SqliteConnection from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepStatements } from '../../server/store/kept-statements.ts'

/** As Prisma's adapter uses a connection. */
interface Bound {
  readonly reader: boolean
  columns(): { name: string }[]
  run(): { changes: number }
  raw(): Bound
  all(): unknown[]
}

let connection: SqliteConnection.Database
let prepared: string[]
const bind = (sql: string, ...values: unknown[]): Bound => connection.prepare(sql).bind(values) as unknown as Bound

beforeEach(() => {
  connection = new SqliteConnection(':memory:')
  connection.exec('CREATE TABLE Pair (a INTEGER PRIMARY KEY, b TEXT)')
  prepared = []
  const prepare = connection.prepare.bind(connection)
  connection.prepare = ((sql: string) => {
    prepared.push(sql)
    return prepare(sql)
  }) as typeof connection.prepare
  keepStatements(connection)
})
afterEach(() => connection.close())

const INSERT = 'INSERT INTO Pair (a, b) VALUES (?, ?)'
const SELECT = 'SELECT * FROM Pair WHERE a >= ? ORDER BY a'

test('S16 a statement is prepared once and runs with the arguments it is given', () => {
  for (const a of [1, 2, 3]) expect(bind(INSERT, a, `b${a}`).run().changes).toBe(1)
  const [first, second] = [bind(SELECT, 1), bind(SELECT, 3)]
  expect(second.raw().all()).toEqual([[3, 'b3']])
  expect(first.raw().all()).toHaveLength(3)
  expect(first.reader).toBe(true)
  expect(prepared).toEqual([INSERT, SELECT])
})

test('S16 a statement that failed runs again, and one that is wrong fails each time', () => {
  bind(INSERT, 1, 'one').run()
  expect(() => bind(INSERT, 1, 'again').run()).toThrow('UNIQUE')
  expect(bind(INSERT, 2, 'two').run().changes).toBe(1)
  for (let i = 0; i < 2; i++) expect(() => bind('SELECT * FROM Absent')).toThrow('no such table')
})

test('S16 a statement sees the columns that the table has now', () => {
  bind(INSERT, 1, 'one').run()
  expect(bind(SELECT, 0).raw().all()).toEqual([[1, 'one']])
  connection.exec("ALTER TABLE Pair ADD COLUMN c TEXT DEFAULT 'new'")
  const after = bind(SELECT, 0)
  expect(after.raw().all()).toEqual([[1, 'one', 'new']])
  expect(
    bind(SELECT, 0)
      .columns()
      .map(({ name }) => name),
  ).toEqual(['a', 'b', 'c'])
})

test('S16 neither many statements nor long ones are kept', () => {
  for (let i = 0; i < 1000; i++) bind(`SELECT ${i}`).raw().all()
  bind('SELECT 0').raw().all()
  expect(prepared.filter((sql) => sql === 'SELECT 0')).toHaveLength(2)
  const long = `SELECT '${'x'.repeat(10_000)}'`
  for (let i = 0; i < 2; i++) bind(long).raw().all()
  expect(prepared.filter((sql) => sql === long)).toHaveLength(2)
})
