import type { JobBrief, JobFile, SandboxedFile } from '../../sdk/protocol.ts'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import { sha256 as digestOf } from './sha256.ts'

/** Pieces of files by name, where they outlive the process. */
export interface FileFolder {
  list(): Promise<readonly string[]>
  /** Undefined when there is none. */
  read(name: string): Promise<Blob | undefined>
  /** Afterwards the name holds these bytes or nothing; never a part. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  remove(name: string): Promise<void>
}

/** The bytes, or why the server will never give them; rejects when asking again may help. */
export type FetchRange = (sha256: string, from: number, to: number) => Promise<Uint8Array<ArrayBuffer> | { readonly refused: string }>

export interface FilesOptions {
  readonly folder: FileFolder
  readonly fetch: FetchRange
  readonly clock: Clock
  readonly log: Log
  /** A file came, or asking again may help now. */
  readonly onReady: () => void
  /** Units with this file cannot be computed here; `message` says why. */
  readonly onUnavailable: (sha256: string, message: string) => void
}

/** Files are asked for and kept in pieces of this size, the last one smaller, bytes. */
const PIECE_BYTES = 4 * 1024 * 1024
/** Kept at most: 1 GiB. Those used longest ago go first. */
const MOST_PIECES = 256
const RETRY_MS = 2000

/**
 * Files by their digest. One is asked for by ranges, piece by piece, so that what came before a loss or an end is not asked for again; none is
 * given to code whose SHA-256 is not its name, wherever it lay meanwhile.
 */
export class Files {
  readonly #options: FilesOptions
  readonly #whole = new Map<string, Blob>()
  readonly #arriving = new Set<string>()
  /** How many pieces of which file are kept, used longest ago first. */
  #kept: Promise<Map<string, number>> | undefined

  constructor(options: FilesOptions) {
    this.#options = options
  }

  /** The job's files when they are all at hand; otherwise they are being fetched, and `onReady` or `onUnavailable` follows. */
  of({ files = [] }: JobBrief): readonly SandboxedFile[] | undefined {
    const found: SandboxedFile[] = []
    for (const file of files) {
      const content = this.#whole.get(file.sha256)
      if (content) found.push({ name: file.name, sha256: file.sha256, content })
      else if (!this.#arriving.has(file.sha256)) void this.#fetch(file)
    }
    return found.length === files.length ? found : undefined
  }

  async #fetch(file: JobFile): Promise<void> {
    this.#arriving.add(file.sha256)
    try {
      const problem = await this.#obtain(file)
      this.#arriving.delete(file.sha256)
      if (problem === undefined) this.#options.onReady()
      else this.#options.onUnavailable(file.sha256, problem)
    } catch (error) {
      this.#options.log.warn(`A file of a job did not come, it is asked for again: ${(error as Error).message}`)
      this.#options.clock.after(RETRY_MS, () => {
        this.#arriving.delete(file.sha256)
        this.#options.onReady()
      })
    }
  }

  /** What keeps the file from being used; undefined when it is at hand. */
  async #obtain({ sha256, bytes }: JobFile): Promise<string | undefined> {
    const parts: Blob[] = []
    for (let from = 0; from < bytes; from += PIECE_BYTES) {
      const part = await this.#part(sha256, from, Math.min(bytes, from + PIECE_BYTES))
      if ('refused' in part) return part.refused
      parts.push(part)
    }
    const content = new Blob(parts)
    const came = await digestOf(new Uint8Array(await content.arrayBuffer()))
    await this.#note(sha256, parts.length)
    if (came === sha256) {
      this.#whole.set(sha256, content)
      return undefined
    }
    await this.#forget(sha256)
    return `Expected a file with SHA-256 ${sha256}, got one with ${came}.`
  }

  /** What is kept, unless it is of another size; else what the server has. */
  async #part(sha256: string, from: number, to: number): Promise<Blob | { readonly refused: string }> {
    const { folder, fetch, log } = this.#options
    const name = `${sha256}.${from / PIECE_BYTES}`
    const kept = await folder.read(name).catch(() => undefined)
    if (kept?.size === to - from) return kept
    const came = await fetch(sha256, from, to)
    if ('refused' in came) return came
    if (came.byteLength !== to - from) throw new Error(`Expected ${to - from} bytes, got ${came.byteLength}.`)
    try {
      await folder.write(name, came)
      const written = await folder.read(name)
      if (written) return written
    } catch (error) {
      log.warn(`A file of a job could not be kept here, it stays in memory: ${(error as Error).message}`)
    }
    return new Blob([came])
  }

  /** It was used just now; room is made for it. */
  async #note(sha256: string, pieces: number): Promise<void> {
    const kept = await (this.#kept ??= this.#list())
    kept.delete(sha256)
    kept.set(sha256, pieces)
    let sum = [...kept.values()].reduce((all, count) => all + count, 0)
    for (const [oldest, count] of kept) {
      if (sum <= MOST_PIECES || oldest === sha256) return
      sum -= count
      await this.#forget(oldest)
    }
  }

  async #list(): Promise<Map<string, number>> {
    const kept = new Map<string, number>()
    for (const name of await this.#options.folder.list().catch(() => [])) {
      const [sha256] = name.split('.')
      kept.set(sha256!, (kept.get(sha256!) ?? 0) + 1)
    }
    return kept
  }

  async #forget(sha256: string): Promise<void> {
    this.#whole.delete(sha256)
    const kept = await this.#kept
    const pieces = kept?.get(sha256) ?? 0
    kept?.delete(sha256)
    for (let n = 0; n < pieces; n++) await this.#options.folder.remove(`${sha256}.${n}`).catch(() => {})
  }
}
