import pg from 'pg'
import type { ReadConnection } from './reads.ts'

/** A small pool whose sessions can only read. */
export class PostgresqlReadConnection implements ReadConnection {
  readonly #pool: pg.Pool

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 2, options: '-c default_transaction_read_only=on' })
    this.#pool.on('error', () => {}) // an idle connection was lost; the next query opens another
  }

  async query(text: string, parameters: readonly (string | number | Uint8Array)[]): ReturnType<ReadConnection['query']> {
    return (await this.#pool.query(text, [...parameters])).rows
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}
