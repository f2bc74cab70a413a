/** The home directory of a DSage of this machine: what it holds, and how it is made. */
import { chmod, mkdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { BadArgument } from '../errors.ts'
import { keyFile, makeKeyFiles, publicKeyFile } from '../key-files/key-files.ts'

export interface MadeHome {
  /** The home directory, absolute. */
  readonly home: string
  /** What was made now, absolute paths; empty when everything was there. */
  readonly made: readonly string[]
  /** What was there before, absolute paths. */
  readonly kept: readonly string[]
}
export interface HomeOptions {
  /** Home directory. @default DSAGE_HOME of the environment, else ~/.dsage */
  readonly home?: string
  /** Encrypts the private key when it has to be made. @default none */
  readonly passphrase?: string
}

/** Absolute path of the home: `given`, else DSAGE_HOME of the environment, else `~/.dsage`. */
export function homeDirectory(given?: string): string {
  const named = given || process.env.DSAGE_HOME
  return named ? resolve(named) : join(homedir(), '.dsage')
}

/**
 * Makes the home (0700) and the key pair `dsage_key`, `dsage_key.pub` (0600) where they are missing. What exists is never overwritten, nor are
 * its permissions changed. Two at the same time make one of each. @throws BadKey, BadArgument
 */
export async function makeHome({ home: given, passphrase }: HomeOptions = {}): Promise<MadeHome> {
  const home = homeDirectory(given)
  const made: string[] = []
  const kept: string[] = []
  for (const path of [home, join(home, 'db')]) ((await makeDirectory(path)) ? made : kept).push(path)
  const keys = await makeKeyFiles(home, passphrase)
  for (const path of [keyFile(home), publicKeyFile(home)]) {
    if (keys.includes(path)) made.push(path)
    else if (await isThere(path)) kept.push(path)
  }
  return { home, made, kept }
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** Whether it had to be made. */
async function makeDirectory(path: string): Promise<boolean> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new BadArgument(`Expected to make or find the directory ${path}, but the system says ${error.code}; give another home.`, error)
  })
  // The mode given to mkdir is cut by the umask, which may be stricter than 0700 but must not be.
  if (first !== undefined) await chmod(path, 0o700)
  return first !== undefined
}
