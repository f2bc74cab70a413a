import type { FileState } from '../../sdk/protocol.ts'
import { LIMITS } from '../../sdk/protocol.ts'
import type { Database, Tx } from './open.ts'
import type { FileStore } from './store.ts'

/** Pieces deleted in one transaction: SQLite walks all their pages. */
const PIECES = 4
/** Files looked at for whether a job has them, in one sweep. */
const LOOKED_AT = 1000

interface Row {
  readonly id: number
  readonly size: number
  readonly received: number
  readonly isComplete: number
}

const keyOf = (sha256: string) => ({ sha256: Buffer.from(sha256, 'hex') })
const stateOf = (sha256: string, row: Row | null): FileState | undefined =>
  row === null ? undefined : { sha256, bytes: row.size, received: row.received, complete: row.isComplete === 1 }

/** Files in pieces, rows of both databases, so that every server of one database has every file. */
export class Files implements FileStore {
  readonly #db: Database
  readonly #now: () => Promise<number>
  readonly #isRetryable: (error: unknown) => boolean

  constructor(db: Database, now: () => Promise<number>, isRetryable: (error: unknown) => boolean) {
    this.#db = db
    this.#now = now
    this.#isRetryable = isRetryable
  }

  async state(sha256: string): Promise<FileState | undefined> {
    return stateOf(sha256, await this.#db.file.findUnique({ where: keyOf(sha256) }))
  }

  async begin(sha256: string, bytes: number): Promise<FileState> {
    const create = { ...keyOf(sha256), size: bytes, usedAt: BigInt(await this.#now()) }
    const begin = () => this.#db.file.upsert({ where: keyOf(sha256), create, update: {} })
    // Two clients that begin at once both find it missing: the one that comes second finds it the second time.
    const row = await begin().catch((error: unknown) => (this.#isRetryable(error) ? begin() : Promise.reject(error)))
    return stateOf(sha256, row)!
  }

  async add(sha256: string, offset: number, bytes: Uint8Array): Promise<FileState | undefined> {
    const usedAt = BigInt(await this.#now())
    return this.#db.$transaction(async (tx) => {
      const where = { ...keyOf(sha256), received: offset, isComplete: 0 }
      const { count } = await tx.file.updateMany({ where, data: { received: offset + bytes.length, usedAt } })
      const row = await tx.file.findUnique({ where: keyOf(sha256) })
      if (count === 1 && row) {
        const n = Math.floor(offset / LIMITS.filePieceBytes)
        await tx.filePiece.create({ data: { fileId: row.id, n, bytes: Buffer.from(bytes) } })
      }
      return stateOf(sha256, row)
    })
  }

  async complete(sha256: string): Promise<void> {
    await this.#db.file.updateMany({ where: keyOf(sha256), data: { isComplete: 1 } })
  }

  async discard(sha256: string): Promise<void> {
    await this.#db.file.updateMany({ where: { ...keyOf(sha256), isComplete: 0 }, data: { sha256: null } })
  }

  async piece(sha256: string, n: number): Promise<Uint8Array | undefined> {
    const file = await this.#db.file.findUnique({ where: keyOf(sha256), select: { id: true } })
    if (!file) return undefined
    return (await this.#db.filePiece.findUnique({ where: { fileId_n: { fileId: file.id, n } } }))?.bytes
  }

  async storedBytes(): Promise<number> {
    const { _sum } = await this.#db.file.aggregate({ _sum: { size: true } })
    return Number(_sum.size ?? 0)
  }

  async forgetUnused(unusedMs: number): Promise<number> {
    const usedAt = { lt: BigInt((await this.#now()) - unusedMs) }
    const where = { usedAt, sha256: { not: null } }
    const old = await this.#db.file.findMany({ where, orderBy: { usedAt: 'asc' }, take: LOOKED_AT, select: { id: true, sha256: true } })
    const digests = old.flatMap(({ sha256 }) => (sha256 ? [sha256] : []))
    const named = await this.#db.jobFile.findMany({ where: { sha256: { in: digests } }, select: { sha256: true } })
    const kept = new Set(named.map(({ sha256 }) => Buffer.from(sha256).toString('hex')))
    const unused = old.filter(({ sha256 }) => sha256 && !kept.has(Buffer.from(sha256).toString('hex')))
    // A job that names one of them meanwhile has noted it as used: then it is not among these any more.
    const ids = { in: unused.map(({ id }) => id) }
    return (await this.#db.file.updateMany({ where: { id: ids, usedAt }, data: { sha256: null, isComplete: 0 } })).count
  }

  async deletePieces(): Promise<boolean> {
    return this.#db.$transaction(async (tx) => {
      const file = await tx.file.findFirst({ where: { sha256: null }, select: { id: true } })
      return file !== null && deletePiecesOf(tx, file.id)
    })
  }
}

async function deletePiecesOf(tx: Tx, fileId: number): Promise<true> {
  const pieces = await tx.filePiece.findMany({ where: { fileId }, select: { n: true }, take: PIECES })
  if (pieces.length === 0) await tx.file.deleteMany({ where: { id: fileId } })
  else await tx.filePiece.deleteMany({ where: { fileId, n: { in: pieces.map(({ n }) => n) } } })
  return true
}
