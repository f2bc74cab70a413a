import { randomUUID } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { access, constants, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BadArgument, DSageError } from '../errors.ts'
import { printable } from '../printable.ts'
import type { LocalFiles } from '../saved-file.ts'
import { listedTexts } from './listed-texts.ts'

const refused = (what: string, file: string) => (error: NodeJS.ErrnoException) => {
  // Of the system, not of what was to be written.
  if (error instanceof DSageError || error.code === undefined) throw error
  throw new BadArgument(`Expected to ${what} ${printable(file)}, but the system says ${error.code}; give another file.`, error)
}

/** Written beside, brought to the disk and renamed: whoever is killed leaves the old file or the new one. */
async function replace(file: string, content: string | AsyncIterable<string | Uint8Array>): Promise<void> {
  const beside = `${file}.${randomUUID()}`
  try {
    const handle = await open(beside, 'wx', 0o600)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  const directory = await open(dirname(file), 'r')
  await directory.sync().finally(() => directory.close())
}

/** Asked first: what `openAsBlob` says of a file that is not there has no code. */
async function opened(file: string | URL): Promise<Blob> {
  await access(file, constants.R_OK)
  if (!(await stat(file)).isFile()) throw Object.assign(new Error('It is a directory.'), { code: 'EISDIR' })
  return openAsBlob(file)
}

/** Writes a file from what comes, as a whole or not at all, readable by its owner alone. @throws BadArgument naming it, and what the content throws */
export function replaceFile(file: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  return replace(file, content).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) throw error
    return refused('write', file)(error)
  })
}

export const localFiles: LocalFiles = {
  read: (file) => readFile(file, 'utf8').catch(refused('read', file)),
  open: (file) => opened(file).catch(refused('read', String(file))),
  write: (file, text) => replace(file, text).catch(refused('write', file)),
  writeList: (file, texts) => replace(file, listedTexts(file, texts)).catch(refused('write', file)),
}
