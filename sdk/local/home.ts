/** The home directory of a DSage of this machine: what it holds, and how it is made. */
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { homedir, platform } from 'node:os'
import { join, resolve } from 'node:path'
import { BadArgument } from '../errors.ts'

export interface SetupReport {
  /** The home directory, absolute. */
  readonly home: string
  /** What was made now, absolute paths; empty when everything was there. */
  readonly made: readonly string[]
  /** What was there before, absolute paths. */
  readonly kept: readonly string[]
}

/** Absolute path of the home: `given` (the caller's DSAGE_HOME), else `~/.dsage`. */
export function homeDirectory(given?: string): string {
  return given === undefined || given === '' ? join(homedir(), '.dsage') : resolve(given)
}

/** Where the token is. */
const tokenFile = (home: string): string => join(home, 'token')

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST'

/**
 * Makes the home (0700) and its token (0600) where they are missing. What exists is never overwritten, nor are its permissions changed.
 * Two at the same time make one token.
 */
export async function setup({ home: given }: { readonly home?: string } = {}): Promise<SetupReport> {
  const home = homeDirectory(given)
  const made: string[] = []
  const kept: string[] = []
  for (const [path, make] of [
    [home, makeDirectory],
    [join(home, 'db'), makeDirectory],
    [tokenFile(home), makeToken],
  ] as const)
    ((await make(path)) ? made : kept).push(path)
  return { home, made, kept }
}

/**
 * The token of a home.
 * @throws BadArgument when there is none, when others may read it, or when it is empty
 */
export async function readToken(home: string): Promise<string> {
  const path = tokenFile(home)
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) throw new BadArgument(`Expected a token in ${path}, found no such file; run setup() or give \`token\`.`)
    throw error
  })
  const mode = found.mode & 0o777
  if (platform() !== 'win32' && (mode & 0o077) !== 0)
    throw new BadArgument(`Expected ${path} to be readable by you alone (0600), it is 0${mode.toString(8)}; chmod it to 600.`)
  const token = (await readFile(path, 'utf8')).trim()
  if (token === '') throw new BadArgument(`Expected a token in ${path}, the file is empty; delete it and run setup().`)
  return token
}

/** Whether it had to be made. */
async function makeDirectory(path: string): Promise<boolean> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new BadArgument(`Expected to make or find the directory ${path}, but the system says ${error.code}; give another home.`, error)
  })
  // The mode given to mkdir is cut by the umask, which may be stricter than 0700 but must not be.
  if (first !== undefined) await chmod(path, 0o700)
  return first !== undefined
}

/** Whether it had to be made. Written beside and linked: nobody ever reads half a token, and an existing one stays. */
async function makeToken(path: string): Promise<boolean> {
  if (
    await stat(path).then(
      () => true,
      () => false,
    )
  )
    return false
  const beside = `${path}.${randomUUID()}`
  await writeFile(beside, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await chmod(beside, 0o600)
    await link(beside, path)
    return true
  } catch (error) {
    if (isThere(error)) return false
    throw error
  } finally {
    await unlink(beside)
  }
}
