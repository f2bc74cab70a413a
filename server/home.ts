import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The token of the home directory, made when it is missing: until accounts exist, whoever can read this file is the owner. The directory
 * is the owner's alone (0700), the file too (0600).
 */
export function readHomeToken(home: string): string {
  mkdirSync(join(home, 'db'), { recursive: true, mode: 0o700 })
  const file = join(home, 'token')
  if (!existsSync(file)) {
    try {
      writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process made it a moment ago
    }
  }
  chmodSync(home, 0o700)
  return readFileSync(file, 'utf8').trim()
}
