/** What a researcher imports in Node: everything of the browser's entry, and servers and workers of this machine. */
import { type ConnectOptions, connect as connectWithKey, type DSage } from './dsage.ts'
import { keyFile, readKey } from './key-files/key-files.ts'
import { type AskPassphrase, decryptedKey } from './key-files/key-text.ts'
import { homeDirectory } from './local/home.ts'
import { thisMachine } from './local/machine.ts'

export * from './browser.ts'
export { bundleModule } from './local/bundle-module.ts'
export { homeDirectory } from './local/home.ts'
export { type LocalServer, type ServerOptions, server } from './local/server.ts'
export { type SetupOptions, type SetupReport, setup } from './local/setup.ts'
export { type LocalDSage, type StartAllOptions, startAll } from './local/start-all.ts'
export { type ModuleOf, workModule } from './local/work-module.ts'
export { type LocalWorker, type WorkerOptions, worker } from './local/worker.ts'

export interface NodeConnectOptions extends Omit<ConnectOptions, 'key'> {
  /** Path of an OpenSSH Ed25519 private key, or its text. @default the file `dsage_key` of the home directory */
  readonly key?: string
  /** Of the key, or what asks for it. @default none */
  readonly passphrase?: string | AskPassphrase
  /** Home directory. @default DSAGE_HOME of the environment, else ~/.dsage */
  readonly home?: string
}

/**
 * Connects to the server at `url`, or to one of several over one database, after a login with the key; whenever one fails the next is tried.
 * @throws BadKey when the key cannot be used, Refused when the server refuses it or the version, NotConnected when none answers within
 * `connectTimeoutMs`
 */
export async function connect(
  url: string | readonly string[],
  { home, key, passphrase, ...options }: NodeConnectOptions = {},
): Promise<DSage> {
  const at = homeDirectory(home)
  // Whatever may be a key is none of the paths that messages name.
  const isText = key !== undefined && /[\r\n]|-----/.test(key)
  const text = isText ? await decryptedKey(key, 'the key', passphrase) : await readKey(key ?? keyFile(at), passphrase)
  return connectWithKey(url, { ...thisMachine(at), ...options, key: text })
}
