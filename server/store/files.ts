import { LIMITS } from '../../sdk/protocol.ts'
import type { Database, Tx } from './open.ts'
import type { FileStore, StoredFile } from './store.ts'

/** Pieces deleted in one transaction: SQLite walks all their pages. */
const PIECES = 4
/** Files looked at for whether a job has them, in one sweep. */
const LOOKED_AT = 1000

interface Row {
  readonly id: number
  readonly sha256: Uint8Array | null
  readonly size: number
  readonly received: number
  readonly isComplete: number
}

const bytesOf = (sha256: string) => Buffer.from(sha256, 'hex')
/** One that was taken back is not there any more. */
const fileOf = (row: Row | null): StoredFile | undefined =>
  row?.sha256
    ? {
        ...{ id: row.id, sha256: Buffer.from(row.sha256).toString('hex') },
        ...{ bytes: row.size, received: row.received, complete: row.isComplete === 1 },
      }
    : undefined

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

  async find(sha256: string, senderId?: number): Promise<StoredFile | undefined> {
    const whose = senderId === undefined ? { isComplete: 1 } : { OR: [{ isComplete: 1 }, { senderId }] }
    return fileOf(await this.#db.file.findFirst({ where: { sha256: bytesOf(sha256), ...whose }, orderBy: { isComplete: 'desc' } }))
  }

  async begin(sha256: string, bytes: number, senderId: number): Promise<StoredFile> {
    const key = { sha256: bytesOf(sha256), senderId }
    const create = { ...key, size: bytes, usedAt: BigInt(await this.#now()) }
    const begin = () => this.#db.file.upsert({ where: { sha256_senderId: key }, create, update: {} })
    // Two clients that begin at once both find it missing: the one that comes second finds it the second time.
    const row = await begin().catch((error: unknown) => (this.#isRetryable(error) ? begin() : Promise.reject(error)))
    return fileOf(row)!
  }

  async add(id: number, offset: number, bytes: Uint8Array): Promise<StoredFile | undefined> {
    const usedAt = BigInt(await this.#now())
    return this.#db.$transaction(async (tx) => {
      const where = { id, sha256: { not: null }, received: offset, isComplete: 0 }
      const { count } = await tx.file.updateMany({ where, data: { received: offset + bytes.length, usedAt } })
      if (count === 1) {
        const n = Math.floor(offset / LIMITS.filePieceBytes)
        await tx.filePiece.create({ data: { fileId: id, n, bytes: Buffer.from(bytes) } })
      }
      return fileOf(await tx.file.findUnique({ where: { id } }))
    })
  }

  async complete(id: number): Promise<void> {
    await this.#db.file.updateMany({ where: { id, sha256: { not: null } }, data: { isComplete: 1 } })
  }

  async discard(id: number): Promise<void> {
    const where = { id, isComplete: 0 }
    await this.#db.$transaction(async (tx) => {
      // What never came takes no room while what came is being deleted.
      if ((await tx.file.deleteMany({ where: { ...where, received: 0 } })).count > 0) return
      const row = await tx.file.findFirst({ where })
      if (row) await tx.file.updateMany({ where: { ...where, received: row.received }, data: { sha256: null, size: row.received } })
    })
  }

  async piece(id: number, n: number): Promise<Uint8Array | undefined> {
    return (await this.#db.filePiece.findUnique({ where: { fileId_n: { fileId: id, n } } }))?.bytes
  }

  async stored(senderId?: number): Promise<{ files: number; bytes: number }> {
    const where = senderId === undefined ? {} : { senderId }
    const { _count, _sum } = await this.#db.file.aggregate({ where, _count: true, _sum: { size: true } })
    return { files: _count, bytes: Number(_sum.size ?? 0) }
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
