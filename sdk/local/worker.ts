import { homeDirectory } from './home.ts'
import { LocalProcess, packageScript } from './processes.ts'

export interface WorkerOptions {
  /** The server, for example `http://127.0.0.1:8082`. */
  readonly url: string
  /** Units computed at a time. @default 1 */
  readonly threads?: number
  /** How the device is listed: 1 to 64 letters, digits, dots, dashes or underscores; a number is added where another worker of the home has it. @default 'worker' */
  readonly name?: string
  /** Home directory, where the device keeps its identity. @default DSAGE_HOME of the environment, else ~/.dsage */
  readonly home?: string
  /** Text of a private key without a passphrase that may log in at the server: makes this a device of its account. @default anonymous */
  readonly key?: string
}

/** A headless worker that runs beside this process. */
export interface LocalWorker {
  /** Id the server knows it by. */
  readonly device: string
  readonly pid: number
  /** Resolves when it has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Lets it give back what it holds, and ends it. */
  stop(): Promise<void>
}

/** Starts a worker; the key goes over standard input. @throws StartFailed with the worker's own sentence */
export async function worker({ url, threads = 1, name = 'worker', home, key }: WorkerOptions): Promise<LocalWorker> {
  const child = await LocalProcess.start({
    name: 'worker',
    script: packageScript('web-worker-client/headless/main'),
    arguments: ['--url', url, '--threads', String(threads), '--name', name, '--home', homeDirectory(home)],
    input: JSON.stringify(key === undefined ? {} : { key }),
  })
  return { device: String(child.ready.device), pid: child.pid, exited: child.exited, stop: () => child.stop() }
}
