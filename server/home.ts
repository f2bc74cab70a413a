import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { publicKeyOf } from '../sdk/identity/public-key.ts'
import { makeKeyFiles, place, publicKeyFile } from '../sdk/key-files/key-files.ts'
import { ConfigError } from './config.ts'

/**
 * The token of the home directory, made when it is missing: until accounts exist, whoever can read this file is the owner. The directory
 * is the owner's alone (0700), the file too (0600). Several servers that start at once get the same.
 * @throws ConfigError one sentence
 */
export async function readHomeToken(home: string): Promise<string> {
  const file = join(home, 'token')
  let token: string
  try {
    makeFolder(join(home, 'db'))
    if (!existsSync(file)) await place(file, `${randomBytes(32).toString('base64url')}\n`)
    chmodSync(home, 0o700)
    token = readFileSync(file, 'utf8').trim()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new ConfigError(`Expected to create and read the home directory ${home}, but the system says ${why}: correct DSAGE_HOME.`)
  }
  if (token === '') throw new ConfigError(`Expected a token in ${file}, but the file is empty: delete it, a new one is made.`)
  return token
}

/**
 * The line of `dsage_key.pub`, the operator's key, made with its private half when it is missing.
 * @throws ConfigError one sentence
 */
export async function readHomeKey(home: string): Promise<string> {
  const file = publicKeyFile(home)
  let line: string
  try {
    await makeKeyFiles(home)
    line = readFileSync(file, 'utf8').trim()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    throw new ConfigError(`Expected to make or read the key ${file}: ${why}`)
  }
  if (!publicKeyOf(line))
    throw new ConfigError(
      `Expected \`ssh-ed25519 AAAA…\` in ${file}, got something else: move it away, and it is made anew from dsage_key.`,
    )
  return line
}

/** With its missing parents; one by one, because `recursive` tries for ever where the system says ENOENT of a parent that exists. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
