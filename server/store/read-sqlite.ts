import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ReadConnection } from './reads.ts'
import { StorageError } from './storage-error.ts'

type Rows = Awaited<ReturnType<ReadConnection['query']>>
interface Waiting {
  readonly resolve: (rows: Rows) => void
  readonly reject: (error: Error) => void
}

/** A read-only connection to the database file in a thread of its own, so that reads never hold up the engine. */
export class SqliteReadConnection implements ReadConnection {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #opened = Promise.withResolvers<void>()
  #last = 0
  #ended: StorageError | undefined

  constructor(file: string) {
    this.#worker = new Worker(new URL(`./read-sqlite-worker${extname(import.meta.url)}`, import.meta.url), { workerData: { file } })
    this.#worker.on('message', (message: 'open' | { id: number; rows: Rows; error?: string }) => {
      if (message === 'open') return this.#opened.resolve()
      const { id, rows, error } = message
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(rows)
      else waiting?.reject(new StorageError(`A read failed: ${error}.`))
    })
    this.#worker.on('error', (error) => this.#end(`The reading thread ended: ${error.message}.`))
    this.#worker.on('exit', () => this.#end('The reading thread has ended.'))
    this.#worker.unref()
  }

  query(text: string, parameters: readonly (string | number | Uint8Array)[]): Promise<Rows> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#last += 1
      this.#waiting.set(this.#last, { resolve, reject })
      this.#worker.postMessage({ id: this.#last, text, parameters })
    })
  }

  async close(): Promise<void> {
    // A thread that is ended while it loads the database's native code takes the process with it.
    this.#worker.ref()
    await this.#opened.promise
    await this.#worker.terminate()
  }

  #end(reason: string): void {
    this.#ended ??= new StorageError(reason)
    this.#opened.resolve()
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended)
    this.#waiting.clear()
  }
}
