import { createHash } from 'node:crypto'
import { type FileState, LIMITS } from '../sdk/protocol.ts'
import { PlatformError } from './errors.ts'
import type { FileStore } from './store/store.ts'

/** What all files together may take, bytes. */
const MOST_BYTES = 8 * 1024 * 1024 * 1024
const PIECE = LIMITS.filePieceBytes

export interface FilesOptions {
  readonly store: FileStore
  /** Share of the disk that is free, 0 to 1, as last measured. */
  readonly freeDisk: () => number
  /** @default 8 GiB */
  readonly mostBytes?: number | undefined
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

  /** @throws PlatformError `unknown-file` */
  async state(sha256: string): Promise<FileState> {
    const state = await this.#store.state(sha256)
    if (!state) throw unknownFile(sha256)
    return state
  }

  /** A file that jobs may name. @throws PlatformError `unknown-file` for one that is not there as a whole */
  async whole(sha256: string): Promise<FileState> {
    const state = await this.state(sha256)
    if (!state.complete) throw unknownFile(sha256)
    return state
  }

  /**
   * Takes the piece at `offset` of a file of so many bytes and answers with what is there: a piece that does not begin where the last one ended is
   * not taken, so whoever sends goes on at `received`. The last one, or an empty one behind it, has the digest checked.
   * @throws PlatformError `message-too-large`, `bad-message`, `storage-full`, `file-mismatch`
   */
  async take(sha256: string, bytes: number, offset: number, piece: Uint8Array): Promise<FileState> {
    const expected = Math.min(PIECE, bytes - offset)
    if (offset % PIECE !== 0 && offset !== bytes) throw wrongPiece(`an offset that is a multiple of ${PIECE}`, `${offset}`)
    if (offset > bytes || piece.length !== expected) throw wrongPiece(`${Math.max(0, expected)} bytes at ${offset}`, `${piece.length}`)
    const begun = await this.#begin(sha256, bytes)
    if (begun.complete) return begun
    const state = piece.length === 0 ? begun : await this.#store.add(sha256, offset, piece)
    if (!state) throw unknownFile(sha256)
    return state.received === state.bytes ? this.#check(state) : state
  }

  /** The bytes of a part of a file that is there as a whole, piece by piece. @throws PlatformError `unknown-file` when it was deleted meanwhile */
  async *read(sha256: string, { from, to }: Span): AsyncGenerator<Uint8Array, void, void> {
    for (let n = Math.floor(from / PIECE); n * PIECE < to; n++) {
      const piece = await this.#store.piece(sha256, n)
      if (!piece) throw unknownFile(sha256)
      yield piece.subarray(Math.max(0, from - n * PIECE), to - n * PIECE)
    }
  }

  async #begin(sha256: string, bytes: number): Promise<FileState> {
    const known = await this.#store.state(sha256)
    if (known?.bytes === bytes) return known
    if (known?.complete) throw wrongPiece(`a file of ${known.bytes} bytes`, `one of ${bytes}`)
    if (known) await this.#store.discard(sha256)
    await this.#expectRoom(bytes)
    return this.#store.begin(sha256, bytes)
  }

  async #expectRoom(bytes: number): Promise<void> {
    if (this.#freeDisk() < 0.05)
      throw new PlatformError('storage-full', 'Expected at least 5 % of the disk to be free: free some space, then send it again.', 30_000)
    if ((await this.#store.storedBytes()) + bytes <= this.#mostBytes) return
    const message = `Expected all files together to have at most ${this.#mostBytes} bytes, with this one they have more: files that no job has go after a day.`
    throw new PlatformError('storage-full', message)
  }

  /** What comes from a client has its digest only when it has been counted here. */
  async #check(state: FileState): Promise<FileState> {
    const { sha256, bytes } = state
    const hash = createHash('sha256')
    for await (const piece of this.read(sha256, { from: 0, to: bytes })) hash.update(piece)
    const digest = hash.digest('hex')
    if (digest === sha256) {
      await this.#store.complete(sha256)
      return { ...state, complete: true }
    }
    await this.#store.discard(sha256)
    throw new PlatformError('file-mismatch', `Expected a file with SHA-256 ${sha256}, got ${digest}: send it again, all of it.`)
  }
}

const wrongPiece = (expected: string, got: string): PlatformError =>
  new PlatformError('bad-message', `Expected ${expected}, got ${got}: send pieces of ${PIECE} bytes, the last one shorter, in their order.`)

const unknownFile = (sha256: string): PlatformError =>
  new PlatformError('unknown-file', `Expected the SHA-256 of a file that was sent here, got ${sha256}.`)
