import type { Database } from './open.ts'

/** SQL text with the dialect's own placeholders. */
export type Statement = string
export type Scalar = string | number | bigint | null
type Raw = Pick<Database, '$queryRawUnsafe' | '$executeRawUnsafe'>

/** Raw statements of one transaction: JSON in, JSON out. */
export class Sql {
  readonly #raw: Raw

  constructor(raw: Raw) {
    this.#raw = raw
  }

  /** The JSON text in column `j` of the only row. */
  async json<Value>(statement: Statement, ...parameters: Scalar[]): Promise<Value> {
    const rows = await this.#raw.$queryRawUnsafe<{ j: string | null }[]>(statement, ...parameters)
    return JSON.parse(rows[0]?.j ?? 'null') as Value
  }

  rows<Row>(statement: Statement, ...parameters: Scalar[]): Promise<Row[]> {
    return this.#raw.$queryRawUnsafe<Row[]>(statement, ...parameters)
  }

  /** The number of rows changed. */
  run(statement: Statement, ...parameters: Scalar[]): Promise<number> {
    return this.#raw.$executeRawUnsafe(statement, ...parameters)
  }
}
