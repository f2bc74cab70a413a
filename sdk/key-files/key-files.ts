/** `dsage_key` and `dsage_key.pub` of a home directory. What exists is never overwritten. */
import { randomUUID } from 'node:crypto'
import { chmod, link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname, platform, userInfo } from 'node:os'
import { join } from 'node:path'
import { BadKey } from '../errors.ts'
import { type AskPassphrase, decryptedKey, makeKeyTexts, publicKeyText } from './key-text.ts'

export const keyFile = (home: string): string => join(home, 'dsage_key')
export const publicKeyFile = (home: string): string => `${keyFile(home)}.pub`

/** The name of whoever runs this process. */
export function loginName(): string {
  try {
    return userInfo().username || 'owner'
  } catch {
    return 'owner' // an id without a name, as in containers
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * Makes what is missing: both files, or the public one of a key that is there. A public key without its private one is left alone: its owner
 * keeps that elsewhere. Several at once make one pair.
 * @returns the files that had to be made @throws BadKey
 */
export async function makeKeyFiles(home: string, passphrase?: string): Promise<string[]> {
  const made: string[] = []
  const file = keyFile(home)
  const comment = `${loginName()}@${hostname()}`
  if (!(await isThere(file))) {
    if (await isThere(publicKeyFile(home))) return made
    const { privateKey } = await makeKeyTexts(comment, passphrase)
    if (await place(file, privateKey)) made.push(file)
  }
  if (await isThere(publicKeyFile(home))) return made
  const text = publicKeyText(await readText(file), comment, file)
  if (await place(publicKeyFile(home), text)) made.push(publicKeyFile(home))
  return made
}

/**
 * The private key at `path` as a text without a passphrase, as `connect` takes it.
 * @throws BadKey when it is missing, open to others, damaged, of another type, or its passphrase is missing or wrong
 */
export async function readKey(path: string, passphrase?: string | AskPassphrase): Promise<string> {
  const found = await stat(path).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT')
      throw new BadKey(`Expected to read the key ${path}, but the system says ${codeOf(error)}; mend that.`, error)
    const half = (await isThere(`${path}.pub`)) ? ' beside its public half; bring it here, or move that away and' : ';'
    throw new BadKey(`Expected a key in ${path}, found no such file${half} run \`dsage setup\` or setup().`)
  })
  const mode = found.mode & 0o777
  if (platform() !== 'win32' && (mode & 0o077) !== 0)
    throw new BadKey(`Expected ${path} to be readable by you alone (0600), it is 0${mode.toString(8)}; chmod it to 600.`)
  return decryptedKey(await readText(path), path, passphrase)
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new BadKey(`Expected to read the key ${path}, but the system says ${codeOf(error)}; mend that.`, error)
  })
}

/** Whether it was not there. Written beside and linked: nobody ever reads half of it, and one that exists stays. */
export async function place(path: string, text: string): Promise<boolean> {
  const beside = `${path}.${randomUUID()}`
  await writeFile(beside, text, { mode: 0o600, flag: 'wx' })
  try {
    await chmod(beside, 0o600)
    await link(beside, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await unlink(beside)
  }
}
