import { createHash } from 'node:crypto'
import { type FileState, LIMITS } from '../sdk/protocol.ts'
import { PlatformError } from './errors.ts'
import type { FileStore, StoredFile } from './store/store.ts'

/** What all files together may take, bytes. */
const MOST_BYTES = 8 * 1024 * 1024 * 1024
/** Part of it that one account may fill, unless it is the operator's. */
const SHARE = 1 / 4
/** What a file takes beside its bytes, so that many small ones count too. */
const ROW_BYTES = 16 * 1024
const PIECE = LIMITS.filePieceBytes

export interface FilesOptions {
  readonly store: FileStore
  /** Share of the disk that is free, 0 to 1, as last measured. */
  readonly freeDisk: () => number
  /** @default 8 GiB */
  readonly mostBytes?: number | undefined
}

/** Who sends a file. */
export interface Sender {
  readonly accountId: number
  /** Whether all the room there is may be theirs: the operator's is. */
  readonly isOperator: boolean
}

/** A part of a file, its end not in it. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Files on their way to the server and from there to devices. */
export class Files {
  readonly #store: FileStore
  readonly #freeDisk: () => number
  readonly #mostBytes: number

  constructor({ store, freeDisk, mostBytes = MOST_BYTES }: FilesOptions) {
    this.#store = store
    this.#freeDisk = freeDisk
    this.#mostBytes = mostBytes
  }

  /** The file, or what this account has sent of it. @throws PlatformError `unknown-file` */
  async state(sha256: string, accountId: number): Promise<FileState> {
    const found = await this.#store.find(sha256, accountId)
    if (!found) throw unknownFile(sha256)
    return stateOf(found)
  }

  /** A file that is there as a whole. @throws PlatformError `unknown-file` */
  async whole(sha256: string): Promise<StoredFile> {
    const found = await this.#store.find(sha256)
    if (!found) throw unknownFile(sha256)
    return found
  }

  /**
   * Takes the piece at `offset` of a file of so many bytes and answers with what is there: a piece that does not begin where the last one ended is
   * not taken, so whoever sends goes on at `received`. The last one, or an empty one behind it, has the digest checked.
   * @throws PlatformError `message-too-large`, `bad-message`, `storage-full`, `file-mismatch`
   */
  async take(sender: Sender, sha256: string, bytes: number, offset: number, piece: Uint8Array): Promise<FileState> {
    const expected = Math.min(PIECE, bytes - offset)
    if (offset % PIECE !== 0 && offset !== bytes) throw wrongPiece(`an offset that is a multiple of ${PIECE}`, `${offset}`)
    if (offset > bytes || piece.length !== expected) throw wrongPiece(`${Math.max(0, expected)} bytes at ${offset}`, `${piece.length}`)
    const begun = await this.#begin(sender, sha256, bytes)
    if (begun.complete) return stateOf(begun)
    if (piece.length > 0) this.#expectDisk()
    const file = piece.length === 0 ? begun : await this.#store.add(begun.id, offset, piece)
    if (!file) throw unknownFile(sha256)
    return stateOf(file.received === file.bytes ? await this.#check(file) : file)
  }

  /** The bytes of a part of a file, piece by piece. @throws PlatformError `unknown-file` when it was deleted meanwhile */
  async *read({ id, sha256 }: StoredFile, { from, to }: Span): AsyncGenerator<Uint8Array, void, void> {
    for (let n = Math.floor(from / PIECE); n * PIECE < to; n++) {
      const piece = await this.#store.piece(id, n)
      if (!piece) throw unknownFile(sha256)
      yield piece.subarray(Math.max(0, from - n * PIECE), to - n * PIECE)
    }
  }

  async #begin(sender: Sender, sha256: string, bytes: number): Promise<StoredFile> {
    const known = await this.#store.find(sha256, sender.accountId)
    if (known?.bytes === bytes) return known
    if (known?.complete) throw wrongPiece(`a file of ${known.bytes} bytes`, `one of ${bytes}`)
    if (known) await this.#store.discard(known.id)
    this.#expectDisk()
    const begun = await this.#store.begin(sha256, bytes, sender.accountId)
    if (begun.bytes !== bytes) throw wrongPiece(`a file of ${begun.bytes} bytes`, `one of ${bytes}`)
    const full = await this.#whyFull(sender)
    if (!full) return begun
    await this.#store.discard(begun.id)
    throw full
  }

  #expectDisk(): void {
    if (this.#freeDisk() < 0.05)
      throw new PlatformError('storage-full', 'Expected at least 5 % of the disk to be free: free some space, then send it again.', 30_000)
  }

  /** Asked when the file stands among the others: of many that are begun at once none is overlooked. */
  async #whyFull({ accountId, isOperator }: Sender): Promise<PlatformError | undefined> {
    const room = ({ files, bytes }: { readonly files: number; readonly bytes: number }) => files * ROW_BYTES + bytes
    const message = (whose: string, most: number) =>
      `Expected ${whose} together to take at most ${most} bytes, with this one they take more: files that no job has go after a day.`
    if (room(await this.#store.stored()) > this.#mostBytes) return new PlatformError('storage-full', message('all files', this.#mostBytes))
    const share = Math.floor(this.#mostBytes * SHARE)
    if (isOperator || room(await this.#store.stored(accountId)) <= share) return undefined
    return new PlatformError('storage-full', message('all files of your account', share))
  }

  /** What comes from a client has its digest only when it has been counted here. */
  async #check(file: StoredFile): Promise<StoredFile> {
    const { id, sha256, bytes } = file
    const hash = createHash('sha256')
    for await (const piece of this.read(file, { from: 0, to: bytes })) hash.update(piece)
    const digest = hash.digest('hex')
    if (digest === sha256) {
      await this.#store.complete(id)
      return { ...file, complete: true }
    }
    await this.#store.discard(id)
    throw new PlatformError('file-mismatch', `Expected a file with SHA-256 ${sha256}, got ${digest}: send it again, all of it.`)
  }
}

const stateOf = ({ sha256, bytes, received, complete }: StoredFile): FileState => ({ sha256, bytes, received, complete })

const wrongPiece = (expected: string, got: string): PlatformError =>
  new PlatformError('bad-message', `Expected ${expected}, got ${got}: send pieces of ${PIECE} bytes, the last one shorter, in their order.`)

const unknownFile = (sha256: string): PlatformError =>
  new PlatformError('unknown-file', `Expected the SHA-256 of a file that was sent here, got ${sha256}.`)
