import { openAsBlob } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileFolder } from '../engine/files.ts'
import { privateFolder } from './identity.ts'

/** Pieces of files in a directory, read when they are used and not before. */
export function fileFolder(path: string): FileFolder {
  const folder = privateFolder(path)
  return {
    ...folder,
    // Asked first: what the other says of a file that is not there has no code.
    read: async (name) => ((await isThere(join(path, name))) ? openAsBlob(join(path, name)) : undefined),
  }
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
