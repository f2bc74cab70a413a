/** `files`: bytes that travel once with a job and are read by name where it runs. */
import type { Connection } from './connection.ts'
import { BadArgument } from './errors.ts'
import { printable } from './printable.ts'
import { type FileState, type JobFile, LIMITS } from './protocol.ts'
import type { LocalFiles } from './saved-file.ts'

/** Bytes, or in Node the path or `file:` URL of a file. */
export type FileSource = Uint8Array | Blob | string | URL

/** Names and what they hold. */
export type JobFiles = Readonly<Record<string, FileSource>>

export interface FilesOption {
  /**
   * Files that the job's code reads with `ctx.files.get(name)`: bytes, or in Node the path or `file:` URL of a file of this machine. They are sent once,
   * whatever the number of inputs, and again only when they changed; an upload that was interrupted goes on where it was. At most 100 of 256 MiB
   * together; their names have at most 200 characters. They are no secret to volunteers. @default none
   */
  readonly files?: JobFiles | undefined
}

/** A file as it was given, looked at as a whole. */
export interface OpenedFile {
  readonly name: string
  /** Hex. */
  readonly sha256: string
  readonly content: Blob
}

/**
 * Sends the files that the server has not; they are there when this resolves.
 * @throws BadArgument naming the file, Refused, NotConnected
 */
export async function sendFiles(connection: Connection, local: LocalFiles, files: JobFiles | undefined): Promise<{ files?: JobFile[] }> {
  const opened = await openFiles(local, files)
  const sent: JobFile[] = []
  for (const file of opened) sent.push(await sendFile(connection, file))
  return sent.length === 0 ? {} : { files: sent }
}

/** The files by name, sorted. @throws BadArgument naming what is no file, or what is too large */
export async function openFiles(local: LocalFiles, files: JobFiles | undefined): Promise<OpenedFile[]> {
  const found: Omit<OpenedFile, 'sha256'>[] = []
  for (const name of namesOf(files)) found.push({ name, content: await contentOf(name, files![name]!, local) })
  const bytes = found.reduce((sum, { content }) => sum + content.size, 0)
  if (bytes > LIMITS.fileBytes)
    throw new BadArgument(
      `Expected \`files\` of at most ${LIMITS.fileBytes} bytes together, got ${bytes}; leave out what the code does not read.`,
    )
  const opened: OpenedFile[] = []
  for (const { name, content } of found) opened.push({ name, content, sha256: await digestOf(name, content) })
  return opened
}

/** The names, sorted: the same files are the same job. @throws BadArgument */
function namesOf(files: JobFiles | undefined): readonly string[] {
  if (files === undefined) return []
  if (typeof files !== 'object' || files === null || Array.isArray(files) || files instanceof Map)
    throw new BadArgument('Expected `files` to be an object of names and files; write { name: bytes }.')
  const names = Object.keys(files).sort()
  if (names.length > LIMITS.filesPerJob)
    throw new BadArgument(`Expected at most ${LIMITS.filesPerJob} files, got ${names.length}; put several into one.`)
  for (const name of names)
    if (name === '' || name.length > LIMITS.nameCharacters || !name.isWellFormed())
      throw new BadArgument(
        `Expected names of files to have 1 to ${LIMITS.nameCharacters} characters, got ${JSON.stringify(name.slice(0, 60))}.`,
      )
  return names
}

async function contentOf(name: string, source: FileSource, local: LocalFiles): Promise<Blob> {
  if (source instanceof Blob) return source
  if (source instanceof Uint8Array) return new Blob([source.slice()])
  if (typeof source === 'string' || (source instanceof URL && source.protocol === 'file:')) return local.open(source)
  const got = source instanceof URL ? printable(source.href) : typeof source
  throw new BadArgument(`Expected file ${printable(name)} to be a Uint8Array, a Blob, or a path or file: URL, got ${got}; read it first.`)
}

async function sendFile(connection: Connection, { name, sha256, content }: OpenedFile): Promise<JobFile> {
  const bytes = content.size
  const path = `/api/v1/files/${sha256}`
  let state = await connection.fetch<FileState>(path, 'GET').catch((error: { readonly code?: unknown }) => {
    if (error.code === 'unknown-file') return undefined
    throw error
  })
  while (!state?.complete) {
    const offset: number = state?.received ?? 0
    const piece = await read(name, content.slice(offset, offset + LIMITS.filePieceBytes))
    state = await connection.fetch<FileState>(`${path}?bytes=${bytes}&offset=${offset}`, 'POST', piece)
  }
  return { name, sha256, bytes }
}

async function digestOf(name: string, content: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await read(name, content)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function read(name: string, content: Blob): Promise<ArrayBuffer> {
  try {
    return await content.arrayBuffer()
  } catch (error) {
    throw new BadArgument(`Expected to read file ${printable(name)}, it was changed or taken away meanwhile; start anew.`, error)
  }
}
