import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartFailed } from '../errors.ts'
import { fingerprintOf, publicKeyOf } from '../identity/public-key.ts'
import { loginName, publicKeyFile } from '../key-files/key-files.ts'
import { type HomeOptions, isThere, type MadeHome, makeHome } from './home.ts'
import { LocalProcess, packageScript } from './processes.ts'

export interface SetupOptions extends HomeOptions {
  /** `postgresql://…`, where the account is made. @default SQLite in the home directory */
  readonly databaseUrl?: string
}
export interface SetupReport extends MadeHome {
  /** Name of your account: that of your login. */
  readonly account: string
  /** Fingerprint of the key that logs in to it, `SHA256:…`, as `ssh-keygen -l` shows it. */
  readonly key: string
}

/**
 * Makes what is missing: the home (0700), its key pair (0600), the database and in it the account that is named after your login name. It may
 * run any number of times and beside a server; what exists stays as it is. @throws BadKey, BadArgument, StartFailed
 */
export async function setup({ databaseUrl, ...options }: SetupOptions = {}): Promise<SetupReport> {
  const { home, made, kept } = await makeHome(options)
  const files = [join(home, 'token'), ...(databaseUrl === undefined ? [join(home, 'db', 'dsage.db')] : [])]
  const before = await Promise.all(files.map(isThere))
  // A database in the home was made by a server, and with it the account.
  const hasAccount = databaseUrl === undefined && before.every(Boolean)
  const account = hasAccount ? loginName() : await makeAccount(home, databaseUrl)
  const after = await Promise.all(files.map(isThere))
  const key = publicKeyOf(await readFile(publicKeyFile(home), 'utf8'))
  return {
    ...{ home, account, key: key ? await fingerprintOf(key.blob) : 'unknown' },
    made: [...made, ...files.filter((_path, i) => after[i] && !before[i])],
    kept: [...kept, ...files.filter((_path, i) => before[i])],
  }
}

/** The server makes it, and ends. */
async function makeAccount(home: string, databaseUrl: string | undefined): Promise<string> {
  const environment = { DSAGE_HOME: home, DSAGE_SETUP_ONLY: '1', ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) }
  try {
    const child = await LocalProcess.start({ name: 'server', script: packageScript('server/main'), environment })
    await child.exited
    return String(child.ready.account)
  } catch (error) {
    // A server, or another setup, has the database: it made the account.
    if (error instanceof StartFailed && error.message.includes('the only server of the database')) return loginName()
    throw error
  }
}
