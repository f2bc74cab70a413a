/** What a researcher imports in Node: everything of the browser's entry, and servers and workers of this machine. */
import { type ConnectOptions, connect as connectWithToken, type DSage } from './dsage.ts'
import { bundleFile } from './local/bundle-file.ts'
import { bundleModule } from './local/bundle-module.ts'
import { homeDirectory, readToken } from './local/home.ts'
import { localFiles } from './local/local-files.ts'

export * from './browser.ts'
export { bundleModule } from './local/bundle-module.ts'
export { homeDirectory, type SetupReport, setup } from './local/home.ts'
export { type LocalServer, type ServerOptions, server } from './local/server.ts'
export { type LocalDSage, type StartAllOptions, startAll } from './local/start-all.ts'
export { type ModuleOf, workModule } from './local/work-module.ts'
export { type LocalWorker, type WorkerOptions, worker } from './local/worker.ts'

export interface NodeConnectOptions extends Omit<ConnectOptions, 'token'> {
  /** @default what the file `token` of the home directory says */
  readonly token?: string
  /** Home directory. @default ~/.dsage */
  readonly home?: string
}

/**
 * Connects to the server at `url`.
 * @throws BadArgument without a token, Refused when the server refuses it or the version, NotConnected when none answers within `connectTimeoutMs`
 */
export async function connect(url: string, { home, token, ...options }: NodeConnectOptions = {}): Promise<DSage> {
  return connectWithToken(url, {
    bundleModule,
    bundleFile,
    files: localFiles,
    ...options,
    token: token ?? (await readToken(homeDirectory(home))),
  })
}
