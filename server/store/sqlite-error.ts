import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { driverWords, StorageError } from './storage-error.ts'

const SENTENCES: readonly (readonly [codes: RegExp, sentence: (file: string, words: string) => string])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    (file) => `Expected to write the database ${file}, but another program holds its lock: end that program, or name another file.`,
  ],
  [
    /^(SQLITE_(READONLY|PERM|AUTH)|EACCES|EPERM|EROFS)/,
    (file) => `Expected the database ${file} and its directory to be writable, and they are not: grant write access, or name another file.`,
  ],
  [
    /^(SQLITE_FULL|ENOSPC)/,
    (file) => `Expected room on the disk of the database ${file}, but it is full: free some space; nothing acknowledged is lost.`,
  ],
  [/^SQLITE_NOTADB/, (file) => `Expected a SQLite database in ${file}, found another kind of file: move it away, or name another file.`],
  [/^SQLITE_CORRUPT/, (file) => `Expected a sound database in ${file}, but SQLite finds it damaged: restore it from a backup.`],
  [/^SQLITE_IOERR/, (file, words) => `Expected the disk of the database ${file} to answer, but it failed (${words}): check the disk.`],
  [
    /^SQLITE_CANTOPEN/,
    (file) => `Expected ${file} to be a file that this user may create and write: grant access to its directory, or name another file.`,
  ],
]

/** Says in one sentence why the database in `file` failed. */
export function sqliteError(error: unknown, file: string): StorageError {
  if (error instanceof StorageError) return error
  const { code, message } = driverWords(error)
  if (!existsSync(dirname(file))) {
    const directory = dirname(file)
    return new StorageError(`Expected the directory ${directory} for the database, but it does not exist: create it, or name another file.`)
  }
  const sentence = SENTENCES.find(([codes]) => codes.test(code ?? ''))?.[1]
  return new StorageError(sentence?.(file, message) ?? `Expected the database ${file} to work, but it says: ${message}`, { cause: error })
}
