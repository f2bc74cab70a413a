/** The thread that owns the read-only connection: one statement in, its rows out, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import SqliteConnection from 'better-sqlite3'

const { file } = workerData as { file: string }
const connection = new SqliteConnection(file, { readonly: true, fileMustExist: true })
connection.pragma('busy_timeout = 5000')
connection.pragma('cache_size = -16384')
parentPort?.postMessage('open')
const prepared = new Map<string, SqliteConnection.Statement>()

parentPort?.on('message', ({ id, text, parameters }: { id: number; text: string; parameters: unknown[] }) => {
  try {
    const statement = prepared.get(text) ?? connection.prepare(text.replaceAll(/\$(\d)/g, '@p$1'))
    prepared.set(text, statement)
    const named = Object.fromEntries(parameters.map((value, i) => [`p${i + 1}`, value]))
    parentPort?.postMessage({ id, rows: statement.all(named) })
  } catch (error) {
    parentPort?.postMessage({ id, error: String((error as Error).message) })
  }
})
