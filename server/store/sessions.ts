import { randomBytes } from 'node:crypto'
import type { Database } from './open.ts'
import type { Session, UsedNonce } from './store.ts'

const SECRET_BYTES = 32
/** A nonce is remembered for so long after it is good: a login that began before may still be under way. Milliseconds. */
const REMEMBERED_MS = 600_000
/** Hashes of one statement; a database takes only so many parameters. */
const HASHES = 1000

/** Sessions of logins and what they need; a login every now and then, so by the model API. */
export class Sessions {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async secret(name: string): Promise<Uint8Array> {
    const create = { name, secret: randomBytes(SECRET_BYTES) }
    return (await this.#db.serverSecret.upsert({ where: { name }, create, update: {} })).secret
  }

  /** Each login takes away what has expired, so that no more is kept than was made within the longest time. */
  async open({ hash, expiresAt, ...rest }: Session, nonce: UsedNonce, now: number): Promise<boolean> {
    if (nonce.expiresAt <= now) return false
    return this.#db
      .$transaction(async (tx) => {
        await tx.usedNonce.deleteMany({ where: { expiresAt: { lte: BigInt(now - REMEMBERED_MS) } } })
        await tx.session.deleteMany({ where: { expiresAt: { lte: BigInt(now) } } })
        const used = { nonce: Buffer.from(nonce.nonce), expiresAt: BigInt(nonce.expiresAt) }
        await tx.usedNonce.create({ data: used })
        await tx.session.create({
          data: { ...rest, hash: Buffer.from(hash), createdAt: BigInt(now), expiresAt: BigInt(expiresAt) },
        })
        return true
      })
      .catch((error: unknown) => {
        if (isTaken(error)) return false
        throw error
      })
  }

  async find(hash: Uint8Array, now: number): Promise<Session | undefined> {
    const row = await this.#db.session.findUnique({ where: { hash: Buffer.from(hash) } })
    if (!row || row.expiresAt <= BigInt(now)) return undefined
    return { hash: row.hash, accountId: row.accountId, key: row.key, issuer: row.issuer, expiresAt: Number(row.expiresAt) }
  }

  async living(hashes: readonly string[], now: number): Promise<string[]> {
    const living: string[] = []
    for (let from = 0; from < hashes.length; from += HASHES) {
      const some = hashes.slice(from, from + HASHES).map((hash) => Buffer.from(hash, 'hex'))
      const where = { hash: { in: some }, expiresAt: { gt: BigInt(now) } }
      const rows = await this.#db.session.findMany({ where, select: { hash: true } })
      for (const { hash } of rows) living.push(Buffer.from(hash).toString('hex'))
    }
    return living
  }

  async end(issuer: string | undefined, kept: readonly string[]): Promise<void> {
    const opened = issuer === undefined ? {} : { issuer }
    const open = await this.#db.session.findMany({ where: opened, select: { key: true }, distinct: ['key'] })
    const staying = new Set(kept)
    const ended = open.map(({ key }) => key).filter((key) => !staying.has(key))
    for (let from = 0; from < ended.length; from += HASHES)
      await this.#db.session.deleteMany({ where: { ...opened, key: { in: ended.slice(from, from + HASHES) } } })
  }
}

const isTaken = (error: unknown): boolean => (error as { code?: string } | undefined)?.code === 'P2002'
