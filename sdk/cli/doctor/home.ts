import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { platform } from 'node:os'
import { join } from 'node:path'
import type { Check, Finding } from './finding.ts'

/** What in a home is its owner's alone, where it is there. */
const SECRETS: readonly string[] = ['token', 'dsage_key', 'cacert.pem']

export const checkHome: Check = async ({ home }) => {
  const found = await stat(home).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error) {
    if (found.code === 'ENOENT')
      return { state: 'note', says: `There is no home ${home} yet.`, mend: 'dsage setup makes it, and so does dsage start.' }
    return {
      state: 'broken',
      says: `The home ${home} cannot be looked at: ${found.code}.`,
      mend: 'Give another one with --home or DSAGE_HOME.',
    }
  }
  if (!found.isDirectory()) return { state: 'broken', says: `${home} is not a directory.`, mend: 'Move it away, then run dsage setup.' }
  try {
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return { state: 'broken', says: `You may not write in the home ${home}.`, mend: `chown -R "$USER" '${home}' gives it to you.` }
  }
  return (await openToOthers(home)) ?? { state: 'ok', says: `${home} and its keys are yours alone.` }
}

async function openToOthers(home: string): Promise<Finding | undefined> {
  if (platform() === 'win32') return undefined
  for (const [path, mode] of [[home, 0o700], ...SECRETS.map((name) => [join(home, name), 0o600] as const)] as const) {
    const found = await stat(path).catch(() => undefined)
    if (found === undefined || (found.mode & 0o077) === 0) continue
    const [is, should] = [(found.mode & 0o777).toString(8), mode.toString(8)]
    return {
      state: 'broken',
      says: `Others may look at ${path}: its mode is ${is}, expected ${should}.`,
      mend: `chmod ${should} '${path}'`,
    }
  }
  const key = await stat(join(home, 'dsage_key')).catch(() => undefined)
  if (key !== undefined) return undefined
  return { state: 'note', says: `There is no key in ${home} yet.`, mend: 'dsage setup makes it.' }
}
