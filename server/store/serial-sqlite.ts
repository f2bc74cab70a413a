import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { Database } from 'better-sqlite3'
import { keepStatements } from './kept-statements.ts'

type Adapter = Awaited<ReturnType<PrismaBetterSqlite3['connect']>>
type Transaction = Awaited<ReturnType<Adapter['startTransaction']>>

/** First come, first served: each waiter is chained on the one before it. Waiters that wake together would lose writes. */
class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Resolves when it is the caller's turn, with what ends that turn. */
  async take(): Promise<() => void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    return resolve
  }

  /** `run`, in its own turn. */
  alone<Argument, Answer>(run: (argument: Argument) => Promise<Answer>): (argument: Argument) => Promise<Answer> {
    return async (argument) => {
      const done = await this.take()
      try {
        return await run(argument)
      } finally {
        done()
      }
    }
  }
}

/**
 * One connection with one owner at a time. The adapter as published guards only BEGIN: a statement issued while a transaction is
 * open runs inside it, reads its uncommitted rows and, although acknowledged, vanishes when that transaction rolls back.
 */
export class SerialSqlite extends PrismaBetterSqlite3 {
  readonly #pragmas: readonly string[]

  /** `pragmas` are `name = value`, set on the connection before anything else. */
  constructor(config: ConstructorParameters<typeof PrismaBetterSqlite3>[0], pragmas: readonly string[]) {
    super(config)
    this.#pragmas = pragmas
  }

  override async connect(): Promise<Adapter> {
    const adapter = await super.connect()
    keepStatements((adapter as unknown as { readonly client: Database }).client)
    const script = adapter.executeScript.bind(adapter)
    const start = adapter.startTransaction.bind(adapter)
    for (const pragma of this.#pragmas) await script(`PRAGMA ${pragma}`)
    const turns = new Turns()
    adapter.queryRaw = turns.alone(adapter.queryRaw.bind(adapter))
    adapter.executeRaw = turns.alone(adapter.executeRaw.bind(adapter))
    adapter.executeScript = turns.alone(script)
    adapter.startTransaction = async (level) => {
      const done = await turns.take()
      try {
        return endingTurn(await startWriting(await start(level), script), script, done)
      } catch (error) {
        done()
        throw error
      }
    }
    return adapter
  }
}

/** BEGIN alone would take the write lock at the first write and could fail there, beyond any waiting, had another program written. */
async function startWriting(transaction: Transaction, script: Adapter['executeScript']): Promise<Transaction> {
  try {
    await script('COMMIT')
    await script('BEGIN IMMEDIATE')
    return transaction
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

/** The engine sends COMMIT or ROLLBACK itself and then calls these; a COMMIT that failed would leave the transaction open. */
function endingTurn(transaction: Transaction, script: Adapter['executeScript'], done: () => void): Transaction {
  const commit = transaction.commit.bind(transaction)
  const rollback = transaction.rollback.bind(transaction)
  transaction.commit = () => commit().finally(done)
  transaction.rollback = async () => {
    try {
      await script('ROLLBACK')
    } catch {
      // The usual case: the engine's own ROLLBACK has ended it.
    }
    await rollback().finally(done)
  }
  return transaction
}
